/* web_context.h - what every page reads. Constant after web_start, except for the two counts. */
#pragma once

#include <stdatomic.h>

#include "gateway/base/error.h"
#include "gateway/io/auth/auth.h"
#include "gateway/io/forward/forward.h"
#include "gateway/io/history/history.h"
#include "gateway/io/sms/sms.h"
#include "gateway/io/snapshot/snapshot.h"
#include "gateway/io/state/state.h"
#include "gateway/io/web/request/web_callbacks.h"

struct web_parts {
    struct snapshot *snapshot;
    struct history *history;
    struct state *state;
    struct sms *sms;
    struct forward *const *forward;
    const char *const *store_id; /* of each */
    int32_t forward_count;
    struct auth *auth;
};

struct web_context {
    struct web_callbacks callbacks;
    struct web_parts parts;
    const struct policy *policy; /* of the callbacks */
    const struct zone *zone;     /* of the policy */
    bool is_demo;
    /* Where event ids begin. They rise over restarts, so an old Last-Event-ID is seen as old. */
    int64_t event_base;
    int32_t
        *limit_first; /* by point: its first index in limit_judgement; point_count + 1 of them */
    int32_t *limit_judgement;
    atomic_llong request_count;
    atomic_int viewer_count; /* open event streams */
};

void web_context_open(struct web_context *context, const struct web_callbacks *callbacks,
                      const struct web_parts *parts, ms_t now);
void web_context_close(struct web_context *context);
