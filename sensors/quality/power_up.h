/* power_up.h - start-up values that sensors send before their first measurement. Pure. For
 * plausibility.c.
 *
 * They are raw 0, 0xFFFF and 0x8000 of a 16-bit point that has a roc_per_s, and 85.0 degC exactly.
 * The first value after a possible loss of power is doubted when it is one of them. The doubt ends
 * after two other values. A value where the point stood before (roc_per_s * 5 s) is good. Where its
 * step leads away from danger it is bad instead. */
#pragma once

#include "sensors/quality/rate_of_change.h"

struct power_up {
    uint32_t raw; /* that means 85.0 degC */
    uint8_t proofs_due;
    bool is_first; /* the next value is the first since the sensor may have been without power */
    bool has_words, has_raw;
};

/* Which start-up values a point of the device's profile has. Its next value is the first. */
struct power_up power_up_figures(const struct link_device *device, int32_t point);

/* Is the value a start-up value? Then that is the verdict on it, and it is no sample of its
 * rate. */
bool power_up_judge(struct power_up *power_up, const struct rate_point *point,
                    struct decode_value *value);

/* Nothing is expected of the next value. */
static inline bool power_up_is_settled(const struct power_up *power_up)
{
    return power_up->proofs_due == 0 && !power_up->is_first;
}
