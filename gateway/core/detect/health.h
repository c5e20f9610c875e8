/* health.h - how the house itself is: links, stores, disks, the SMS path.
 *
 *   a link down for 60 s             RULE_LINK, major; its devices raise nothing of their own
 *   a store down for 5 min           RULE_STORE, minor
 *   state.db or history.db failing   RULE_DISK, major, at once
 *   the SMS path dead                RULE_SMS, major, at once
 *   a siren that does not act        RULE_OUTPUT, major, at once; when only nobody answers (may_pass) after 15 s
 *
 * These incidents go to the people on duty in the topmost area. A part that says it is well ends its incident
 * (after the settle time); closing stays a person's. Parts beyond PARTS_SPARE that the policy does not name are
 * only noted. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

void health_hear(struct engine *engine, const struct event_health *health);

/* Somebody has ended the maintenance of this device: what it could not switch counts as mended on their word, unless it
 * shall be on now and proves itself. Nobody should have to sound a siren to end its incident. */
void health_take_word(struct engine *engine, int32_t device);

/* The part's timer: is it bad long enough? */
void health_check(struct engine *engine, int32_t index);

/* Ends incidents of parts that are well: when the settle time is over. */
void health_settle(struct engine *engine);

/* An incident of the house that was stored: its part is as it was left. */
void health_adopt(struct engine *engine, const struct incident *incident);

/* The incident was closed: its part forgets it. */
void health_release(struct engine *engine, int64_t incident);

bool health_is_house_rule(const char *rule);
