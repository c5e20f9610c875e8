#include "gateway/core/detect/safe_range.h"

#include <math.h>

static bool is_resting(const struct alarm *alarm)
{
    return alarm->state == ALARM_NORMAL && alarm->condition == CONDITION_NORMAL &&
           alarm->pending_since == 0 && alarm->clearing_since == 0 && alarm->incident == 0;
}

/* Floats, so that a point fits one cache line. Rounded inward, they leave out less judging, never
 * more. */
static void narrow_range(struct point_memory *point, const struct expr_range *range)
{
    float from = (float) range->from;
    float until = (float) range->until;
    from = (double) from < range->from ? nextafterf(from, INFINITY) : from;
    until = (double) until > range->until ? nextafterf(until, -INFINITY) : until;
    point->safe_from = fmaxf(point->safe_from, from);
    point->safe_until = fminf(point->safe_until, until);
}

void safe_range_build(struct engine *engine)
{
    const struct policy *policy = engine->policy;
    for (int32_t i = 0; i < policy->point_count; i++) {
        engine->point[i].safe_from = -INFINITY;
        engine->point[i].safe_until = INFINITY;
        engine->point[i].restless_count =
            engine->dependent.first[i + 1] - engine->dependent.first[i];
    }
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        struct expr_range range;
        int32_t point = policy->judgement[i].point;
        if (expr_false_range(policy->judgement[i].when, point, &range)) {
            engine->judgement[i].can_rest = true;
            narrow_range(&engine->point[point], &range);
        }
    }
}

void safe_range_review(struct engine *engine, int32_t judgement)
{
    struct judgement_memory *memory = &engine->judgement[judgement];
    bool rests = memory->can_rest && is_resting(&memory->alarm);
    if (rests != memory->rests) {
        memory->rests = rests;
        engine->point[engine->policy->judgement[judgement].point].restless_count += rests ? -1 : 1;
    }
}
