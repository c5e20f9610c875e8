/* decode_fuzz.c - any words, any point: a value is finite and in its range, or it is none and says
 * why. */
#include "sensors/device/decode.h"

#include <math.h>
#include <string.h>

#include "gateway/base/check.h"

enum { WORDS = 8, TYPES = 8, POINTS = 16 };

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Each type at each second place, with what a point can have. */
static void build(struct profile *profile, const uint8_t *choice)
{
    profile->read_count = 1;
    profile->read[0].count = WORDS;
    profile->point_count = POINTS;
    for (int32_t i = 0; i < POINTS; i++) {
        struct profile_point *point = &profile->point[i];
        point->key = "p";
        point->type = (enum value_type)(i % TYPES);
        point->at = (uint16_t) (i % (WORDS - 1));
        point->order = (enum byte_order)(choice[0] / 16 % 4);
        point->bit = choice[0] % 16;
        point->scale = i < TYPES ? 0.1 : 3e38;
        point->offset = choice[1];
        point->has_range = i % 3 == 0;
        point->range[0] = -100;
        point->range[1] = 1000;
        point->has_rated = i % 4 == 0;
        point->rated[1] = 100;
        point->bad_count = 1;
        point->bad[0].raw = choice[2];
        point->bad[0].means = "none";
    }
    profile->point[3].valid_count = 1;
    profile->point[3].valid[0].point = 5;
    profile->point[3].valid[0].max = 500;
    profile->joint_count = 1;
    profile->joint[0].if_bad = 2;
    profile->joint[0].suspect = 4;
}

static void check_value(const struct profile_point *point, const struct decode_value *value)
{
    bool has_value = value->quality == QUALITY_GOOD || value->quality == QUALITY_UNCERTAIN;
    CHECK(isfinite(value->value));
    CHECK((value->quality == QUALITY_GOOD) == (value->reason == REASON_NONE));
    if (!has_value) {
        CHECK(value->quality == QUALITY_BAD && fabs(value->value) <= 0);
    } else if (point->has_range) {
        CHECK(value->value >= -100 - fabs(point->scale) &&
              value->value <= 1000 + fabs(point->scale));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    enum { CHOICES = 3 };
    if (length < CHOICES + 2 * WORDS) {
        return 0;
    }
    static struct profile profile; /* too large for a stack */
    memset(&profile, 0, sizeof(profile));
    build(&profile, bytes);
    uint16_t words[WORDS];
    for (size_t i = 0; i < WORDS; i++) {
        words[i] = (uint16_t) (bytes[CHOICES + 2 * i] << 8U | bytes[CHOICES + 2 * i + 1]);
    }
    struct decode_block block = {.read = 0, .count = WORDS, .word = words};
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    decode_block(&profile, &block, values);
    for (int32_t i = 0; i < POINTS; i++) {
        check_value(&profile.point[i], &values[i]);
    }
    return 0;
}
