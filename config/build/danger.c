/* danger.c - to which side of each point the danger lies: what its rules look at, and only where none looks what is usual for the
 * quantity. See link_danger, and decision 0011. */
#include <math.h>

#include "config/build/build.h"
#include "gateway/base/quantity.h"
#include "gateway/core/expr/expr.h"

/* What all rules say of one point. */
struct seen {
    unsigned sides;       /* a step there may raise something: EXPR_UP, EXPR_DOWN */
    unsigned clear_sides; /* a step away from there may end something */
    struct link_danger danger;
};

static const struct link_danger up = {-HUGE_VAL, -HUGE_VAL};
static const struct link_danger down = {HUGE_VAL, HUGE_VAL};
static const struct link_danger both = {-HUGE_VAL, HUGE_VAL};

static int32_t point_of_window(const void *context, int32_t window)
{
    const struct policy *policy = context;
    return policy->window[window].point;
}

/* From which values on it may be true, when it looks at nothing but the value; else every step to that side counts. */
static void note_when(struct seen *seen, const struct policy_judgement *judgement,
                      const struct expr_side *side)
{
    struct expr_range calm = {.from = HUGE_VAL, .until = -HUGE_VAL};
    struct expr_range range;
    if (side->point == judgement->point && expr_false_range(judgement->when, side->point, &range)) {
        calm = range;
    }
    seen->sides |= side->sides;
    if ((side->sides & EXPR_UP) != 0) {
        seen->danger.above = fmin(seen->danger.above, calm.until);
    }
    if ((side->sides & EXPR_DOWN) != 0) {
        seen->danger.below = fmax(seen->danger.below, calm.from);
    }
}

static void note_judgement(struct build *build, const struct policy_judgement *judgement,
                           struct seen *seen)
{
    const struct expr_names names = {judgement->point, point_of_window, build->policy};
    struct expr_side side[EXPR_OPS_MAX];
    int32_t count = expr_sides(judgement->when, &names, side);
    for (int32_t i = 0; i < count; i++) {
        note_when(&seen[side[i].point], judgement, &side[i]);
    }
    count = judgement->clear == NULL ? 0 : expr_sides(judgement->clear, &names, side);
    for (int32_t i = 0; i < count; i++) {
        seen[side[i].point].clear_sides |= side[i].sides;
    }
}

static struct link_danger choose_for_sides(unsigned sides)
{
    if (sides == EXPR_UP) {
        return up;
    }
    return sides == EXPR_DOWN ? down : both;
}

static unsigned get_usual_sides(enum alarm_side side)
{
    switch (side) {
    case ALARM_SIDE_UP:
        return EXPR_UP;
    case ALARM_SIDE_DOWN:
        return EXPR_DOWN;
    case ALARM_SIDE_BOTH:
        break;
    }
    return EXPR_UP | EXPR_DOWN;
}

static unsigned flip_sides(unsigned sides)
{
    return sides == (EXPR_UP | EXPR_DOWN) ? sides : sides ^ (EXPR_UP | EXPR_DOWN);
}

static struct link_danger choose_danger(const struct seen *seen, const struct policy_point *point)
{
    if (seen->sides == (EXPR_UP | EXPR_DOWN)) {
        return seen->danger;
    }
    if (seen->sides != 0) {
        return choose_for_sides(seen->sides);
    }
    if (seen->clear_sides != 0) {
        return choose_for_sides(flip_sides(seen->clear_sides));
    }
    const struct quantity *known = quantity_find(point->quantity);
    return choose_for_sides(get_usual_sides(known == NULL ? ALARM_SIDE_BOTH : known->alarm_side));
}

void build_danger(struct build *build)
{
    const struct policy *policy = build->policy;
    size_t count = (size_t) policy->point_count;
    struct seen *seen = arena_take(build->scratch, count, sizeof *seen);
    for (size_t i = 0; i < count; i++) {
        seen[i].danger = (struct link_danger){.above = HUGE_VAL, .below = -HUGE_VAL};
    }
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        note_judgement(build, &policy->judgement[i], seen);
    }
    for (size_t i = 0; i < count; i++) {
        build->danger[i] = choose_danger(&seen[i], &policy->point[i]);
    }
}
