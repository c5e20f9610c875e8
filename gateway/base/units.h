/* units.h - the units of time.
 *
 * A point in time is gateway time: UTC since 1970, read once at start and continued by the boot
 * clock, so it never jumps inside a run. Below gateway/io no code reads a clock: time is a
 * parameter. */
#pragma once

#include <stdint.h>

typedef int64_t ms_t; /* milliseconds: a span, or a point since 1970-01-01T00:00:00Z */
typedef int64_t us_t; /* microseconds, for the wire only: its gaps are below a millisecond */

#define MS_PER_SECOND ((ms_t) 1000)
#define MS_PER_MINUTE ((ms_t) 60000)
#define MS_PER_HOUR ((ms_t) 3600000)
#define MS_PER_DAY ((ms_t) 86400000)
#define US_PER_MS ((us_t) 1000)
#define US_PER_SECOND ((us_t) 1000000)

static inline ms_t min_ms(ms_t a, ms_t b)
{
    return a < b ? a : b;
}

static inline ms_t max_ms(ms_t a, ms_t b)
{
    return a > b ? a : b;
}

static inline us_t min_us(us_t a, us_t b)
{
    return a < b ? a : b;
}

static inline us_t max_us(us_t a, us_t b)
{
    return a > b ? a : b;
}
