/* quantity.h - what points measure, and the one unit of each. A profile or a point with another
 * unit is refused, so that a rule compares metres with metres. */
#pragma once

#include "config/suggest.h"

/* "degC" of "temperature"; NULL: no such quantity. */
const char *quantity_unit(const char *quantity);

/* Offers every quantity to a "did you mean". */
void quantity_offer(struct suggest *suggest);
