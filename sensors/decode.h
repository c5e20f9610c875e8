/* decode.h - registers to values with a quality. Pure, fuzzed. */
#pragma once

#include "gateway/base/reading.h"
#include "sensors/profile.h"

/* What one read block brought: registers, or bits one a word. */
struct decode_block {
    int32_t read;  /* index in the profile */
    int32_t count; /* words, as the profile asks */
    const uint16_t *word;
};

struct decode_value {
    double value; /* after scale and offset; 0 without one */
    uint32_t raw;
    enum quality quality;
    enum reason reason;
    const char *means; /* of a sentinel, else NULL */
};

/* Decodes the points of one block into ret_values[point index of the profile]; other points are untouched.
 * Joint rules are applied among the points of the block. */
void decode_block(const struct profile *profile, const struct decode_block *block,
                  struct decode_value *ret_values);

/* The raw number of one point from its words. */
uint32_t decode_raw(const struct profile_point *point, const uint16_t *word);
