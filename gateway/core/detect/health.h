/* health.h - faults of the gateway itself: links, stores, disks, the SMS path, outputs.
 *
 *   a link down for 60 s             RULE_LINK, major; its devices raise nothing of their own
 *   a store down for 5 min           RULE_STORE, minor
 *   state.db or history.db failing   RULE_DISK, major, at once
 *   the SMS path dead                RULE_SMS, major, at once
 *   a siren that does not act        RULE_OUTPUT, major, at once; after 15 s when it may pass
 *
 * These incidents go to the people on duty in the topmost area. A part that reports that it works
 * ends its incident (after the settle time); a person closes it. Without a place in parts.h a part
 * is only noted in the log. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

void health_hear(struct engine *engine, const struct event_health *health);

/* A person has ended the maintenance of this device. Their confirmation counts as proof that its
 * outputs work again, so that no siren must sound for it; an output that is wanted now proves
 * itself. */
void health_trust_repair(struct engine *engine, int32_t device);

/* The timer of the part: has its fault lasted long enough? */
void health_check(struct engine *engine, int32_t index);

/* The settle time is over: ends the incidents of parts that work. */
void health_settle(struct engine *engine);

/* A stored incident of the gateway: its part is as it was left. */
void health_adopt(struct engine *engine, const struct incident *incident);

/* The incident was closed: its part forgets it. */
void health_release(struct engine *engine, int64_t incident);

/* Is it one of RULE_*, which no config removes? */
bool health_is_own_rule(const char *rule);
