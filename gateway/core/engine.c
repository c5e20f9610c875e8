#include "gateway/core/engine.h"

#include <string.h>

#include "gateway/core/chain/condition.h"
#include "gateway/core/chain/escalation.h"
#include "gateway/core/chain/late_digest.h"
#include "gateway/core/chain/outcome.h"
#include "gateway/core/chain/outputs.h"
#include "gateway/core/chain/roster.h"
#include "gateway/core/detect/health.h"
#include "gateway/core/detect/judge.h"
#include "gateway/core/detect/judge_queue.h"
#include "gateway/core/detect/maintenance.h"
#include "gateway/core/detect/output_faults.h"
#include "gateway/core/detect/parts.h"
#include "gateway/core/detect/points.h"
#include "gateway/core/detect/safe_range.h"
#include "gateway/core/detect/silence.h"
#include "gateway/core/people/command.h"
#include "gateway/core/people/inbox.h"
#include "gateway/core/tables/engine_memory.h"

static void set_timer_items(struct engine *engine)
{
    const struct policy *policy = engine->policy;
    struct timer_items *timer = &engine->timer;
    timer->judgement = policy->point_count;
    timer->part = timer->judgement + policy->judgement_count;
    timer->incident = timer->part + parts_max(policy);
    timer->settle = timer->incident + INCIDENTS_MAX;
    timer->late = timer->settle + 1;
    timer->maintenance = timer->late + 1;
    timer->outputs = timer->maintenance + 1;
}

struct engine *engine_new(struct arena *arena, const struct policy *policy)
{
    struct engine *engine = arena_take(arena, 1, sizeof *engine);
    engine->policy = policy;
    set_timer_items(engine);
    engine->timers = timers_new(arena, engine->timer.outputs + 1);
    engine->incidents = incident_table_new(arena);
    engine->outbox = outbox_new(arena);
    engine->codes = incident_codes_new(arena);
    engine->dedup = dedup_new(arena);
    engine->device = arena_take(arena, (size_t) policy->device_count, sizeof *engine->device);
    engine->output = arena_take(arena, (size_t) policy->output_count, sizeof *engine->output);
    engine->helped_at = arena_take(arena, (size_t) policy->person_count, sizeof(ms_t));

    points_build(engine, arena);
    judge_build(engine, arena);
    judge_queue_build(engine, arena);
    parts_build(engine, arena);
    output_faults_build(engine, arena);
    maintenance_build(engine, arena);
    late_digest_build(engine, arena);
    return engine;
}

/* Stored state. */

void engine_adopt_incident(struct engine *engine, const struct incident *incident)
{
    CHECK(!engine->is_started);
    struct incident *mine = incident_table_adopt(engine->incidents, incident);
    if (mine == NULL) {
        return; /* INCIDENTS_MAX others are open */
    }
    mine->judgement = judge_find(engine, mine->rule, mine->point);
    mine->site_index = policy_find_site(engine->policy, mine->site);
    roster_adopt(engine->policy, mine);
    incident_codes_hold(engine->codes, mine->code, mine->id);
    if (mine->state == INCIDENT_CLOSED) {
        incident_codes_rest(engine->codes, mine->code, mine->closed_at);
        return;
    }
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

void engine_adopt_message(struct engine *engine, const struct effect_message *message, bool is_owed)
{
    const struct outbox_message *known = outbox_find(engine->outbox, message->id);
    bool is_waiting = is_owed || (known != NULL && known->state == OUTBOX_WAITING);
    outbox_add(engine->outbox, message, is_waiting ? OUTBOX_WAITING : OUTBOX_LEFT);
    for (int32_t i = 0; message->kind == MESSAGE_HELP && i < engine->policy->person_count; i++) {
        if (strcmp(engine->policy->person[i].phone, message->phone) == 0) {
            engine->helped_at[i] = max_ms(engine->helped_at[i], message->at);
        }
    }
}

void engine_adopt_reply(struct engine *engine, const struct effect_reply *reply)
{
    (void) dedup_add(engine->dedup, reply->key);
}

void engine_adopt_ids(struct engine *engine, int64_t last_incident, int64_t last_message)
{
    incident_table_skip_ids(engine->incidents, last_incident);
    outbox_skip_ids(engine->outbox, last_message);
}

void engine_adopt_code(struct engine *engine, const char *code, ms_t at)
{
    int64_t id = incident_codes_find(engine->codes, code);
    if (incident_table_find_open(engine->incidents, id) == NULL) {
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

static void run_timer(struct engine *engine, int32_t item)
{
    if (item < engine->timer.judgement) {
        silence_check(engine, item);
    } else if (item < engine->timer.part) {
        judge_queue_add(engine, item - engine->timer.judgement);
    } else if (item < engine->timer.incident) {
        health_check(engine, item - engine->timer.part);
    } else if (item < engine->timer.settle) {
        escalation_step(engine,
                        incident_table_in_place(engine->incidents, item - engine->timer.incident));
    } else if (item == engine->timer.settle) {
        health_settle(engine);
        silence_settle(engine);
    } else if (item == engine->timer.late) {
        escalation_late(engine);
    } else if (item == engine->timer.maintenance) {
        maintenance_end_due(engine);
    } else {
        engine->must_review_outputs = true;
    }
}

static void run_due(struct engine *engine)
{
    int32_t item = 0;
    while (engine_has_room(engine) && timers_take(engine->timers, engine->now, &item)) {
        run_timer(engine, item);
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
    judge_queue_start(engine);
    judge_start(engine);
    silence_start(engine);
    escalation_start(engine);
    maintenance_start(engine);
    timers_set(engine->timers, engine->timer.settle, engine->settle_until);
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
    /* After all were taken in: a judgement over two points of one device must not mix old and
     * new. */
    for (int32_t i = 0; i < event->readings.count; i++) {
        const struct reading *reading = &event->readings.reading[i];
        if (!safe_range_holds(engine, reading)) {
            judge_queue_add_point(engine, reading->point);
        }
    }
}

static void route_event(struct engine *engine, const struct event *event)
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
    judge_queue_add_timed(engine);
    run_due(engine); /* jobs that were due before the event run before it */
    route_event(engine, event);
    run_due(engine);
    if (outputs_review(engine)) {
        output_faults_review(engine);
    }
    engine->effects = NULL;
}

ms_t engine_deadline(const struct engine *engine)
{
    if (!judge_queue_is_empty(engine)) {
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
    return maintenance_count(engine);
}

struct effect_maintenance engine_maintenance_at(const struct engine *engine, int32_t position)
{
    return maintenance_get(engine, position);
}

struct engine_point engine_point(const struct engine *engine, int32_t point)
{
    CHECK(point >= 0 && point < engine->policy->point_count);
    const struct point_memory *memory = &engine->point[point];
    const struct device_memory *device = &engine->device[engine->terms[point].device];
    return (struct engine_point){
        .reading = memory->reading,
        .good_at = memory->good_at,
        .stale_at = memory->reading.at + engine->terms[point].silent_after_ms,
        .condition = judge_condition(engine, point),
        .is_silent = incident_table_is_active(engine->incidents, device->incident)};
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
