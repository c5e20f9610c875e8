/* quantity.h - the quantities that points measure, each with one unit.
 *
 * A profile or a point with another unit is refused, so a rule compares metres with metres. */
#pragma once

#include "gateway/base/suggest.h"

/* On which side of a quantity the danger usually lies: heat is up, a gap too narrow is down.
 * Both for a quantity with rules on both sides, or of unknown use. */
enum alarm_side { ALARM_SIDE_BOTH, ALARM_SIDE_UP, ALARM_SIDE_DOWN };

struct quantity {
    const char *name, *unit; /* "temperature", "degC" */
    const char *text;        /* the Chinese name: 温度 */
    enum alarm_side alarm_side;
    struct {
        double min, max;
    } usual; /* in a store; min equals max: any value is usual */
};

/* NULL: there is no such quantity. */
const struct quantity *quantity_find(const char *name);

/* The Chinese name, or `name` itself when there is no such quantity. */
const char *quantity_text(const char *name);

/* Offers every quantity to a "did you mean". */
void quantity_offer(struct suggest *suggest);

/* The unit on a screen: "degC" is °C, "%RH" is %, "1" is nothing. */
const char *unit_text(const char *unit);

/* The unit in an SMS, where ℃ may not be printable: 度, %, 米 ... */
const char *unit_sms_text(const char *unit);
