/* minute_aggregates.h - one hour of one point, minute by minute: the source of long curves.
 *
 * Pure. Peaks are kept exactly; the mean is over samples, not over time. */
#pragma once

#include "gateway/base/reading.h"
#include "gateway/io/history/number_codec.h"

enum { MINUTES = 60, MINUTE_AGGREGATES_BYTES_MAX = 1 + MINUTES * (2 + 2 * NUMBER_VARINT_MAX + 24) };

struct minute_aggregate {
    double min, max, sum; /* of the samples with a value; 0 when there are none */
    uint32_t good;        /* samples with a value */
    uint32_t missing;     /* samples without one */
};

struct minute_aggregates { /* an hour; the minute after the full hour is minute[0] */
    struct minute_aggregate minute[MINUTES];
};

/* Hours since 1970; times are never negative. */
static inline int64_t hour_of(ms_t at)
{
    return at / MS_PER_HOUR;
}

/* The place of a time in its hour. */
static inline int64_t minute_of(ms_t at)
{
    int64_t minute = at / MS_PER_MINUTE % MINUTES;
    return minute < 0 ? 0 : minute;
}

/* Adds a reading of this minute. */
void minute_aggregate_add(struct minute_aggregate *minute, const struct reading *reading);

/* Adds a reading of this hour. */
void minute_aggregates_add(struct minute_aggregates *minutes, const struct reading *reading);

/* Empty minutes take no bytes. Returns the length. */
size_t minute_aggregates_encode(const struct minute_aggregates *minutes,
                                uint8_t bytes[static MINUTE_AGGREGATES_BYTES_MAX]);

/* Accepts any bytes. False: damaged; ret_minutes has the minutes before the damage. */
bool minute_aggregates_decode(const void *bytes, size_t length,
                              struct minute_aggregates *ret_minutes);
