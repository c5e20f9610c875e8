/* decode.h - registers to values with a quality. Pure, fuzzed.
 *
 * The first that holds decides: a sentinel is bad; a float that is no number is bad; outside
 * `range` is bad; a `valid_if` sibling outside its limits makes it bad; outside `rated` is
 * uncertain; a bad sibling of a `joint` rule makes it uncertain. A bad value is 0 with its quality
 * beside it. */
#pragma once

#include "gateway/base/reading.h"
#include "sensors/device/link_settings.h"

/* The answer to one read block: registers, or bits one a word. */
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

/* Decodes the points of one block into ret_values[point index of the profile]; other points stay as
 * they are. Joint rules are applied among the points of the block. */
void decode_block(const struct profile *profile, const struct decode_block *block,
                  struct decode_value *ret_values);

/* Gives every point of a block no value, for `reason`. */
void decode_nothing(const struct profile *profile, int32_t read, enum quality quality,
                    enum reason reason, struct decode_value *ret_values);

/* The technician's correction of a block's points, after the profile's own scale and range. A
 * result that is no number is bad. */
void decode_calibrate(const struct link_device *device, int32_t read, struct decode_value *values);

/* The value is given on and compared with limits, but is uncertain. A value that is not good
 * keeps its reason. */
static inline void decode_doubt(struct decode_value *value, enum reason reason)
{
    if (value->quality == QUALITY_GOOD) {
        value->quality = QUALITY_UNCERTAIN;
        value->reason = reason;
    }
}

/* Bad: no value. */
static inline void decode_reject(struct decode_value *value, enum reason reason)
{
    value->value = 0;
    value->quality = QUALITY_BAD;
    value->reason = reason;
}

/* The raw number of one point from its registers (two for the 32-bit types, else one). */
uint32_t decode_raw(const struct profile_point *point, const uint16_t *word);

/* A whole number, signed or not; neither a float nor a bit. */
bool decode_is_integer(enum value_type type);

/* Registers that a value of this type takes: 1 or 2. */
int32_t decode_width(enum value_type type);
