/* scan_identify.h - finds the device models that explain the answers of one unit. */
#pragma once

#include "gateway/cli/scan/scan_state.h"

/* Asks every block of every model once. The hit gets the models that are not ruled out, best
 * first. */
void scan_identify(struct scan *scan, struct scan_hit *hit);
