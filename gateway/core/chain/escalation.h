/* escalation.h - who is told, when, until somebody answers.
 *
 *   begin     after the group wait (none for critical ones) the levels up to `tell` and the site's contacts
 *   repeat    to the level that has it, until it answers; not to a phone where a call still waits to leave
 *   escalate  a level stayed silent for its time, or every message to it failed: the next level with people gets one
 *             message that names who and for how long; the silent level one 已转上级. At the top only repeats go on
 *   answered  every unsent call and step is cancelled
 *   recover   those who were called get one recovery message; then repeats stop, and below critical the steps too:
 *             the incident rests, open and recovered, until somebody answers or it is active again
 *   worsen    a silent device unanswered for 10 minutes becomes major: told anew, with the shorter times
 *   late      deadlines that passed while we were down: once each, one message a phone
 *
 * An open incident has a deadline unless it rests: answered, recovered, or everybody told and no `repeat`. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

#define ESCALATION_WORSEN_MS (10 * MS_PER_MINUTE)

void escalation_begin(struct engine *engine, struct incident *incident);

/* Carries out what is due. */
void escalation_step(struct engine *engine, struct incident *incident);

void escalation_answered(struct engine *engine, struct incident *incident);
void escalation_recover(struct engine *engine, struct incident *incident);

/* Active again and still unanswered, after `rested_ms`: clocks that rested go on where they stood. */
void escalation_resume(struct engine *engine, struct incident *incident, ms_t rested_ms);

/* Active again after work had begun: back to open, at the second level at least. */
void escalation_relapse(struct engine *engine, struct incident *incident);
void escalation_worsen(struct engine *engine, struct incident *incident, enum severity severity);

/* Somebody says it is a false alarm: the next level is asked. */
void escalation_ask(struct engine *engine, struct incident *incident, const char *who);

/* A message to `phone` failed or was cancelled: was that person called at all, was that level? */
void escalation_unreached(struct engine *engine, struct incident *incident, int8_t level,
                          const char *phone);

/* At the start: sets the timers; deadlines that have passed are late. */
void escalation_start(struct engine *engine);

/* After the settle time: all that is late, merged by phone. */
void escalation_late(struct engine *engine);

/* Stores the incident as it is now and sets its timer: the last act of every job that touched it. */
void escalation_commit(struct engine *engine, struct incident *incident);

/* When escalation_step wants to be called; 0: never. */
ms_t escalation_due(const struct incident *incident);

/* How long `level` may stay silent; a level without a time of its own takes that of the nearest below, then above. */
ms_t escalation_silence(const struct policy *policy, enum severity severity, int32_t level);
