#include "sensors/quality/calibration.h"

#include <math.h>

static void correct_value(const struct link_calibration *calibration, struct decode_value *value)
{
    value->value = value->value * calibration->scale + calibration->offset;
    if (!isfinite(value->value)) {
        *value = (struct decode_value){
            .raw = value->raw, .quality = QUALITY_BAD, .reason = REASON_NOT_A_NUMBER};
    }
}

void calibration_apply(const struct link_device *device, int32_t read, struct decode_value *values)
{
    if (device->calibration == NULL) {
        return;
    }
    for (int32_t i = 0; i < device->profile->point_count; i++) {
        bool has_value = quality_has_value(values[i].quality);
        if (device->profile->point[i].read == read && has_value) {
            correct_value(&device->calibration[i], &values[i]);
        }
    }
}
