/* engine.h - decides. Events go in with their time, effects come out.
 *
 * One thread, no clock, no I/O, no locks, no allocation after engine_new. It cannot fail: all
 * limits were checked with the config, and all input was checked before it became an event. The
 * same events give the same effects, always: scenarios, replay and the simulator depend on that.
 *
 * After a restart: engine_new, then engine_adopt_* with the content of the state database and
 * engine_remember with the readings of the history, oldest first, then engine_start. Then
 * events. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/model/effect.h"
#include "gateway/core/model/event.h"
#include "gateway/core/model/policy.h"

struct engine;

/* `policy` must live as long as the engine; the caller freezes both arenas afterwards. */
struct engine *engine_new(struct arena *arena, const struct policy *policy);

/* Stored state. The indexes of an incident and of its members are found anew by their ids. */
void engine_adopt_incident(struct engine *engine, const struct incident *incident);
void engine_adopt_alarm(struct engine *engine, const struct effect_alarm *alarm);

/* A message that was neither cancelled nor failed: for bare replies, for the addressees of a
 * recovery, and for rising ids. One that is owed is still on its way and can be cancelled. A
 * message may come twice, in any order: it stays owed. */
void engine_adopt_message(struct engine *engine, const struct effect_message *message,
                          bool is_owed);
void engine_adopt_reply(struct engine *engine, const struct effect_reply *reply);

void engine_adopt_maintenance(struct engine *engine, const struct effect_maintenance *maintenance);

/* The greatest ids ever given, from the database: never given again. */
void engine_adopt_ids(struct engine *engine, int64_t last_incident, int64_t last_message);

/* A code given to an incident that is closed: not given again for 30 days after `at`. */
void engine_adopt_code(struct engine *engine, const char *code, ms_t at);

/* A reading from before the start: fills windows and last values; nothing is judged. */
void engine_remember(struct engine *engine, const struct reading *reading);

/* Starts the clock; the settle time runs from here. Deadlines that passed while the gateway was
 * down stay due: they are carried out once, merged by phone, within 60 s after the settle time. */
void engine_start(struct engine *engine, ms_t now, struct effects *effects);

/* These readings will come soon: prefetches the memory of their points, which is larger than a
 * cache. */
void engine_foresee(const struct engine *engine, const struct event_readings *readings);

/* Takes the event and writes its effects; `effects` is emptied first. */
void engine_step(struct engine *engine, const struct event *event, struct effects *effects);

/* When the next EVENT_TICK is due: at most a second away, so that ages and windows are judged. */
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

/* The incident with this id, or NULL. Also by position 0...engine_incident_count-1, oldest first;
 * closed incidents stay until their place is needed. */
const struct incident *engine_incident(const struct engine *engine, int64_t id);
int32_t engine_incident_count(const struct engine *engine);
const struct incident *engine_incident_at(const struct engine *engine, int32_t position);
