/* reading.h - one measured value with its time and quality.
 *
 * Silence, nonsense and out-of-range are readings too. They carry a quality and a reason instead of
 * a value and are never skipped. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/units.h"

/* The numbers are the line protocol's `quality` field and what history keeps: never renumber. */
enum quality {
    QUALITY_GOOD = 0,
    QUALITY_UNCERTAIN = 1, /* outside the rated range, or suspect; still compared with limits */
    QUALITY_BAD = 2,       /* a reply without a usable value */
    QUALITY_NO_ANSWER = 3, /* the device or its link is silent */
};
enum { QUALITY_COUNT = 4 };

/* Why a reading is not good, shown as text beside it. History stores the numbers: new ones go to
 * the end. */
enum reason {
    REASON_NONE = 0,
    REASON_SENTINEL,     /* the device's own code for "no value" */
    REASON_RANGE,        /* outside what the element can physically report */
    REASON_RATED,        /* outside the maker's rated range */
    REASON_JOINT,        /* a sibling point of the same device is impossible */
    REASON_NOT_A_NUMBER, /* NaN or infinite float */
    REASON_TIMEOUT,      /* no reply in time */
    REASON_LINK,         /* the link is down: the device is unknown, not faulty */
    REASON_EXCEPTION,    /* the device answered with a Modbus exception */
    REASON_FRAME,        /* CRC, length or other damage */
    REASON_RATE,         /* it changed faster than the quantity can, not confirmed yet */
    REASON_POWER_UP,     /* a start-up value, not confirmed yet */
    REASON_FLAT,         /* it has not moved for hours while its neighbours did */
    REASON_STALE,        /* shown only, never stored: the last value is older than its limit */
};
enum { REASON_COUNT = 14 };

struct reading {
    int32_t point; /* index in the policy */
    enum quality quality;
    enum reason reason;
    ms_t at;      /* when the reply arrived, gateway time */
    double value; /* finite; 0 when the quality is bad or no_answer */
};

/* True when a reading of this quality has a value. */
static inline bool quality_has_value(enum quality quality)
{
    return quality == QUALITY_GOOD || quality == QUALITY_UNCERTAIN;
}

/* Has the reading a value that may be compared with limits? */
static inline bool reading_has_value(const struct reading *reading)
{
    return quality_has_value(reading->quality);
}

/* "good", "uncertain", "bad", "no_answer": as in the API, CSV and logs. */
const char *quality_name(enum quality quality);

/* A few Chinese words for people: 无应答, 超量程 ... Empty for REASON_NONE. */
const char *reason_text(enum reason reason);
