/* outputs.h - sirens, beacons, voice boxes: which of them shall sound.
 *
 * A function of the open incidents: an output is wanted while an incident of its site asks for it
 * (see policy_output). Nothing of it is stored. After a start every output is switched to what is
 * derived anew: a siren that was left on falls silent, a lost one sounds again; only `max` begins
 * anew. The output is switched in the same step as the event, for example an acknowledgement. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

/* Switches every output. */
void outputs_start(struct engine *engine);

/* At the end of a step, when an incident has changed or a `max` is over: switches what differs.
 * False: there was nothing to review, or no room for the effects yet. */
bool outputs_review(struct engine *engine);

/* The wire has written: an entry for the audit log and for the incident that asked. */
void outputs_hear(struct engine *engine, const struct event_output *output);
