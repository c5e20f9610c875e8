#include "sensors/device/decode.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "gateway/base/check.h"

bool decode_is_integer(enum value_type type)
{
    return type == TYPE_UINT16 || type == TYPE_INT16 || type == TYPE_UINT32 || type == TYPE_INT32 ||
           type == TYPE_SM10000;
}

int32_t decode_width(enum value_type type)
{
    return type == TYPE_UINT32 || type == TYPE_INT32 || type == TYPE_FLOAT32 ? 2 : 1;
}

/* A word with its bytes in the order that the device meant. */
static uint32_t order_word(enum byte_order order, uint32_t word)
{
    bool is_swapped = order == ORDER_BADC || order == ORDER_DCBA;
    return is_swapped ? (word & 0xFFU) << 8U | word >> 8U : word;
}

static uint32_t order_words(enum byte_order order, const uint16_t *word)
{
    bool is_low_first = order == ORDER_CDAB || order == ORDER_DCBA;
    uint32_t first = order_word(order, word[0]);
    uint32_t second = order_word(order, word[1]);
    return is_low_first ? second << 16U | first : first << 16U | second;
}

uint32_t decode_raw(const struct profile_point *point, const uint16_t *word)
{
    if (point->type == TYPE_BOOL) {
        return word[0] != 0;
    }
    if (point->type == TYPE_BIT) {
        return order_word(point->order, word[0]) >> point->bit & 1U;
    }
    return decode_width(point->type) == 2 ? order_words(point->order, word)
                                          : order_word(point->order, word[0]);
}

/* Two's complement without a conversion that the language leaves open. */
static double make_signed(uint32_t raw, uint32_t sign_bit)
{
    return (raw & sign_bit) != 0 ? (double) raw - 2.0 * (double) sign_bit : (double) raw;
}

static double make_float(uint32_t raw)
{
    float number = 0;
    memcpy(&number, &raw, sizeof number);
    return (double) number;
}

static double make_number(enum value_type type, uint32_t raw)
{
    switch (type) {
    case TYPE_INT16:
        return make_signed(raw, 0x8000U);
    case TYPE_INT32:
        return make_signed(raw, 0x80000000U);
    case TYPE_FLOAT32:
        return make_float(raw);
    case TYPE_SM10000:
        return raw < 10000 ? (double) raw : -((double) raw - 10000.0);
    case TYPE_BOOL:
    case TYPE_BIT:
    case TYPE_UINT16:
    case TYPE_UINT32:
        break;
    }
    return (double) raw;
}

/* A scale of 0.1 divides by 10 instead: 546 becomes the double nearest to 54.6, which prints and
 * packs as 54.6. */
static double apply_scale(const struct profile_point *point, double number)
{
    double inverse = round(1.0 / point->scale);
    bool is_fraction =
        inverse >= 2.0 && inverse <= 1e9 && fabs(point->scale * inverse - 1.0) < 1e-12;
    return (is_fraction ? number / inverse : number * point->scale) + point->offset;
}

static const struct profile_bad *find_sentinel(const struct profile_point *point, uint32_t raw)
{
    for (int32_t i = 0; i < point->bad_count; i++) {
        if (point->bad[i].raw == raw) {
            return &point->bad[i];
        }
    }
    return NULL;
}

/* The limits belong to the span; a rounding error of the scale must not push a value beyond
 * them. */
static bool is_within(const struct profile_point *point, const double span[2], double value)
{
    double slack = fabs(point->scale) * 1e-6;
    return value >= span[0] - slack && value <= span[1] + slack;
}

static struct decode_value decode_point(const struct profile_point *point, const uint16_t *word)
{
    struct decode_value value = {.raw = decode_raw(point, word), .quality = QUALITY_GOOD};
    const struct profile_bad *sentinel = find_sentinel(point, value.raw);
    if (sentinel != NULL) {
        decode_reject(&value, REASON_SENTINEL);
        value.means = sentinel->means;
        return value;
    }
    value.value = apply_scale(point, make_number(point->type, value.raw));
    if (!isfinite(value.value)) {
        decode_reject(&value, REASON_NOT_A_NUMBER);
    } else if (point->has_range && !is_within(point, point->range, value.value)) {
        decode_reject(&value, REASON_RANGE);
    } else if (point->has_rated && !is_within(point, point->rated, value.value)) {
        decode_doubt(&value, REASON_RATED);
    }
    return value;
}

/* False: a sibling has no value or is outside its limits, so this value means nothing. */
static bool is_valid(const struct profile_point *point, const struct decode_value *values)
{
    for (int32_t i = 0; i < point->valid_count; i++) {
        const struct profile_valid *valid = &point->valid[i];
        const struct decode_value *sibling = &values[valid->point];
        if (sibling->quality == QUALITY_BAD || sibling->value < valid->min ||
            sibling->value > valid->max) {
            return false;
        }
    }
    return true;
}

/* Two passes, so that the order of points does not matter: a sibling counts as it was decoded. */
static void apply_valid(const struct profile *profile, int32_t read, struct decode_value *values)
{
    bool is_refused[PROFILE_POINTS_MAX] = {false};
    for (int32_t i = 0; i < profile->point_count; i++) {
        is_refused[i] = profile->point[i].read == read && values[i].quality != QUALITY_BAD &&
                        !is_valid(&profile->point[i], values);
    }
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (is_refused[i]) {
            decode_reject(&values[i], REASON_JOINT);
        }
    }
}

static void apply_joint(const struct profile *profile, int32_t read, struct decode_value *values)
{
    for (int32_t i = 0; i < profile->joint_count; i++) {
        const struct profile_joint *joint = &profile->joint[i];
        bool is_here = profile->point[joint->if_bad].read == read &&
                       profile->point[joint->suspect].read == read;
        if (is_here && values[joint->if_bad].quality == QUALITY_BAD) {
            decode_doubt(&values[joint->suspect], REASON_JOINT);
        }
    }
}

void decode_block(const struct profile *profile, const struct decode_block *block,
                  struct decode_value *ret_values)
{
    CHECK(block->read >= 0 && block->read < profile->read_count);
    bool has_valid = false;
    for (int32_t i = 0; i < profile->point_count; i++) {
        const struct profile_point *point = &profile->point[i];
        if (point->read != block->read) {
            continue;
        }
        CHECK(point->at + decode_width(point->type) <= block->count);
        ret_values[i] = decode_point(point, block->word + point->at);
        has_valid = has_valid || point->valid_count > 0;
    }
    if (has_valid) {
        apply_valid(profile, block->read, ret_values);
    }
    apply_joint(profile, block->read, ret_values);
}

void decode_nothing(const struct profile *profile, int32_t read, enum quality quality,
                    enum reason reason, struct decode_value *ret_values)
{
    CHECK(quality == QUALITY_BAD || quality == QUALITY_NO_ANSWER);
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (profile->point[i].read == read) {
            ret_values[i] = (struct decode_value){.quality = quality, .reason = reason};
        }
    }
}

void decode_calibrate(const struct link_device *device, int32_t read, struct decode_value *values)
{
    for (int32_t i = 0; device->calibration != NULL && i < device->profile->point_count; i++) {
        if (device->profile->point[i].read != read || !quality_has_value(values[i].quality)) {
            continue;
        }
        const struct link_calibration *calibration = &device->calibration[i];
        values[i].value = values[i].value * calibration->scale + calibration->offset;
        if (!isfinite(values[i].value)) {
            decode_reject(&values[i], REASON_NOT_A_NUMBER);
        }
    }
}
