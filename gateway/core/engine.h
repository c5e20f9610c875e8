/* engine.h - decides. Events go in with their time, effects come out.
 *
 * One thread, no clock, no I/O, no locks, no allocation after engine_new, and it cannot fail: all limits were
 * checked with the config and all input was judged before it became an event. The same events give the same
 * effects, always: scenarios, replay and the simulator live on that.
 *
 * After a restart: engine_new, then engine_adopt_* with what the state database holds and engine_remember with
 * history's readings, oldest first, then engine_start; only then events. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/event.h"
#include "gateway/core/model/policy.h"

struct engine;

/* `policy` must live as long as the engine; both arenas are frozen by the caller after. */
struct engine *engine_new(struct arena *arena, const struct policy *policy);

/* What was stored. `judgement` of an incident and `person` of its members are found anew by their ids. */
void engine_adopt_incident(struct engine *engine, const struct incident *incident);
void engine_adopt_alarm(struct engine *engine, const struct effect_alarm *alarm);

/* A message that has left: for bare replies, recovery addressees and rising ids. Not the failed and the cancelled.
 * engine_adopt_owed says of one, before or after, that it is still on its way and can be cancelled. */
void engine_adopt_message(struct engine *engine, const struct effect_message *message);
void engine_adopt_owed(struct engine *engine, const struct effect_message *message);
void engine_adopt_reply(struct engine *engine, const struct effect_reply *reply);

void engine_adopt_maintenance(struct engine *engine, const struct effect_maintenance *maintenance);

/* The greatest ids ever given, from the database: never given again. */
void engine_adopt_ids(struct engine *engine, int64_t last_incident, int64_t last_message);

/* A code given to an incident that is closed: not given again for 30 days after `at`. */
void engine_adopt_code(struct engine *engine, const char *code, ms_t at);

/* A reading of before the start: fills windows and last values, judges nothing. */
void engine_remember(struct engine *engine, const struct reading *reading);

/* Starts the clock; the settle time runs from here. Deadlines that passed while we were down stay due and are
 * carried out once, merged per person, within 60 s after the settle time. */
void engine_start(struct engine *engine, ms_t now, struct effects *effects);

/* These will come in the next step or soon: asks for the memory of their points, of which thousands need more than a
 * cache holds. */
void engine_foresee(const struct engine *engine, const struct event_readings *readings);

/* Takes the event and writes what it asks for; `effects` is emptied first. */
void engine_step(struct engine *engine, const struct event *event, struct effects *effects);

/* When it next wants EVENT_TICK: at most a second away, so that ages and windows are judged. */
ms_t engine_deadline(const struct engine *engine);

/* For the snapshot. */
struct engine_point {
    struct reading reading;   /* the newest; quality no_answer and at 0 before the first */
    ms_t stale_at;            /* from when on a value of the reading is none */
    ms_t good_at;             /* of the last reading with a value, 0: never */
    enum condition condition; /* the worst of its judgements */
    bool is_silent;           /* its device's silence is an incident */
};
struct engine_point engine_point(const struct engine *engine, int32_t point);

/* Devices under repair, by position 0...count-1. */
int32_t engine_maintenance_count(const struct engine *engine);
struct effect_maintenance engine_maintenance_at(const struct engine *engine, int32_t position);

/* The incident with this id, or NULL. Also by position 0...engine_incident_count-1, oldest first; closed ones
 * stay until their place is needed. */
const struct incident *engine_incident(const struct engine *engine, int64_t id);
int32_t engine_incident_count(const struct engine *engine);
const struct incident *engine_incident_at(const struct engine *engine, int32_t position);
