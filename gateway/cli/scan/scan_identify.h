/* scan_identify.h - which device model explains what one unit answers. */
#pragma once

#include "gateway/cli/scan/scan_state.h"

/* Asks every block of every model once, and puts the models that are not ruled out into the hit, best first. */
void scan_identify(struct scan *scan, struct scan_hit *hit);
