/* outputs.h - sirens, beacons, voice boxes: which of them shall sound.
 *
 * A function of the incidents that are open: an output is wanted while an incident of its site asks for it (see
 * policy_output). Nothing of it is stored: after a start it is derived anew and told for every output, so that a siren
 * that was left on falls silent and one that was lost sounds again; only `max` begins anew. An acknowledgement is
 * an event like any other: the output is told in the same step. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

/* Says what every output shall be. */
void outputs_start(struct engine *engine);

/* At the end of a step, if an incident has changed or a max is over: says what is to be otherwise. False: it looked at none. */
bool outputs_review(struct engine *engine);

/* The wire has written: an entry of the audit log, and of the incident that asked. */
void outputs_hear(struct engine *engine, const struct event_output *output);
