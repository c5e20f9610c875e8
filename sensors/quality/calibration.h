/* calibration.h - the technician's correction of a point, after the profile's own scale and range.
 * Pure. */
#pragma once

#include "sensors/device/decode.h"
#include "sensors/device/link_settings.h"

/* Corrects the block's values where there is one. A result that is no number is bad. */
void calibration_apply(const struct link_device *device, int32_t read, struct decode_value *values);
