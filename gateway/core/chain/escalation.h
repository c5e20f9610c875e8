/* escalation.h - which people get a call, and when, until one of them answers.
 *
 *   begin     after the group wait (none for critical incidents): the levels up to `tell`, and the
 *             contacts of the site
 *   repeat    to the present level until it answers; not to a phone where a call still waits to
 *             leave
 *   escalate  a level stayed silent for its time, or every message to it failed. The next level
 *             with people gets a message that says which level was silent, and for how long; that
 *             level gets 已转上级. At the top only repeats go on
 *   answered  every unsent call and every deadline is cancelled
 *   recover   people who were called get one recovery message. Repeats stop, and below critical the
 *             escalation too, until a person answers or it is active again
 *   worsen    a silent device without an answer for 10 minutes becomes major, with the shorter
 *             times
 *   late      deadlines that passed while the gateway was down: once each, one message a phone
 *
 * An open incident has a deadline unless it was answered, has recovered, or everybody was called
 * and `repeat` is 0. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

#define ESCALATION_WORSEN_MS (10 * MS_PER_MINUTE)

void escalation_begin(struct engine *engine, struct incident *incident);

/* Carries out what is due now. */
void escalation_step(struct engine *engine, struct incident *incident);

void escalation_answered(struct engine *engine, struct incident *incident);
void escalation_recover(struct engine *engine, struct incident *incident);

/* Active again and still unanswered: its clocks, which stood still for `rested_ms`, go on. */
void escalation_resume(struct engine *engine, struct incident *incident, ms_t rested_ms);

/* Active again after work had begun: open again, at the second level at least. */
void escalation_relapse(struct engine *engine, struct incident *incident);
void escalation_worsen(struct engine *engine, struct incident *incident, enum severity severity);

/* `who` says that it is a false alarm: the next level is asked. */
void escalation_ask(struct engine *engine, struct incident *incident, const char *who);

/* A message to `phone` failed: escalates when no message has reached that level. */
void escalation_unreached(struct engine *engine, struct incident *incident, int8_t level,
                          const char *phone);

/* At the start: sets the timers; deadlines that have passed are late. */
void escalation_start(struct engine *engine);

/* After the settle time: all that is late, merged by phone. */
void escalation_late(struct engine *engine);

/* Stores the incident and sets its timer: the last act of every job that changed it. */
void escalation_commit(struct engine *engine, struct incident *incident);

/* How long `level` may stay silent. A level without a time takes that of the nearest level below,
 * else above. */
ms_t escalation_silence(const struct policy *policy, enum severity severity, int32_t level);
