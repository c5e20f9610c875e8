#include "gateway/core/engine.h"

#include <string.h>

#include "gateway/core/chain/condition.h"
#include "gateway/core/chain/escalation.h"
#include "gateway/core/chain/outcome.h"
#include "gateway/core/chain/outputs.h"
#include "gateway/core/chain/roster.h"
#include "gateway/core/detect/health.h"
#include "gateway/core/detect/judge.h"
#include "gateway/core/detect/maintenance.h"
#include "gateway/core/detect/output_faults.h"
#include "gateway/core/detect/safe_range.h"
#include "gateway/core/detect/silence.h"
#include "gateway/core/people/command.h"
#include "gateway/core/people/inbox.h"
#include "gateway/core/tables/engine_memory.h"

struct engine *engine_new(struct arena *arena, const struct policy *policy)
{
    struct engine *engine = arena_take(arena, 1, sizeof *engine);
    engine->policy = policy;
    judge_build(engine, arena);
    health_build(engine, arena);

    engine->timer_judgement = policy->point_count;
    engine->timer_part = engine->timer_judgement + policy->judgement_count;
    engine->timer_incident = engine->timer_part + parts_max(policy);
    engine->timer_settle = engine->timer_incident + INCIDENTS_MAX;
    engine->timer_late = engine->timer_settle + 1;
    engine->timer_maintenance = engine->timer_late + 1;
    engine->timer_outputs = engine->timer_maintenance + 1;
    engine->timers = timers_new(arena, engine->timer_outputs + 1);
    engine->output = arena_take(arena, (size_t) policy->output_count, sizeof *engine->output);

    engine->incidents = incident_table_new(arena);
    engine->outbox = outbox_new(arena);
    engine->codes = incident_codes_new(arena);
    engine->seen = dedup_new(arena);
    engine->digest_memory = arena_take(arena, 1, sizeof *engine->digest_memory);
    engine->helped_at = arena_take(arena, (size_t) policy->person_count, sizeof(ms_t));
    return engine;
}

/* What was stored. */

void engine_adopt_incident(struct engine *engine, const struct incident *incident)
{
    CHECK(!engine->is_started);
    struct incident *mine = incident_table_adopt(engine->incidents, incident);
    if (mine == NULL) {
        return; /* 4096 others are open */
    }
    mine->judgement = judge_find(engine, mine->rule, mine->point);
    mine->site_index = policy_find_site(engine->policy, mine->site);
    roster_adopt(engine->policy, mine);
    if (mine->state == INCIDENT_CLOSED) {
        incident_codes_hold(engine->codes, mine->code, mine->id);
        incident_codes_rest(engine->codes, mine->code, mine->closed_at);
        return;
    }
    incident_codes_hold(engine->codes, mine->code, mine->id);
    if (mine->judgement >= 0) {
        engine->judgement[mine->judgement].alarm.incident = mine->id;
    } else if (strcmp(mine->rule, RULE_SILENT) == 0) {
        int32_t point = policy_find_point(engine->policy, mine->point);
        if (point >= 0) {
            engine->device[engine->terms[point].device].incident = mine->id;
        }
    } else {
        health_adopt(engine, mine);
    }
}

void engine_adopt_alarm(struct engine *engine, const struct effect_alarm *alarm)
{
    int32_t judgement = judge_find(engine, alarm->rule, alarm->point);
    if (judgement < 0) {
        return; /* the config no longer has it */
    }
    int64_t incident = engine->judgement[judgement].alarm.incident;
    engine->judgement[judgement].alarm =
        (struct alarm){.state = alarm->state,
                       .condition = alarm->condition,
                       .pending_since = alarm->pending_since,
                       .clearing_since = alarm->clearing_since,
                       .active_since = alarm->active_since,
                       .incident = incident != 0 ? incident : alarm->incident};
}

static void adopt_message(struct engine *engine, const struct effect_message *message,
                          enum outbox_state state)
{
    const struct outbox_message *known = outbox_find(engine->outbox, message->id);
    bool is_owed = known != NULL && known->state == OUTBOX_WAITING;
    outbox_add(engine->outbox, message, is_owed ? OUTBOX_WAITING : state);
    for (int32_t i = 0; message->kind == MESSAGE_HELP && i < engine->policy->person_count; i++) {
        if (strcmp(engine->policy->person[i].phone, message->phone) == 0) {
            engine->helped_at[i] = max_ms(engine->helped_at[i], message->at);
        }
    }
}

void engine_adopt_message(struct engine *engine, const struct effect_message *message)
{
    adopt_message(engine, message, OUTBOX_LEFT);
}

void engine_adopt_owed(struct engine *engine, const struct effect_message *message)
{
    adopt_message(engine, message, OUTBOX_WAITING);
    struct outbox_message *known = outbox_find(engine->outbox, message->id);
    if (known != NULL) {
        outbox_set_state(engine->outbox, known, OUTBOX_WAITING);
    }
}

void engine_adopt_reply(struct engine *engine, const struct effect_reply *reply)
{
    (void) dedup_add(engine->seen, reply->key);
}

void engine_adopt_ids(struct engine *engine, int64_t last_incident, int64_t last_message)
{
    incident_table_skip_ids(engine->incidents, last_incident);
    outbox_skip_ids(engine->outbox, last_message);
}

void engine_adopt_code(struct engine *engine, const char *code, ms_t at)
{
    int64_t id = incident_codes_find(engine->codes, code);
    const struct incident *incident = id == 0 ? NULL : incident_table_find(engine->incidents, id);
    if (incident == NULL || incident->state == INCIDENT_CLOSED) {
        incident_codes_rest(engine->codes, code, at);
    }
}

void engine_remember(struct engine *engine, const struct reading *reading)
{
    CHECK(!engine->is_started);
    engine->last_seen = max_ms(engine->last_seen, reading->at);
    judge_take(engine, reading);
}

/* The start. */

/* Alarms of incidents that are closed or gone begin anew when they are raised. */
static void forget_closed(struct engine *engine)
{
    for (int32_t i = 0; i < engine->policy->judgement_count; i++) {
        struct alarm *alarm = &engine->judgement[i].alarm;
        const struct incident *incident =
            alarm->incident == 0 ? NULL : incident_table_find(engine->incidents, alarm->incident);
        if (incident == NULL || incident->state == INCIDENT_CLOSED) {
            alarm->incident = 0;
        }
    }
}

static void set_incident_timers(struct engine *engine)
{
    bool has_late = false;
    for (int32_t i = 0; i < incident_table_count(engine->incidents); i++) {
        const struct incident *incident = incident_table_at(engine->incidents, i);
        int32_t place = incident_table_place(engine->incidents, incident);
        ms_t due = escalation_due(engine, incident);
        engine->is_late[place] = due != 0 && due < engine->now;
        has_late = has_late || engine->is_late[place];
        if (due >= engine->now) {
            timers_set(engine->timers, engine->timer_incident + place, due);
        }
    }
    if (has_late) {
        timers_set(engine->timers, engine->timer_late, engine->settle_until);
    }
}

static void fire(struct engine *engine, int32_t item)
{
    if (item < engine->timer_judgement) {
        silence_check(engine, item);
    } else if (item < engine->timer_part) {
        judge_queue(engine, item - engine->timer_judgement);
    } else if (item < engine->timer_incident) {
        health_check(engine, item - engine->timer_part);
    } else if (item < engine->timer_settle) {
        escalation_step(engine,
                        incident_table_in_place(engine->incidents, item - engine->timer_incident));
    } else if (item == engine->timer_settle) {
        health_settle(engine);
        silence_settle(engine);
    } else if (item == engine->timer_late) {
        escalation_late(engine);
    } else if (item == engine->timer_maintenance) {
        maintenance_end_due(engine);
    } else {
        engine->must_review_outputs = true;
    }
}

static void run_due(struct engine *engine)
{
    int32_t item = 0;
    while (engine_has_room(engine) && timers_take(engine->timers, engine->now, &item)) {
        fire(engine, item);
    }
    judge_run(engine);
}

void engine_start(struct engine *engine, ms_t now, struct effects *effects)
{
    CHECK(!engine->is_started && now > 0);
    effects->count = 0;
    engine->effects = effects;
    engine->now = now;
    engine->started_at = now;
    engine->settle_until = now + engine->policy->settle_ms;
    engine->outage_ms = max_ms(0, now - engine->last_seen);
    engine->timed_second = now / MS_PER_SECOND;
    forget_closed(engine);
    judge_start(engine);
    silence_start(engine);
    set_incident_timers(engine);
    maintenance_start(engine);
    timers_set(engine->timers, engine->timer_settle, engine->settle_until);
    engine->is_started = true;
    run_due(engine);
    outputs_start(engine);
    engine->effects = NULL;
}

/* A step. */

static void take_readings(struct engine *engine, const struct event *event)
{
    CHECK(event->readings.count >= 0 && event->readings.count <= READINGS_MAX);
    for (int32_t i = 0; i < event->readings.count; i++) {
        int32_t point = event->readings.reading[i].point;
        CHECK(point >= 0 && point < engine->policy->point_count);
    }
    for (int32_t i = 0; i < event->readings.count; i++) {
        struct reading reading = event->readings.reading[i];
        reading.at = min_ms(reading.at, engine->now);
        judge_take(engine, &reading);
        if (engine->point[reading.point].is_lost && reading_has_value(&reading)) {
            silence_hear(engine, reading.point);
        }
    }
    for (int32_t i = 0; i < event->readings.count; i++) {
        const struct reading *reading = &event->readings.reading[i];
        if (!safe_range_holds(engine, reading)) {
            judge_queue_point(engine, reading->point);
        }
    }
}

static void route(struct engine *engine, const struct event *event)
{
    switch (event->kind) {
    case EVENT_TICK:
        break;
    case EVENT_READINGS:
        take_readings(engine, event);
        break;
    case EVENT_REPLY:
        inbox_hear(engine, &event->reply);
        break;
    case EVENT_COMMAND:
        command_obey(engine, &event->command);
        break;
    case EVENT_OUTCOME:
        outcome_hear(engine, &event->outcome);
        break;
    case EVENT_HEALTH:
        health_hear(engine, &event->health);
        break;
    case EVENT_OUTPUT:
        outputs_hear(engine, &event->output);
        break;
    case EVENT_OUTPUT_STATE:
        output_faults_hear(engine, &event->output_state);
        break;
    }
}

void engine_foresee(const struct engine *engine, const struct event_readings *readings)
{
    for (int32_t i = 0; i < readings->count; i++) {
        __builtin_prefetch(&engine->point[readings->reading[i].point], 1);
    }
}

void engine_step(struct engine *engine, const struct event *event, struct effects *effects)
{
    CHECK(engine->is_started);
    effects->count = 0;
    engine->effects = effects;
    engine->now = max_ms(engine->now, event->at);
    judge_queue_timed(engine);
    run_due(engine);
    route(engine, event);
    run_due(engine);
    if (outputs_review(engine)) {
        output_faults_review(engine);
    }
    engine->effects = NULL;
}

ms_t engine_deadline(const struct engine *engine)
{
    if (engine->queue_count > 0) {
        return engine->now;
    }
    return min_ms(timers_next(engine->timers), engine->now + MS_PER_SECOND);
}

/* For the snapshot. */

void engine_adopt_maintenance(struct engine *engine, const struct effect_maintenance *maintenance)
{
    CHECK(!engine->is_started);
    maintenance_adopt(engine, maintenance);
}

int32_t engine_maintenance_count(const struct engine *engine)
{
    return engine->maintenance_count;
}

struct effect_maintenance engine_maintenance_at(const struct engine *engine, int32_t position)
{
    CHECK(position >= 0 && position < engine->maintenance_count);
    return maintenance_told(engine, &engine->maintenance[position]);
}

struct engine_point engine_point(const struct engine *engine, int32_t point)
{
    CHECK(point >= 0 && point < engine->policy->point_count);
    const struct point_memory *memory = &engine->point[point];
    const struct device_memory *device = &engine->device[engine->terms[point].device];
    const struct incident *incident =
        device->incident == 0 ? NULL : incident_table_find(engine->incidents, device->incident);
    return (struct engine_point){
        .reading = memory->reading,
        .good_at = memory->good_at,
        .stale_at = memory->reading.at + engine->terms[point].silent_after_ms,
        .condition = judge_condition(engine, point),
        .is_silent = incident != NULL && incident->condition != CONDITION_NORMAL};
}

const struct incident *engine_incident(const struct engine *engine, int64_t id)
{
    return incident_table_find(engine->incidents, id);
}

int32_t engine_incident_count(const struct engine *engine)
{
    return incident_table_count(engine->incidents);
}

const struct incident *engine_incident_at(const struct engine *engine, int32_t position)
{
    return incident_table_at(engine->incidents, position);
}
