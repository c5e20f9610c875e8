/* scan_ask.h - one question of a scan; the port is opened, and opened again, as needed. */
#pragma once

#include "gateway/cli/scan/scan_state.h"

/* Opens the port with the settings of this line of the plan. */
MUST_CHECK bool scan_open(struct scan *scan, int32_t line, struct error *error);

/* Asks. A connection that closes is opened again once. At a signal to stop the result is true, the
 * answer is PROBE_STOPPED and scan->is_stopped is set. */
MUST_CHECK bool scan_ask(struct scan *scan, const struct frame_request *request, us_t timeout,
                         struct probe_answer *ret_answer, struct error *error);
