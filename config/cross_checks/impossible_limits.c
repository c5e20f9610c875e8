/* impossible_limits.c - limits that can never work: a rule that clears while it still raises, and a
 * limit beyond the range of the sensor.
 *
 * A few values of one point are tried while all other points are unknown. Three-valued truth then
 * refuses only certain mistakes: `value > 40 and humidity > 50` may always become true. */
#include "config/cross_checks/cross_checks.h"
#include "gateway/core/expr/expr.h"

/* Only one point has a value. */
struct trial {
    int32_t subject; /* the point that is -1 in the expressions */
    int32_t point;
    double value;
};

static bool get_trial_value(const void *context, int32_t point, double *ret_value)
{
    const struct trial *trial = context;
    *ret_value = trial->value;
    return (point < 0 ? trial->subject : point) == trial->point;
}

static bool get_trial_age(const void *context, int32_t point, double *ret_seconds)
{
    (void) context;
    (void) point;
    *ret_seconds = 0;
    return false;
}

static struct window_summary get_trial_window(const void *context, int32_t window)
{
    (void) context;
    (void) window;
    return (struct window_summary){0};
}

/* With that value at the point of the limit. */
static enum truth judge_at_value(const struct policy_judgement *about, const struct expr *expr,
                                 double value)
{
    const struct trial trial = {about->point, about->limit_point, value};
    const struct expr_world world = {.context = &trial,
                                     .min_coverage = 1,
                                     .value = get_trial_value,
                                     .age = get_trial_age,
                                     .window = get_trial_window};
    return expr_judge(expr, &world);
}

static const struct json *find_rule_value(const struct build *build, int32_t rule, const char *key)
{
    return schema_value(schema_view("/rules/*", build->rules.item[rule]), key);
}

/* Between the two limits and beyond either, but not at one: `>= 40` and `<= 40` may meet. */
static bool check_clear(struct build *build, const struct policy_judgement *about)
{
    int32_t point = 0;
    double limit = 0;
    bool is_upper = false;
    if (about->clear == NULL || !expr_limit(about->clear, &point, &limit, &is_upper) ||
        (point < 0 ? about->point : point) != about->limit_point) {
        return true;
    }
    double low = limit < about->limit ? limit : about->limit;
    double high = limit < about->limit ? about->limit : limit;
    const double values[] = {low < high ? (low + high) / 2 : low - 1, low - 1, high + 1};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (judge_at_value(about, about->when, values[i]) == TRUTH_TRUE &&
            judge_at_value(about, about->clear, values[i]) == TRUTH_TRUE) {
            const struct policy_rule *rule = &build->rule[about->rule];
            reader_refuse(
                build->reader, find_rule_value(build, about->rule, "clear"),
                "at %g both '%s' and '%s' are true: the rule must not clear what it raises",
                values[i], rule->when_text, rule->clear_text);
            return false;
        }
    }
    return true;
}

static bool check_reach(struct build *build, const struct policy_judgement *about)
{
    const struct policy_point *point = &build->point[about->limit_point];
    const struct build_device *device = &build->device[point->device];
    int32_t k = about->limit_point - build->policy_device[point->device].first_point;
    const struct profile_point *known = &device->profile->point[k];
    if (!known->has_range) {
        return true;
    }
    const struct link_calibration *calibration = &device->calibration[k];
    double one = known->range[0] * calibration->scale + calibration->offset;
    double other = known->range[1] * calibration->scale + calibration->offset;
    double low = one < other ? one : other;
    double high = one < other ? other : one;
    /* The value nearest to the alarm that the sensor can report. */
    double best = about->is_upper ? high : low;
    if (judge_at_value(about, about->when, best) != TRUTH_FALSE) {
        return true;
    }
    reader_warn(build->reader, find_rule_value(build, about->rule, "when"),
                "is never true for '%s': '%s' measures %g to %g, the limit is %g", point->id,
                device->profile->id, low, high, about->limit);
    return false;
}

void build_limits(struct build *build)
{
    const struct policy *policy = build->policy;
    bool *is_reported =
        arena_take(build->scratch, (size_t) policy->rule_count, sizeof *is_reported);
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        const struct policy_judgement *about = &policy->judgement[i];
        if (about->has_limit && !is_reported[about->rule]) {
            bool is_good = check_clear(build, about);
            is_reported[about->rule] = !check_reach(build, about) || !is_good;
        }
    }
}
