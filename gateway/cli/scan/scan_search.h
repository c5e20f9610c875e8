/* scan_search.h - searches a bus by its plan: who answers, what it says, which model fits. Only reads leave.
 *
 * A reply that comes when the next unit is being asked is not lost: the unit before is asked again, with more time.
 * The exceptions 10 and 11 of a gateway mean that nobody is there. */
#pragma once

#include "gateway/cli/scan/scan_state.h"

/* Until the plan is done, somebody stops it, or (wants_first) one has answered. False: the port or the connection
 * failed; what was found before is there all the same. */
MUST_CHECK bool scan_search(struct scan *scan, struct error *error);
