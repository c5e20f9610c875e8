#include "gateway/io/web/request/web_context.h"

#include <stdlib.h>

#include "gateway/base/memory.h"

/* Sorts the judgements by the point of their limit: counts them, then places them. */
static void sort_limits(struct web_context *context, const struct policy *policy)
{
    size_t points = (size_t) policy->point_count;
    context->limit_first = memory_take(points + 2, sizeof *context->limit_first);
    context->limit_judgement =
        memory_take((size_t) policy->judgement_count, sizeof *context->limit_judgement);
    int32_t *place = context->limit_first + 1; /* one ahead, since placing moves it to the end */
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        if (policy->judgement[i].has_limit) {
            place[policy->judgement[i].limit_point + 1]++;
        }
    }
    for (int32_t i = 1; i <= policy->point_count; i++) {
        place[i] += place[i - 1];
    }
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        if (policy->judgement[i].has_limit) {
            context->limit_judgement[place[policy->judgement[i].limit_point]++] = i;
        }
    }
}

void web_context_open(struct web_context *context, const struct web_callbacks *callbacks,
                      const struct web_parts *parts, ms_t now)
{
    CHECK(parts->forward_count == 0 || parts->store_id != NULL);
    CHECK(callbacks->link_count == 0 || callbacks->link != NULL);
    context->callbacks = *callbacks;
    context->parts = *parts;
    context->policy = callbacks->policy;
    context->zone = &callbacks->policy->zone;
    context->event_base =
        now * 1000; /* ahead while there are less than a million changes a second */
    sort_limits(context, callbacks->policy);
}

void web_context_close(struct web_context *context)
{
    free(context->limit_first);
    free(context->limit_judgement);
}
