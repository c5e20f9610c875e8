/* scan_ask.h - one question of a scan, over a port that is opened and opened again as needed. */
#pragma once

#include "gateway/cli/scan/scan_state.h"

/* Has the port at this line of the plan. */
MUST_CHECK bool scan_open(struct scan *scan, int32_t line, struct error *error);

/* Asks; a connection that closes is made anew once. True with PROBE_STOPPED in the answer and scan->is_stopped when
 * somebody wants to stop. */
MUST_CHECK bool scan_ask(struct scan *scan, const struct frame_request *request, us_t timeout,
                         struct probe_answer *ret_answer, struct error *error);
