/* plausibility_rig.h - one device whose values are judged, in virtual time. For the tests of
 * plausibility. */
#pragma once

#include <math.h>
#include <string.h>

#include "sensors/quality/plausibility.h"
#include "tests/unit/expect.h"

enum { TEMPERATURE, HUMIDITY, COUNTER, WIDE, POINTS };

static const struct link_danger up = {-HUGE_VAL, -HUGE_VAL};
static const struct link_danger down = {HUGE_VAL, HUGE_VAL};
static const struct link_danger both = {-HUGE_VAL, HUGE_VAL};
static const struct link_danger outside = {30, 20};
static const struct link_danger *const dangers[] = {&up, &down, &both, &outside};
enum { DANGERS = sizeof dangers / sizeof dangers[0] };

/* One device in virtual time: temperature (sign as the range), humidity in a block of its own, a
 * counter that has no figures, and a float in degC without a rate. */
struct rig {
    struct arena *arena;
    struct profile *profile; /* too large for a stack */
    struct link_device device;
    struct link_settings settings;
    struct link_calibration calibration[POINTS];
    struct link_danger danger[POINTS];
    struct plausibility *plausibility;
    us_t now;
};

static inline void rig_prepare(struct rig *rig)
{
    memset(rig, 0, sizeof *rig);
    rig->now = 1000 * US_PER_SECOND;
    static struct profile profile_of_all;
    struct profile *profile = &profile_of_all;
    rig->profile = profile;
    *profile = (struct profile){
        .id = "rig", .read_count = POINTS, .point_count = POINTS, .joint_count = 1};
    for (int32_t i = 0; i < POINTS; i++) {
        profile->read[i] =
            (struct profile_read){.name = "r", .function = 3, .count = 1, .every = 1};
        profile->point[i] = (struct profile_point){
            .key = "p", .unit = "1", .read = i, .type = TYPE_UINT16, .scale = 1};
        rig->calibration[i] = (struct link_calibration){.scale = 1};
        rig->danger[i] = both;
    }
    profile->read[WIDE].count = 2;
    profile->point[TEMPERATURE] = (struct profile_point){.key = "temperature",
                                                         .unit = "degC",
                                                         .type = TYPE_INT16,
                                                         .scale = 0.1,
                                                         .has_range = true,
                                                         .range = {-40, 125},
                                                         .has_rated = true,
                                                         .rated = {-40, 60},
                                                         .fault = {.roc_per_s = 1}};
    profile->point[HUMIDITY] = (struct profile_point){.key = "humidity",
                                                      .unit = "%RH",
                                                      .read = HUMIDITY,
                                                      .type = TYPE_UINT16,
                                                      .scale = 0.1,
                                                      .has_range = true,
                                                      .range = {0, 100},
                                                      .fault = {.roc_per_s = 10}};
    profile->point[WIDE].type = TYPE_FLOAT32;
    profile->point[WIDE].unit = "degC";
    profile->joint[0] = (struct profile_joint){.if_bad = HUMIDITY, .suspect = TEMPERATURE};
    rig->danger[TEMPERATURE] = up;
    rig->device = (struct link_device){.id = "d",
                                       .profile = profile,
                                       .unit = 1,
                                       .poll_ms = 1000,
                                       .calibration = rig->calibration,
                                       .danger = rig->danger};
    rig->settings = (struct link_settings){.id = "bus", .device_count = 1, .device = &rig->device};
}

static inline void rig_start(struct rig *rig)
{
    rig->arena = arena_new();
    rig->plausibility = plausibility_new(rig->arena, &rig->settings);
    arena_freeze(rig->arena);
}

static inline void rig_stop(struct rig *rig)
{
    arena_free(rig->arena);
}

/* The next sample of a point, `after` the one before of any. */
static inline struct decode_value rig_take_words(struct rig *rig, us_t after, int32_t point,
                                                 uint16_t first, uint16_t second)
{
    uint16_t words[2] = {first, second};
    struct decode_block block = {
        .read = point, .count = rig->profile->read[point].count, .word = words};
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    rig->now += after;
    decode_block(rig->profile, &block, values);
    decode_calibrate(&rig->device, point, values);
    plausibility_judge(rig->plausibility, 0, point, rig->now, values);
    return values[point];
}

static inline struct decode_value rig_take(struct rig *rig, int32_t point, int word)
{
    return rig_take_words(rig, US_PER_SECOND, point, (uint16_t) (word & 0xFFFF), 0);
}

static inline void expect_verdict(struct decode_value value, enum quality quality,
                                  enum reason reason, double number)
{
    assert_string_equal(quality_name(value.quality), quality_name(quality));
    assert_string_equal(reason_text(value.reason), reason_text(reason));
    expect_near(value.value, number, 1e-9);
}

static inline void expect_good(struct decode_value value, double number)
{
    expect_verdict(value, QUALITY_GOOD, REASON_NONE, number);
}

static inline void expect_doubt(struct decode_value value, enum reason reason, double number)
{
    expect_verdict(value, QUALITY_UNCERTAIN, reason, number);
}

static inline void expect_held(struct decode_value value, enum reason reason)
{
    expect_verdict(value, QUALITY_BAD, reason, 0);
}

static inline uint32_t rig_draw(uint32_t *seed)
{
    *seed = (uint32_t) (((uint64_t) *seed * 1664525U + 1013904223U) & UINT32_MAX);
    return *seed >> 8U;
}
