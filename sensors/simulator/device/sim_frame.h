/* sim_frame.h - takes requests out of a stream of bytes and frames answers, right or spoilt.
 * Pure. */
#pragma once

#include "sensors/simulator/device/sim_line.h"

/* The next whole request, removed from the port with all before it. */
bool sim_frame_take(struct sim_port *port, enum framing framing, struct sim_question *ret_question);

/* Makes the answer's bytes, spoilt as the fault says; no pieces yet. */
void sim_frame_make(struct sim_line *line, const struct sim_question *question,
                    const struct sim_trouble *trouble, struct sim_pdu *pdu,
                    struct sim_answer *answer);
