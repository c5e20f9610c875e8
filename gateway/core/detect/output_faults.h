/* output_faults.h - when the fault of a siren or beacon begins and ends.
 *
 *   begins  FAILED is reported: at once, and again with each report, since a person may have
 *           declared it repaired meanwhile
 *   begins  it is wanted and its state is UNKNOWN: its board or link is lost, which may pass
 *           (health.h)
 *   ends    ON is reported, and the wire has nothing left to prove
 *   ends    OFF is reported likewise, but only for a fault of this run. Of an earlier run the wire
 *           knows nothing, so OFF proves nothing there
 *
 * The incident belongs to health.h, the commands to one output to sensors/link/output. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

void output_faults_build(struct engine *engine, struct arena *arena);

/* The wire reports the state of an output. */
void output_faults_hear(struct engine *engine, const struct event_output_state *report);

/* After outputs_review: an output that is wanted from now on and whose state is UNKNOWN has a
 * fault. */
void output_faults_review(struct engine *engine);
