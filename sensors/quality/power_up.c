#include "sensors/quality/power_up.h"

#include <string.h>

#define SAME_SPAN (5 * US_PER_SECOND)
#define POWER_UP_DEGC 85.0 /* DS18B20: the scratchpad before the first conversion */

enum { PROOFS = 2 }; /* other values, after a start-up value */

/* The raw number that means 85.0, if the type has one. */
static bool find_power_up_raw(const struct profile_point *point, uint32_t *ret_raw)
{
    double number = (POWER_UP_DEGC - point->offset) / point->scale;
    if (point->type == TYPE_FLOAT32) {
        float wide = (float) number;
        memcpy(ret_raw, &wide, sizeof *ret_raw);
        return true;
    }
    double whole = round(number);
    bool is_exact = fabs(whole * point->scale + point->offset - POWER_UP_DEGC) < 1e-9;
    if (!decode_is_integer(point->type) || !is_exact || whole < 0 || whole > 0x7FFF) {
        return false;
    }
    *ret_raw = (uint32_t) whole;
    return true;
}

struct power_up power_up_figures(const struct link_device *device, int32_t point)
{
    const struct profile_point *figures = &device->profile->point[point];
    struct power_up power_up = {.is_first = true};
    power_up.has_words = figures->fault.roc_per_s > 0 && decode_is_integer(figures->type) &&
                         decode_width(figures->type) == 1;
    bool is_degc = figures->unit != NULL && strcmp(figures->unit, "degC") == 0;
    power_up.has_raw = is_degc && find_power_up_raw(figures, &power_up.raw);
    return power_up;
}

static bool is_power_up(const struct power_up *power_up, const struct rate_point *point,
                        const struct decode_value *value)
{
    uint32_t raw = value->raw;
    bool is_word = power_up->has_words && (raw == 0 || raw == 0xFFFF || raw == 0x8000);
    bool is_raw = power_up->has_raw && raw == power_up->raw;
    if (!is_word && !is_raw) {
        return false;
    }
    return point->memory->given_count == 0 ||
           !rate_of_change_is_near(point->last, value->value, point->last->given, SAME_SPAN);
}

bool power_up_judge(struct power_up *power_up, const struct rate_point *point,
                    struct decode_value *value)
{
    bool was_first = power_up->is_first;
    power_up->is_first = false;
    if (!was_first && power_up->proofs_due == 0) {
        return false;
    }
    if (is_power_up(power_up, point, value)) {
        power_up->proofs_due = was_first ? PROOFS : power_up->proofs_due;
        if (rate_of_change_is_away(point, value->value)) {
            decode_reject(value, REASON_POWER_UP);
        } else {
            decode_doubt(value, REASON_POWER_UP);
        }
        return true;
    }
    if (was_first) {
        power_up->proofs_due = 0; /* it measures already */
    } else {
        power_up->proofs_due--;
    }
    return false;
}
