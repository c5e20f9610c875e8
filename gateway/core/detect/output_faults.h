/* output_faults.h - when the fault of a siren or beacon begins and ends.
 *
 *   begins  FAILED is reported: at once, and again with each report, since a person may have called it mended
 *   begins  it is wanted and its state is UNKNOWN: its board or link is lost, which may pass (health.h)
 *   ends    ON is reported and the wire knows of nothing that is still to be proved
 *   ends    OFF is reported likewise, but only a fault of this run: of an earlier one the engine alone knows,
 *           and that it is off proves nothing there
 *
 * The incident itself is health.h's. What became of the commands to one output is sensors/link/output's. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

void output_faults_build(struct engine *engine, struct arena *arena);

/* The wire reports the state of an output. */
void output_faults_hear(struct engine *engine, const struct event_output_state *report);

/* After outputs_review: an output that is wanted from now on and was never seen, or is lost, has a fault. */
void output_faults_review(struct engine *engine);
