/* web_context.h - what every page reads: the house, its parts, and the limits of each point. Nothing in it changes. */
#pragma once

#include <stdatomic.h>

#include "gateway/io/web/web.h"

struct web_context {
    struct web_callbacks house;
    struct web_parts parts;
    bool is_demo, has_tls;
    /* What event ids count from: they rise over restarts, so that an old Last-Event-ID is seen as old. */
    int64_t event_base;
    int32_t *limit_first; /* point -> its first place in limit_judgement; point_count + 1 of them */
    int32_t *limit_judgement;
    atomic_llong request_count;
    atomic_int viewer_count; /* open event streams */
};

void web_context_open(struct web_context *context, const struct web_callbacks *house,
                      const struct web_parts *parts, ms_t now);
void web_context_close(struct web_context *context);
