#include "gateway/core/detect/judge.h"

#include <string.h>

#include "gateway/core/chain/condition.h"
#include "gateway/core/chain/escalation.h"
#include "gateway/core/detect/judge_queue.h"
#include "gateway/core/detect/points.h"
#include "gateway/core/detect/safe_range.h"

void judge_keep_peaks(struct engine *engine, const struct reading *reading)
{
    const struct index *dependent = &engine->dependent;
    for (int32_t i = dependent->first[reading->point]; i < dependent->first[reading->point + 1];
         i++) {
        struct judgement_memory *memory = &engine->judgement[dependent->item[i]];
        const struct policy_judgement *about = &engine->policy->judgement[dependent->item[i]];
        int32_t shown =
            about->has_limit && about->limit_point >= 0 ? about->limit_point : about->point;
        if (memory->alarm.incident == 0 || shown != reading->point) {
            continue;
        }
        struct incident *incident = incident_table_find(engine->incidents, memory->alarm.incident);
        if (incident != NULL && reading->at >= incident->opened_at &&
            condition_see_value(incident, reading->value)) {
            memory->has_new_peak = engine->is_started;
        }
    }
}

/* Answers to the questions of expressions. */

struct subject {
    const struct engine *engine;
    int32_t point; /* that -1 stands for */
};

static int32_t resolve_point(const struct subject *subject, int32_t point)
{
    return point < 0 ? subject->point : point;
}

/* Not only the age decides: after a bad sample the value before it is no longer usable, however
 * young. */
static bool answer_value(const void *context, int32_t point, double *ret_value)
{
    const struct subject *subject = context;
    int32_t index = resolve_point(subject, point);
    const struct point_memory *memory = &subject->engine->point[index];
    if (!reading_has_value(&memory->reading) ||
        subject->engine->now >= points_stale_at(subject->engine, index)) {
        return false;
    }
    *ret_value = memory->reading.value;
    return true;
}

static bool answer_age(const void *context, int32_t point, double *ret_seconds)
{
    const struct subject *subject = context;
    const struct point_memory *memory = &subject->engine->point[resolve_point(subject, point)];
    if (memory->good_at == 0) {
        return false;
    }
    *ret_seconds = (double) (subject->engine->now - memory->good_at) / (double) MS_PER_SECOND;
    return true;
}

static struct window_summary answer_window(const void *context, int32_t window)
{
    const struct subject *subject = context;
    return window_summarize(subject->engine->windows.item[window], subject->engine->now);
}

static enum truth evaluate_expr(const struct engine *engine, int32_t judgement,
                                const struct expr *expr)
{
    const struct policy_judgement *about = &engine->policy->judgement[judgement];
    struct subject subject = {.engine = engine, .point = about->point};
    struct expr_world world = {.context = &subject,
                               .min_coverage = engine->policy->rule[about->rule].min_coverage,
                               .value = answer_value,
                               .age = answer_age,
                               .window = answer_window};
    return expr_judge(expr, &world);
}

/* One judgement. */

static struct alarm_limits limits_of(const struct engine *engine, int32_t judgement)
{
    const struct policy_rule *rule =
        &engine->policy->rule[engine->policy->judgement[judgement].rule];
    return (struct alarm_limits){.hold_ms = rule->hold_ms,
                                 .clear_hold_ms = rule->clear_hold_ms,
                                 .is_latched = rule->is_latched,
                                 .no_clear_until = engine->settle_until};
}

/* Is the truth unknown for longer than one missed sample? Then a source is lost, or all sources
 * have values and a window has too little coverage. */
static bool is_data_missing(const struct engine *engine, int32_t judgement)
{
    const struct index *source = &engine->source;
    bool has_gap = false;
    for (int32_t i = source->first[judgement]; i < source->first[judgement + 1]; i++) {
        const struct point_memory *point = &engine->point[source->item[i]];
        if (point->is_lost) {
            return true;
        }
        has_gap = has_gap || !reading_has_value(&point->reading);
    }
    return !has_gap && engine->judgement[judgement].is_timed;
}

/* From when on a source has no fresh sample, if no good one comes. */
static ms_t fresh_until(const struct engine *engine, int32_t judgement)
{
    ms_t until = INT64_MAX;
    const struct index *source = &engine->source;
    for (int32_t i = source->first[judgement]; i < source->first[judgement + 1]; i++) {
        until = min_ms(until, points_stale_at(engine, source->item[i]));
    }
    return until;
}

/* A latched alarm stays active for people although its process is normal. A raised one without
 * known truth becomes 数据中断 only when data is missing for good; until then its condition stays as it
 * is. */
static enum condition condition_of(const struct engine *engine, int32_t judgement, bool is_known)
{
    const struct alarm *alarm = &engine->judgement[judgement].alarm;
    if (alarm_is_latched(alarm)) {
        return CONDITION_ACTIVE;
    }
    if (!alarm_is_raised(alarm)) {
        return CONDITION_NORMAL;
    }
    if (is_known) {
        return CONDITION_ACTIVE;
    }
    bool is_missing = engine->now >= engine->settle_until && is_data_missing(engine, judgement);
    return is_missing ? CONDITION_UNKNOWN : alarm->condition;
}

static void raise_judgement(struct engine *engine, int32_t judgement, const struct alarm *before)
{
    const struct policy_judgement *about = &engine->policy->judgement[judgement];
    const struct policy_rule *rule = &engine->policy->rule[about->rule];
    const struct policy_point *point = &engine->policy->point[about->point];
    struct alarm *alarm = &engine->judgement[judgement].alarm;
    ms_t maintained_until = maintenance_until(engine, point->device);
    if (maintained_until > 0) {
        /* As if the on-delay were still running: at the end of the repair it is judged again. */
        *alarm = *before;
        timers_set(engine->timers, engine->timer.judgement + judgement, maintained_until);
        return;
    }
    const struct condition_opening opening = {.rule = rule->id,
                                              .point = point->id,
                                              .site = point->site,
                                              .judgement = judgement,
                                              .severity = rule->severity,
                                              .subject = "",
                                              .active_since = alarm->active_since};
    int64_t id = condition_raise(engine, alarm->incident, &opening);
    if (id == 0) { /* no room for another incident: tried again, like under maintenance */
        *alarm = *before;
        timers_set(engine->timers, engine->timer.judgement + judgement,
                   engine->now + MS_PER_MINUTE);
        return;
    }
    alarm->incident = id;
    alarm->condition = CONDITION_ACTIVE;
    const struct incident *incident = incident_table_find(engine->incidents, id);
    if (incident->state != INCIDENT_OPEN) {
        alarm_acknowledge(alarm); /* raised again in an incident that was acknowledged before */
    }
}

static void change_condition(struct engine *engine, int32_t judgement, bool is_known)
{
    struct alarm *alarm = &engine->judgement[judgement].alarm;
    enum condition condition = condition_of(engine, judgement, is_known);
    if (condition == alarm->condition) {
        return;
    }
    if (condition != CONDITION_NORMAL) {
        condition_set_data(engine, alarm->incident, condition == CONDITION_ACTIVE);
    }
    alarm->condition = condition;
}

static void extend_sources(struct engine *engine, int32_t judgement)
{
    const struct index *source = &engine->source;
    for (int32_t i = source->first[judgement]; i < source->first[judgement + 1]; i++) {
        points_extend_cover(engine, source->item[i], engine->now);
    }
}

/* The recovery message names the peak, also after a restart. New peaks become rare soon, so each
 * one is stored at once. */
static void store_peak(struct engine *engine, int32_t judgement)
{
    struct judgement_memory *memory = &engine->judgement[judgement];
    struct incident *incident = memory->has_new_peak
                                    ? incident_table_find(engine->incidents, memory->alarm.incident)
                                    : NULL;
    memory->has_new_peak = false;
    if (incident != NULL) {
        escalation_commit(engine, incident);
    }
}

static enum truth evaluate_clear(const struct engine *engine, int32_t judgement, enum truth when)
{
    const struct expr *clear = engine->policy->judgement[judgement].clear;
    /* Without a fresh sample no alarm may clear. A window alone would allow it: its coverage stays
     * sufficient for a while after the sensor has died. */
    if (alarm_is_raised(&engine->judgement[judgement].alarm) &&
        engine->now >= fresh_until(engine, judgement)) {
        return TRUTH_UNKNOWN;
    }
    return clear == NULL ? truth_not(when) : evaluate_expr(engine, judgement, clear);
}

static void judge_one(struct engine *engine, int32_t judgement)
{
    struct alarm *alarm = &engine->judgement[judgement].alarm;
    const struct alarm before = *alarm;
    const struct alarm_limits limits = limits_of(engine, judgement);
    if (engine->judgement[judgement].is_timed) {
        extend_sources(engine, judgement); /* the newest value holds until now */
    }
    enum truth when = evaluate_expr(engine, judgement, engine->policy->judgement[judgement].when);
    enum truth clear = evaluate_clear(engine, judgement, when);
    /* A raised alarm needs both truths: a false `when` within the hysteresis does not clear it. */
    bool is_known = when != TRUTH_UNKNOWN && (!alarm_is_raised(alarm) || clear != TRUTH_UNKNOWN);

    enum alarm_change change = alarm_judge(alarm, &limits, when, clear, engine->now);
    /* Before the alarm is raised: raise_judgement may put it back and set another time. */
    ms_t due = alarm_due(alarm, &limits);
    timers_set(engine->timers, engine->timer.judgement + judgement,
               due > engine->now ? due : TIMERS_NEVER);
    switch (change) {
    case ALARM_CHANGE_RAISED:
        raise_judgement(engine, judgement, &before);
        break;
    case ALARM_CHANGE_RETURNED:
        condition_return(engine, alarm->incident);
        alarm->condition = CONDITION_NORMAL;
        break;
    case ALARM_CHANGE_NONE:
    case ALARM_CHANGE_LATCHED:
        change_condition(engine, judgement, is_known);
        break;
    }
    /* Most judgements change nothing, and then nothing is written to the disk. */
    if (memcmp(&before, alarm, sizeof before) != 0) {
        engine_store_alarm(engine, judgement);
    }
    store_peak(engine, judgement);
    safe_range_review(engine, judgement);
}

void judge_run(struct engine *engine)
{
    while (!judge_queue_is_empty(engine) && engine_has_room(engine)) {
        judge_one(engine, judge_queue_take(engine));
    }
}

void judge_acknowledge(struct engine *engine, int32_t judgement)
{
    alarm_acknowledge(&engine->judgement[judgement].alarm);
    engine_store_alarm(engine, judgement);
}

bool judge_reset(struct engine *engine, int32_t judgement)
{
    struct alarm *alarm = &engine->judgement[judgement].alarm;
    if (!alarm_reset(alarm)) {
        return false;
    }
    alarm->condition = CONDITION_NORMAL;
    engine_store_alarm(engine, judgement);
    return true;
}

void judge_release(struct engine *engine, const struct incident *incident)
{
    struct alarm *alarm = &engine->judgement[incident->judgement].alarm;
    if (alarm->incident == incident->id) {
        alarm->incident = 0;
        alarm->state = alarm->state == ALARM_RTN_UNACK ? ALARM_NORMAL : alarm->state;
        engine_store_alarm(engine, incident->judgement);
    }
}

int32_t judge_find(const struct engine *engine, const char *rule, const char *point)
{
    const struct policy *policy = engine->policy;
    int32_t rule_index = policy_find_rule(policy, rule);
    int32_t point_index = policy_find_point(policy, point);
    if (rule_index < 0 || point_index < 0) {
        return -1;
    }
    int32_t low = 0;
    int32_t high = policy->judgement_count;
    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (policy->judgement[middle].point < point_index) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (; low < policy->judgement_count && policy->judgement[low].point == point_index; low++) {
        if (policy->judgement[low].rule == rule_index) {
            return low;
        }
    }
    return -1;
}

enum condition judge_condition(const struct engine *engine, int32_t point)
{
    const struct index *dependent = &engine->dependent;
    bool is_unknown = engine->point[point].is_lost;
    /* Asked for every point once a second: nearly all of them are at rest. */
    if (engine->point[point].restless_count == 0) {
        return is_unknown ? CONDITION_UNKNOWN : CONDITION_NORMAL;
    }
    for (int32_t i = dependent->first[point]; i < dependent->first[point + 1]; i++) {
        int32_t judgement = dependent->item[i];
        if (engine->policy->judgement[judgement].point != point) {
            continue; /* it only uses the point beside its own */
        }
        enum condition condition = engine->judgement[judgement].alarm.condition;
        if (condition == CONDITION_ACTIVE) {
            return CONDITION_ACTIVE;
        }
        is_unknown = is_unknown || condition == CONDITION_UNKNOWN;
    }
    return is_unknown ? CONDITION_UNKNOWN : CONDITION_NORMAL;
}

void judge_start(struct engine *engine)
{
    for (int32_t i = 0; i < engine->policy->judgement_count; i++) {
        struct alarm *alarm = &engine->judgement[i].alarm;
        /* Its incident was closed, or is gone: it opens another one when it is raised. */
        if (incident_table_find_open(engine->incidents, alarm->incident) == NULL) {
            alarm->incident = 0;
        }
        const struct alarm before = *alarm;
        const struct alarm_limits limits = limits_of(engine, i);
        if (engine->outage_ms > 0) {
            /* Delays count only time with data: not the outage, and not what was stale before
             * it. */
            ms_t end = min_ms(fresh_until(engine, i), engine->last_seen);
            alarm_pause(alarm, end);
        }
        ms_t due = alarm_due(alarm, &limits);
        if (due != 0) {
            timers_set(engine->timers, engine->timer.judgement + i, max_ms(due, engine->now));
        }
        /* Without room the old state stays stored: the next start pauses it again. */
        if (memcmp(&before, alarm, sizeof before) != 0 && engine_has_room(engine)) {
            engine_store_alarm(engine, i);
        }
    }
}
