/* rate_of_change.h - steps of a point faster than its quantity can change. Pure. For
 * plausibility.c.
 *
 * A jump is a step from the last value given on, faster than fault.roc_per_s. The span counts as a
 * second at least, and one step of the register is allowed on top. Two more samples that follow it
 * confirm it. Until then
 *   towards danger  it is given on as uncertain: a fire is never delayed
 *   away from it    the sample is bad. It waits at most as long as the quantity could have needed
 *                   for the way: then it is no jump any more
 * Towards danger is where the rules look (link_danger); both sides where that is unknown. Where
 * rules look to both sides, all between the limits is away from danger; so is a leap from beyond
 * one limit to beyond the other. */
#pragma once

#include <math.h>

#include "sensors/device/decode.h"

#define RATE_LEAST_SPAN US_PER_SECOND /* two steps of a register in 50 ms are no jump */

/* What is compared with each new value; apart from rate_memory, which nearly no value needs. */
struct rate_last {
    double given;
    float per_us; /* most that the value can change; 0: not known */
    float slack;  /* one step of the register */
};

/* A jump towards danger is given on with given_count 1, one away from it waits; each that follows
 * counts one more. */
struct rate_memory {
    double waiting;
    us_t given_at, waiting_at; /* given_at is the owner's to set before rate_of_change_judge */
    uint8_t given_count;       /* 0: no value yet; up to RATE_CONFIRMED */
    uint8_t waiting_count;
    bool is_bad; /* the owner's: the last reply had no value. Here, where padding would be */
};

enum { RATE_CONFIRMED = 3 }; /* a jump and two that follow it */

/* One point with all that a verdict on it needs. */
struct rate_point {
    struct rate_last *last;
    struct rate_memory *memory;
    const struct link_danger *danger; /* NULL: every step is towards it */
};

/* The figures of a point of the device's profile; a calibration's scale is applied to them. */
struct rate_last rate_of_change_figures(const struct link_device *device, int32_t point);

/* Could the value have gone from there to here in that time? */
static inline bool rate_of_change_is_near(const struct rate_last *last, double value, double from,
                                          us_t span)
{
    us_t enough = max_us(span, RATE_LEAST_SPAN);
    return fabs(value - from) <= (double) last->per_us * (double) enough + (double) last->slack;
}

/* Does the value lie, seen from the last one, where no danger is? */
bool rate_of_change_is_away(const struct rate_point *point, double value);

/* Judges one value and keeps it. */
void rate_of_change_judge(const struct rate_point *point, us_t at, struct decode_value *value);

/* Nothing is waited for: a value that is near would only be kept. */
static inline bool rate_of_change_is_settled(const struct rate_memory *memory)
{
    return memory->given_count == RATE_CONFIRMED && memory->waiting_count == 0;
}
