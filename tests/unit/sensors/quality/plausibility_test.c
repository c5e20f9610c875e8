#include "sensors/quality/plausibility.h"

#include <math.h>
#include <string.h>

#include "sensors/quality/calibration.h"
#include "tests/unit/expect.h"

enum { TEMPERATURE, HUMIDITY, COUNTER, WIDE, POINTS };

static const struct link_danger up = {-HUGE_VAL, -HUGE_VAL};
static const struct link_danger down = {HUGE_VAL, HUGE_VAL};
static const struct link_danger both = {-HUGE_VAL, HUGE_VAL};
static const struct link_danger outside = {30, 20};
static const struct link_danger *const dangers[] = {&up, &down, &both, &outside};
enum { DANGERS = sizeof dangers / sizeof dangers[0] };

/* One device in virtual time: temperature (sign as the range), humidity in a block of its own, a counter that has no
 * figures, and a float in degC without a rate. */
struct rig {
    struct arena *arena;
    struct profile *profile; /* too large for a stack */
    struct link_device device;
    struct link_settings settings;
    struct link_calibration calibration[POINTS];
    struct link_danger danger[POINTS];
    struct plausibility *quality;
    us_t now;
};

static void prepare(struct rig *rig)
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

static void start(struct rig *rig)
{
    rig->arena = arena_new();
    rig->quality = plausibility_new(rig->arena, &rig->settings);
    arena_freeze(rig->arena);
}

static void stop(struct rig *rig)
{
    arena_free(rig->arena);
}

/* The next sample of a point, `after` the one before of any. */
static struct decode_value take_words(struct rig *rig, us_t after, int32_t point, uint16_t first,
                                      uint16_t second)
{
    uint16_t words[2] = {first, second};
    struct decode_block block = {
        .read = point, .count = rig->profile->read[point].count, .word = words};
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    rig->now += after;
    decode_block(rig->profile, &block, values);
    calibration_apply(&rig->device, point, values);
    plausibility_judge(rig->quality, 0, point, rig->now, values);
    return values[point];
}

static struct decode_value take(struct rig *rig, int32_t point, int word)
{
    return take_words(rig, US_PER_SECOND, point, (uint16_t) (word & 0xFFFF), 0);
}

static void expect(struct decode_value value, enum quality quality, enum reason reason,
                   double number)
{
    assert_string_equal(quality_name(value.quality), quality_name(quality));
    assert_string_equal(reason_text(value.reason), reason_text(reason));
    expect_near(value.value, number, 1e-9);
}

static void expect_good(struct decode_value value, double number)
{
    expect(value, QUALITY_GOOD, REASON_NONE, number);
}

static void expect_doubt(struct decode_value value, enum reason reason, double number)
{
    expect(value, QUALITY_UNCERTAIN, reason, number);
}

static void expect_held(struct decode_value value, enum reason reason)
{
    expect(value, QUALITY_BAD, reason, 0);
}

/* --- rate ---------------------------------------------------------------- */

static void a_fire_is_given_on_sample_by_sample(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 250), 25);
    for (int i = 1; i <= 20; i++) { /* 65 degC in 20 s, of a sensor for 60 */
        enum reason reason = 250 + 20 * i > 600 ? REASON_RATED : REASON_RATE;
        expect_doubt(take(&rig, TEMPERATURE, 250 + 20 * i), reason, 25 + 2 * i);
    }
    expect_doubt(take(&rig, TEMPERATURE, 655), REASON_RATED, 65.5);
    stop(&rig);
}

static void a_jump_towards_danger_is_given_on_at_once_and_good_when_confirmed(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 250), 25);
    expect_doubt(take(&rig, TEMPERATURE, 550), REASON_RATE, 55);
    expect_doubt(take(&rig, TEMPERATURE, 551), REASON_RATE, 55.1);
    expect_good(take(&rig, TEMPERATURE, 552), 55.2);
    expect_good(take(&rig, TEMPERATURE, 553), 55.3);
    stop(&rig);
}

static void one_spike_towards_danger_is_shown_and_the_way_back_confirmed(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 250), 25);
    expect_doubt(take(&rig, TEMPERATURE, 550), REASON_RATE, 55);
    expect_held(take(&rig, TEMPERATURE, 250), REASON_RATE);
    expect_held(take(&rig, TEMPERATURE, 250), REASON_RATE);
    expect_good(take(&rig, TEMPERATURE, 250), 25);
    stop(&rig);
}

static void one_spike_away_from_danger_has_no_value(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    for (int i = 0; i < 5; i++) {
        expect_good(take(&rig, TEMPERATURE, 450), 45);
    }
    expect_held(take(&rig, TEMPERATURE, 200), REASON_RATE);
    expect_good(take(&rig, TEMPERATURE, 451), 45.1);
    /* Two are not enough either, and the first of another pair begins to count anew. */
    for (int i = 0; i < 3; i++) {
        expect_held(take(&rig, TEMPERATURE, 200), REASON_RATE);
        expect_held(take(&rig, TEMPERATURE, 205), REASON_RATE);
        expect_good(take(&rig, TEMPERATURE, 452), 45.2);
    }
    stop(&rig);
}

static void a_fall_is_believed_when_two_more_samples_follow_it(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 500), 50);
    expect_held(take(&rig, TEMPERATURE, 200), REASON_RATE);
    expect_held(take(&rig, TEMPERATURE, 202), REASON_RATE);
    expect_good(take(&rig, TEMPERATURE, 199), 19.9);
    expect_good(take(&rig, TEMPERATURE, 195), 19.5);
    stop(&rig);
}

static void samples_that_contradict_each_other_confirm_nothing(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 500), 50);
    static const int words[] = {200, 60, 100, -50, 150, 10, 210};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        expect_held(take(&rig, TEMPERATURE, words[i]), REASON_RATE);
    }
    stop(&rig);
}

static void nothing_is_held_back_longer_than_the_way_takes(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 500), 50);
    for (int i = 1; i < 30; i++) { /* 20 and 25 in turn */
        expect_held(take(&rig, TEMPERATURE, i % 2 == 0 ? 200 : 150), REASON_RATE);
    }
    expect_good(take(&rig, TEMPERATURE, 200), 20);
    stop(&rig);
}

static void where_nobody_knows_the_side_every_sample_is_given_on(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    rig.device.danger = NULL;
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 450), 45);
    expect_doubt(take(&rig, TEMPERATURE, 200), REASON_RATE, 20);
    expect_doubt(take(&rig, TEMPERATURE, 450), REASON_RATE, 45);
    expect_good(take(&rig, HUMIDITY, 600), 60);
    expect_doubt(take(&rig, HUMIDITY, 300), REASON_RATE, 30);
    expect_doubt(take(&rig, HUMIDITY, 310), REASON_RATE, 31);
    expect_good(take(&rig, HUMIDITY, 300), 30);
    stop(&rig);
}

/* Too damp above 85, too dry below 50: between them is no danger, wherever it comes from. */
static void between_two_limits_a_jump_waits(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    rig.danger[HUMIDITY] = (struct link_danger){.above = 85, .below = 50};
    start(&rig);
    expect_good(take(&rig, HUMIDITY, 900), 90);
    expect_held(take(&rig, HUMIDITY, 600), REASON_RATE);
    expect_good(take(&rig, HUMIDITY, 900), 90);
    expect_held(take(&rig, HUMIDITY, 400), REASON_RATE); /* from one danger to the other */
    expect_held(take(&rig, HUMIDITY, 400), REASON_RATE);
    expect_good(take(&rig, HUMIDITY, 400), 40);
    expect_held(take(&rig, HUMIDITY, 600), REASON_RATE);
    expect_held(take(&rig, HUMIDITY, 860), REASON_RATE);
    stop(&rig);
    start(&rig);
    expect_good(take(&rig, HUMIDITY, 600), 60);
    expect_held(take(&rig, HUMIDITY, 850), REASON_RATE);
    expect_doubt(take(&rig, HUMIDITY, 860), REASON_RATE, 86);
    stop(&rig);
    start(&rig);
    expect_good(take(&rig, HUMIDITY, 700), 70);
    expect_doubt(take(&rig, HUMIDITY, 490), REASON_RATE, 49);
    stop(&rig);
}

/* A ranger, 1 mm a step and 1 m/s. */
static void prepare_ranger(struct rig *rig, double scale, double offset, struct link_danger danger)
{
    prepare(rig);
    rig->profile->point[TEMPERATURE] = (struct profile_point){.key = "distance",
                                                              .unit = "m",
                                                              .type = TYPE_UINT16,
                                                              .scale = 0.001,
                                                              .fault = {.roc_per_s = 1}};
    rig->calibration[TEMPERATURE] = (struct link_calibration){scale, offset};
    rig->danger[TEMPERATURE] = danger;
}

static void a_gap_that_closes_is_the_danger(void **state)
{
    (void) state;
    struct rig rig;
    prepare_ranger(&rig, 1, 0, down);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 3000), 3);
    expect_doubt(take(&rig, TEMPERATURE, 300), REASON_RATE, 0.3);
    expect_held(take(&rig, TEMPERATURE, 3000), REASON_RATE);
    expect_doubt(take(&rig, TEMPERATURE, 300), REASON_RATE, 0.3);
    expect_good(take(&rig, TEMPERATURE, 300), 0.3);
    expect_held(take(&rig, TEMPERATURE, 3000), REASON_RATE);
    stop(&rig);
}

static void a_distance_that_was_turned_into_a_height_has_its_danger_above(void **state)
{
    (void) state;
    struct rig rig;
    prepare_ranger(&rig, -1, 5, up);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 4000), 1);
    expect_doubt(take(&rig, TEMPERATURE, 2000), REASON_RATE, 3);
    expect_doubt(take(&rig, TEMPERATURE, 2000), REASON_RATE, 3);
    expect_good(take(&rig, TEMPERATURE, 2000), 3);
    expect_held(take(&rig, TEMPERATURE, 4000), REASON_RATE);
    stop(&rig);
}

static void the_figures_are_calibrated_too(void **state)
{
    (void) state;
    struct rig rig;
    prepare_ranger(&rig, 100, 0, up); /* centimetres */
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 1000), 100);
    expect_good(take(&rig, TEMPERATURE, 1900), 190);
    expect_doubt(take(&rig, TEMPERATURE, 2950), REASON_RATE, 295);
    stop(&rig);
}

static void a_small_step_between_fast_polls_is_no_jump(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    rig.device.poll_ms = 20;
    start(&rig);
    for (int i = 0; i < 50; i++) {
        int word = 250 + i % 2 * 9;
        expect_good(take_words(&rig, 20 * US_PER_MS, TEMPERATURE, (uint16_t) word, 0), word / 10.0);
    }
    stop(&rig);
}

static void slow_polls_allow_as_much_as_their_time(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    rig.device.poll_ms = 30000;
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 500), 50);
    expect_good(take_words(&rig, 30 * US_PER_SECOND, TEMPERATURE, 200, 0), 20);
    expect_doubt(take_words(&rig, 30 * US_PER_SECOND, TEMPERATURE, 502, 0), REASON_RATE, 50.2);
    stop(&rig);
}

static void a_bad_sample_is_left_alone_and_confirms_nothing(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 500), 50);
    expect_held(take(&rig, TEMPERATURE, 200), REASON_RATE);
    expect(take(&rig, TEMPERATURE, 0x7FFF), QUALITY_BAD, REASON_RANGE, 0);
    expect_held(take(&rig, TEMPERATURE, 200), REASON_RATE);
    expect_good(take(&rig, TEMPERATURE, 200), 20);
    stop(&rig);
}

static uint32_t draw(uint32_t *seed)
{
    *seed = (uint32_t) (((uint64_t) *seed * 1664525U + 1013904223U) & UINT32_MAX);
    return *seed >> 8U;
}

/* A sensor that wanders, jumps and now and then lies. */
struct walk {
    struct rig rig;
    uint32_t seed;
    int word;
    double said;  /* last */
    double given; /* last that came through */
    us_t given_at;
};

static int walk_word(struct walk *walk)
{
    int size = draw(&walk->seed) % 8 == 0 ? 500 : 12;
    int word = walk->word + (int) (draw(&walk->seed) % (uint32_t) (2 * size + 1)) - size;
    walk->word = word < -390 || word > 1240 ? walk->word : word;
    return draw(&walk->seed) % 10 == 0 ? walk->word / 2 : walk->word;
}

static struct decode_value walk_on(struct walk *walk)
{
    int word = walk_word(walk);
    us_t after = (us_t) (draw(&walk->seed) % 3 + 1) * US_PER_SECOND;
    walk->said = word / 10.0;
    return take_words(&walk->rig, after, TEMPERATURE, (uint16_t) (word & 0xFFFF), 0);
}

static bool is_harmless(const struct walk *walk)
{
    const struct link_danger *danger = &walk->rig.danger[TEMPERATURE];
    bool is_up = walk->said > walk->given;
    bool is_down = walk->said < walk->given;
    bool was_high = isfinite(danger->above) && walk->given > danger->above;
    bool was_low = isfinite(danger->below) && walk->given < danger->below;
    return (is_up && (walk->said <= danger->above || was_low)) ||
           (is_down && (walk->said >= danger->below || was_high));
}

static void expect_just(struct walk *walk, struct decode_value value)
{
    bool is_power_up = value.reason == REASON_POWER_UP;
    if (value.quality == QUALITY_BAD) {
        double seconds = (double) (walk->rig.now - walk->given_at) / (double) US_PER_SECOND;
        assert_true(walk->given_at != 0 && is_harmless(walk));
        assert_true(is_power_up || fabs(walk->said - walk->given) > seconds);
        return;
    }
    expect_near(value.value, walk->said, 1e-9);
    walk->given = is_power_up && walk->given_at != 0 ? walk->given : walk->said;
    walk->given_at = walk->rig.now;
}

/* Whatever a sensor says: what lies towards danger of the last value given on has its value, and what has none lies
 * away from it, farther than the quantity could have gone. */
static void a_value_towards_danger_is_never_withheld(void **state)
{
    (void) state;
    for (uint32_t round = 0; round < 300; round++) {
        struct walk walk = {.seed = round + 20, .word = 250};
        prepare(&walk.rig);
        walk.rig.danger[TEMPERATURE] = *dangers[round % DANGERS];
        start(&walk.rig);
        for (int i = 0; i < 200; i++) {
            expect_just(&walk, walk_on(&walk));
        }
        stop(&walk.rig);
    }
}

/* --- power-up ------------------------------------------------------------ */

static void the_85_degrees_of_a_cold_start_are_doubted_until_two_others_came(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_doubt(take(&rig, TEMPERATURE, 850), REASON_RATED, 85);
    expect_doubt(take(&rig, TEMPERATURE, 850), REASON_RATED, 85);
    expect_doubt(take(&rig, TEMPERATURE, 213), REASON_POWER_UP, 21.3);
    expect_good(take(&rig, TEMPERATURE, 214), 21.4);
    expect_doubt(take_words(&rig, US_PER_SECOND, WIDE, 0x42AA, 0), REASON_POWER_UP, 85);
    expect_doubt(take_words(&rig, US_PER_SECOND, WIDE, 0x41AA, 0), REASON_POWER_UP, 21.25);
    expect_good(take_words(&rig, US_PER_SECOND, WIDE, 0x41AA, 0), 21.25);
    expect_good(take_words(&rig, US_PER_SECOND, WIDE, 0x42AA, 0), 85);
    stop(&rig);
}

static void a_first_value_that_is_no_word_of_power_up_is_good(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 213), 21.3);
    plausibility_reopened(rig.quality);
    expect_good(take(&rig, TEMPERATURE, 214), 21.4);
    stop(&rig);
}

static void a_word_of_power_up_after_a_reconnect_clears_nothing(void **state)
{
    (void) state;
    static const int words[] = {0, 0xFFFF};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct rig rig;
        prepare(&rig);
        start(&rig);
        expect_good(take(&rig, TEMPERATURE, 450), 45);
        plausibility_reopened(rig.quality);
        expect_held(take(&rig, TEMPERATURE, words[i]), REASON_POWER_UP);
        expect_held(take(&rig, TEMPERATURE, words[i]), REASON_POWER_UP);
        expect_held(take(&rig, TEMPERATURE, words[i]), REASON_POWER_UP);
        expect_held(take(&rig, TEMPERATURE, words[i]), REASON_POWER_UP);
        expect_doubt(take(&rig, TEMPERATURE, 448), REASON_POWER_UP, 44.8);
        expect_held(take(&rig, TEMPERATURE, words[i]), REASON_POWER_UP);
        expect_good(take(&rig, TEMPERATURE, 448), 44.8);
        expect_held(take(&rig, TEMPERATURE, words[i]), REASON_RATE);
        stop(&rig);
    }
}

static void a_missed_poll_may_have_been_the_power(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 450), 45);
    expect_held(take_words(&rig, 2 * US_PER_SECOND, TEMPERATURE, 0, 0), REASON_POWER_UP);
    expect_doubt(take(&rig, TEMPERATURE, 450), REASON_POWER_UP, 45);
    expect_good(take(&rig, TEMPERATURE, 450), 45);
    /* A sentinel in between does not make it the second value. */
    rig.now += 10 * US_PER_SECOND;
    expect(take(&rig, TEMPERATURE, 0x7FFF), QUALITY_BAD, REASON_RANGE, 0);
    expect_held(take(&rig, TEMPERATURE, 0), REASON_POWER_UP);
    stop(&rig);
}

static void a_fire_that_begins_with_85_degrees_is_given_on(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    rig.profile->point[TEMPERATURE].has_rated = false;
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 300), 30);
    plausibility_reopened(rig.quality);
    expect_doubt(take(&rig, TEMPERATURE, 850), REASON_POWER_UP, 85);
    expect_doubt(take(&rig, TEMPERATURE, 900), REASON_RATE, 90);
    expect_doubt(take(&rig, TEMPERATURE, 905), REASON_RATE, 90.5);
    expect_good(take(&rig, TEMPERATURE, 905), 90.5);
    stop(&rig);
}

static void a_frost_that_was_there_before_is_no_word_of_power_up(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 3), 0.3);
    plausibility_reopened(rig.quality);
    expect_good(take(&rig, TEMPERATURE, 0), 0);
    plausibility_reopened(rig.quality);
    expect_good(take(&rig, TEMPERATURE, 0xFFFF), -0.1);
    stop(&rig);
}

static void a_point_without_a_rate_may_begin_with_nought(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, COUNTER, 0), 0);
    expect_good(take(&rig, COUNTER, 0xFFFF), 65535);
    expect_good(take_words(&rig, US_PER_SECOND, WIDE, 0, 0), 0);
    expect_doubt(take(&rig, HUMIDITY, 0), REASON_POWER_UP, 0);
    stop(&rig);
    rig.profile->point[TEMPERATURE].fault.roc_per_s = 0;
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 0), 0);
    stop(&rig);
}

/* --- joint rules, memory ------------------------------------------------- */

static void a_bad_sibling_in_another_block_makes_it_suspect(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    expect_good(take(&rig, TEMPERATURE, 250), 25);
    expect(take(&rig, HUMIDITY, 2000), QUALITY_BAD, REASON_RANGE, 0);
    expect_doubt(take(&rig, TEMPERATURE, 250), REASON_JOINT, 25);
    expect_good(take(&rig, HUMIDITY, 500), 50);
    expect_good(take(&rig, TEMPERATURE, 250), 25);
    expect(take(&rig, HUMIDITY, 2000), QUALITY_BAD, REASON_RANGE, 0);
    expect_doubt(take(&rig, TEMPERATURE, 255), REASON_JOINT, 25.5);
    expect_doubt(take(&rig, TEMPERATURE, 255), REASON_JOINT, 25.5);
    rig.now += US_PER_SECOND; /* it has been quiet since: that says nothing of now */
    expect_good(take(&rig, TEMPERATURE, 260), 26);
    stop(&rig);
}

/* --- safe_range blocks --------------------------------------------------------- */

/* Two of one device; the counter of the second is always bad, and a block that holds such a point is never safe_range. */
struct twins {
    struct rig rig[2];
    uint32_t seed;
    int tenths; /* where the values are */
    int doubted, held;
};

/* Mostly small steps; jumps to either side, words of power-up and bad samples between. */
static struct decode_value next_value(struct twins *twins)
{
    static const int odd[] = {850, 0, -100, 700, 200};
    uint32_t kind = draw(&twins->seed) % 40;
    int most = kind == 0 ? 300 : 5;
    twins->tenths += (int) (draw(&twins->seed) % (uint32_t) (2 * most + 1)) - most;
    int tenths = kind == 1 || kind == 2 ? odd[draw(&twins->seed) % 5] : twins->tenths;
    uint32_t raw = tenths == 850 ? 0x42AA0000U : (uint32_t) tenths & 0xFFFFU;
    switch (kind) {
    case 3:
        return (struct decode_value){.quality = QUALITY_BAD, .reason = REASON_RANGE, .raw = raw};
    case 4:
        return (struct decode_value){.quality = QUALITY_UNCERTAIN,
                                     .reason = REASON_RATED,
                                     .raw = raw,
                                     .value = tenths / 10.0};
    default:
        return (struct decode_value){.quality = QUALITY_GOOD, .raw = raw, .value = tenths / 10.0};
    }
}

/* Beside the counter: the temperatures, or the humidity. */
static void start_twins(struct twins *twins, struct link_danger danger, int32_t counter_read)
{
    for (int i = 0; i < 2; i++) {
        struct rig *rig = &twins->rig[i];
        prepare(rig);
        for (int32_t k = 0; k < POINTS; k++) {
            rig->profile->point[k].read = k == HUMIDITY ? HUMIDITY : TEMPERATURE;
        }
        rig->profile->point[COUNTER].read = counter_read;
        rig->danger[TEMPERATURE] = danger;
        start(rig);
    }
}

static void judge_twins(struct twins *twins, int32_t read, us_t after, bool is_reopened)
{
    struct decode_value given[PROFILE_POINTS_MAX] = {0};
    for (int32_t i = 0; i < POINTS; i++) {
        given[i] = next_value(twins);
    }
    given[COUNTER] = (struct decode_value){.quality = QUALITY_GOOD, .value = 1};
    struct decode_value judged[2][PROFILE_POINTS_MAX];
    for (int i = 0; i < 2; i++) {
        struct rig *rig = &twins->rig[i];
        memcpy(judged[i], given, sizeof given);
        judged[i][COUNTER].quality = i == 0 ? QUALITY_GOOD : QUALITY_BAD;
        rig->now += after;
        if (is_reopened) {
            plausibility_reopened(rig->quality);
        }
        plausibility_judge(rig->quality, 0, read, rig->now, judged[i]);
    }
    for (int32_t i = 0; i < POINTS; i++) {
        const struct decode_value *value = &judged[0][i];
        if (i != COUNTER) {
            expect(judged[1][i], value->quality, value->reason, value->value);
        }
        twins->doubted += value->quality == QUALITY_UNCERTAIN && given[i].quality == QUALITY_GOOD;
        twins->held += value->quality == QUALITY_BAD && given[i].quality != QUALITY_BAD;
    }
}

static void a_calm_block_judges_like_one_that_never_is(void **state)
{
    (void) state;
    struct twins twins = {.seed = 7};
    for (int life = 0; life < 60; life++) {
        start_twins(&twins, *dangers[life % DANGERS], life % 2 == 0 ? TEMPERATURE : HUMIDITY);
        twins.tenths = 250;
        for (int sample = 0; sample < 2000; sample++) {
            uint32_t gap = draw(&twins.seed) % 50;
            us_t after = gap == 0 ? 4 * US_PER_SECOND : US_PER_SECOND / (1 + gap % 2);
            int32_t read = draw(&twins.seed) % 4 == 0 ? HUMIDITY : TEMPERATURE;
            judge_twins(&twins, read, after, draw(&twins.seed) % 200 == 0);
        }
        stop(&twins.rig[0]);
        stop(&twins.rig[1]);
    }
    assert_true(twins.doubted > 1000 && twins.held > 1000);
}

static void a_device_without_figures_costs_nothing_and_is_left_alone(void **state)
{
    (void) state;
    struct rig rig;
    prepare(&rig);
    start(&rig);
    size_t judged = arena_used(rig.arena);
    stop(&rig);
    rig.profile->joint_count = 0;
    for (int32_t i = 0; i < POINTS; i++) {
        rig.profile->point[i].fault.roc_per_s = 0;
        rig.profile->point[i].unit = "1";
    }
    start(&rig);
    assert_true(arena_used(rig.arena) + (size_t) POINTS * 56 <= judged + 64);
    expect_good(take(&rig, TEMPERATURE, 0), 0);
    expect_doubt(take(&rig, TEMPERATURE, 850), REASON_RATED, 85);
    expect_good(take(&rig, TEMPERATURE, 0), 0);
    stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fire_is_given_on_sample_by_sample),
        cmocka_unit_test(a_jump_towards_danger_is_given_on_at_once_and_good_when_confirmed),
        cmocka_unit_test(one_spike_towards_danger_is_shown_and_the_way_back_confirmed),
        cmocka_unit_test(one_spike_away_from_danger_has_no_value),
        cmocka_unit_test(a_fall_is_believed_when_two_more_samples_follow_it),
        cmocka_unit_test(samples_that_contradict_each_other_confirm_nothing),
        cmocka_unit_test(nothing_is_held_back_longer_than_the_way_takes),
        cmocka_unit_test(where_nobody_knows_the_side_every_sample_is_given_on),
        cmocka_unit_test(between_two_limits_a_jump_waits),
        cmocka_unit_test(a_gap_that_closes_is_the_danger),
        cmocka_unit_test(a_distance_that_was_turned_into_a_height_has_its_danger_above),
        cmocka_unit_test(the_figures_are_calibrated_too),
        cmocka_unit_test(a_small_step_between_fast_polls_is_no_jump),
        cmocka_unit_test(slow_polls_allow_as_much_as_their_time),
        cmocka_unit_test(a_bad_sample_is_left_alone_and_confirms_nothing),
        cmocka_unit_test(a_value_towards_danger_is_never_withheld),
        cmocka_unit_test(the_85_degrees_of_a_cold_start_are_doubted_until_two_others_came),
        cmocka_unit_test(a_first_value_that_is_no_word_of_power_up_is_good),
        cmocka_unit_test(a_word_of_power_up_after_a_reconnect_clears_nothing),
        cmocka_unit_test(a_missed_poll_may_have_been_the_power),
        cmocka_unit_test(a_fire_that_begins_with_85_degrees_is_given_on),
        cmocka_unit_test(a_frost_that_was_there_before_is_no_word_of_power_up),
        cmocka_unit_test(a_point_without_a_rate_may_begin_with_nought),
        cmocka_unit_test(a_bad_sibling_in_another_block_makes_it_suspect),
        cmocka_unit_test(a_calm_block_judges_like_one_that_never_is),
        cmocka_unit_test(a_device_without_figures_costs_nothing_and_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
