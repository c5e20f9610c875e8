/* web_context.h - what every page reads: callbacks, parts, and the limits of each point. Constant after web_start. */
#pragma once

#include <stdatomic.h>

#include "gateway/base/error.h"
#include "gateway/base/text.h"
#include "gateway/core/model/event.h"
#include "gateway/core/model/policy.h"
#include "gateway/io/auth/auth.h"
#include "gateway/io/forward/forward.h"
#include "gateway/io/history/history.h"
#include "gateway/io/sms/sms.h"
#include "gateway/io/snapshot/snapshot.h"
#include "gateway/io/state/state.h"

/* A link as the config names it. Its being up is the snapshot's part HEALTH_LINK of that id: without one it is
 * shown as connecting. */
struct web_link {
    const char *id;
    const char *type; /* "tcp" "rtu" */
};

/* What the web needs of the daemon beyond io. */
struct web_callbacks {
    void *context;
    const struct policy *policy;
    const char *language; /* "zh-CN" */
    const char *version;
    /* Posts a command and waits for its answer up to 2 s. Returns 200, 409 (the sentence says why not) or 503. */
    int (*command)(void *context, const struct event_command *command,
                   char ret_text[static ANSWER_MAX]);
    int32_t link_count;
    const struct web_link *link;
    /* Live state of link i of link_count: the members of a JSON object, as API.md says under
     * `GET /api/v1/links`. */
    void (*add_link)(void *context, int32_t link, struct text *json);
    /* Output i of output_count as a JSON object, with the comma before it. */
    int32_t output_count;
    void (*add_output)(void *context, int32_t output, struct text *json);
    /* Extra lines for /metrics. */
    void (*add_metrics)(void *context, struct text *text);
};

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
    bool is_demo, has_tls;
    /* What event ids count from: they rise over restarts, so that an old Last-Event-ID is seen as old. */
    int64_t event_base;
    int32_t *limit_first; /* point -> its first place in limit_judgement; point_count + 1 of them */
    int32_t *limit_judgement;
    atomic_llong request_count;
    atomic_int viewer_count; /* open event streams */
};

void web_context_open(struct web_context *context, const struct web_callbacks *callbacks,
                      const struct web_parts *parts, ms_t now);
void web_context_close(struct web_context *context);
