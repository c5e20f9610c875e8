/* danger.c - the side of each point where danger lies: the side that its rules judge, and without
 * rules the usual side of the quantity. See link_danger, and decision 0011. */
#include <math.h>

#include "config/cross_checks/cross_checks.h"
#include "gateway/base/quantity.h"
#include "gateway/core/expr/expr.h"

/* The sides of one point over all rules. */
struct point_sides {
    unsigned sides;       /* a step there may raise something: EXPR_UP, EXPR_DOWN */
    unsigned clear_sides; /* a step away from there may end something */
    struct link_danger danger;
};

/* The danger of the sides; of none they are all dangerous. */
static const struct link_danger danger_of_sides[] = {
    [EXPR_UP] = {-HUGE_VAL, -HUGE_VAL},
    [EXPR_DOWN] = {HUGE_VAL, HUGE_VAL},
    [EXPR_UP | EXPR_DOWN] = {-HUGE_VAL, HUGE_VAL},
    [0] = {-HUGE_VAL, HUGE_VAL},
};

static int32_t point_of_window(const void *context, int32_t window)
{
    const struct policy *policy = context;
    return policy->window[window].point;
}

/* If the rule judges the value alone, it is known from which value on it may be true. Otherwise
 * every step to that side counts. */
static void note_when(struct point_sides *noted, const struct policy_judgement *judgement,
                      const struct expr_side *side)
{
    struct expr_range safe = {.from = HUGE_VAL, .until = -HUGE_VAL};
    struct expr_range range;
    if (side->point == judgement->point && expr_false_range(judgement->when, side->point, &range)) {
        safe = range;
    }
    noted->sides |= side->sides;
    if ((side->sides & EXPR_UP) != 0) {
        noted->danger.above = fmin(noted->danger.above, safe.until);
    }
    if ((side->sides & EXPR_DOWN) != 0) {
        noted->danger.below = fmax(noted->danger.below, safe.from);
    }
}

static void note_judgement(struct build *build, const struct policy_judgement *judgement,
                           struct point_sides *noted)
{
    const struct expr_names names = {judgement->point, point_of_window, build->policy};
    struct expr_side side[EXPR_OPS_MAX];
    int32_t count = expr_sides(judgement->when, &names, side);
    for (int32_t i = 0; i < count; i++) {
        note_when(&noted[side[i].point], judgement, &side[i]);
    }
    count = judgement->clear == NULL ? 0 : expr_sides(judgement->clear, &names, side);
    for (int32_t i = 0; i < count; i++) {
        noted[side[i].point].clear_sides |= side[i].sides;
    }
}

static struct link_danger choose_danger(const struct point_sides *noted,
                                        const struct policy_point *point)
{
    static const unsigned usual_sides[] = {
        [ALARM_SIDE_UP] = EXPR_UP, [ALARM_SIDE_DOWN] = EXPR_DOWN};
    if (noted->sides == (EXPR_UP | EXPR_DOWN)) {
        /* Without the limits a rule for frost would make every fall of a temperature dangerous. */
        return noted->danger;
    }
    if (noted->sides != 0) {
        /* One side: a step to it may be the beginning of a fire, long before the limit. */
        return danger_of_sides[noted->sides];
    }
    if (noted->clear_sides != 0) {
        /* The point only ends an alarm: a step towards that end is the one to confirm. */
        return danger_of_sides[noted->clear_sides ^ (EXPR_UP | EXPR_DOWN)];
    }
    const struct quantity *known = quantity_find(point->quantity);
    return danger_of_sides[usual_sides[known == NULL ? ALARM_SIDE_BOTH : known->alarm_side]];
}

void build_danger(struct build *build)
{
    const struct policy *policy = build->policy;
    size_t count = (size_t) policy->point_count;
    struct point_sides *noted = arena_take(build->scratch, count, sizeof *noted);
    for (size_t i = 0; i < count; i++) {
        noted[i].danger = (struct link_danger){.above = HUGE_VAL, .below = -HUGE_VAL};
    }
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        note_judgement(build, &policy->judgement[i], noted);
    }
    for (size_t i = 0; i < count; i++) {
        build->danger[i] = choose_danger(&noted[i], &policy->point[i]);
    }
}
