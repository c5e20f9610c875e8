/* verdict.h - the two things that become of an implausible value. */
#pragma once

#include "sensors/device/decode.h"

/* Given on, compared with limits, but uncertain. What is not good already keeps its reason. */
static inline void verdict_doubt(struct decode_value *value, enum reason reason)
{
    if (value->quality == QUALITY_GOOD) {
        value->quality = QUALITY_UNCERTAIN;
        value->reason = reason;
    }
}

/* Bad: no value. */
static inline void verdict_hold_back(struct decode_value *value, enum reason reason)
{
    value->value = 0;
    value->quality = QUALITY_BAD;
    value->reason = reason;
}
