/* quantity.h - what points measure, and the one unit of each. A profile or a point with another
 * unit is refused, so that a rule compares metres with metres. */
#pragma once

#include "gateway/base/reading.h"
#include "gateway/base/suggest.h"

/* "degC" of "temperature"; NULL: no such quantity. */
const char *quantity_unit(const char *quantity);

/* Where its danger lies: heat, gas and stacks too high are up, gaps and aisles too narrow are down (the default rules).
 * A quantity with rules on both sides, or of unknown use, has both. */
/* On which side of a quantity the danger usually lies: heat is up, a gap too narrow is down. Nobody knows: both. */
enum alarm_side { ALARM_SIDE_BOTH, ALARM_SIDE_UP, ALARM_SIDE_DOWN };

enum alarm_side quantity_alarm_side(const char *quantity);

/* Offers every quantity to a "did you mean". */
void quantity_offer(struct suggest *suggest);
