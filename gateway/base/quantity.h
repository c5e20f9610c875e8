/* quantity.h - what points measure, and the one unit of each. A profile or a point with another unit is refused, so
 * that a rule compares metres with metres. */
#pragma once

#include "gateway/base/suggest.h"

/* On which side of a quantity the danger usually lies: heat is up, a gap too narrow is down. A quantity with rules on
 * both sides, or of unknown use, has both. */
enum alarm_side { ALARM_SIDE_BOTH, ALARM_SIDE_UP, ALARM_SIDE_DOWN };

struct quantity {
    const char *name, *unit; /* "temperature", "degC" */
    const char *text;        /* what people call it: 温度 */
    enum alarm_side alarm_side;
    struct {
        double min, max;
    } usual; /* where sensors of a store hang; equal: any value is usual */
};

/* NULL: there is no such quantity. */
const struct quantity *quantity_find(const char *name);

/* What people call it, or `name` itself when there is no such quantity. */
const char *quantity_text(const char *name);

/* Offers every quantity to a "did you mean". */
void quantity_offer(struct suggest *suggest);

/* The unit on a screen: "degC" is °C, "%RH" is %, "1" is nothing. */
const char *unit_text(const char *unit);

/* The unit in an SMS, where ℃ may not be printable: 度, %, 米 ... */
const char *unit_sms_text(const char *unit);
