/* scan_search.h - searches a bus by its plan and identifies the units that answer. It only reads.
 *
 * A reply that comes while the next unit is asked is not lost: the unit before is asked again, with
 * more time. The exceptions 10 and 11 of a gateway mean that the unit is absent. */
#pragma once

#include "gateway/cli/scan/scan_state.h"

/* Searches until the plan is done, a signal comes, or with wants_first a unit has answered. False:
 * the port or the connection failed; what was found before stays in the scan. */
MUST_CHECK bool scan_search(struct scan *scan, struct error *error);
