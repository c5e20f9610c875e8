/* sim_frame.h - requests out of a stream of bytes, and answers into frames: right ones and spoilt ones. Pure. */
#pragma once

#include "sensors/simulator/device/sim_line.h"

/* The next whole request, removed from the port with all before it. */
bool slave_frame_take(struct slave_port *port, enum framing framing,
                      struct slave_question *ret_question);

/* Makes the answer's bytes, spoilt as the fault says; no pieces yet. */
void slave_frame_make(struct slave *slave, const struct slave_question *question,
                      const struct slave_trouble *trouble, struct slave_pdu *pdu,
                      struct slave_answer *answer);
