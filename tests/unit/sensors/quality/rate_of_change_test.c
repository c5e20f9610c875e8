#include "sensors/quality/rate_of_change.h"

#include "tests/unit/sensors/quality/plausibility_rig.h"

static void a_fire_is_given_on_sample_by_sample(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 250), 25);
    for (int i = 1; i <= 20; i++) { /* 65 degC in 20 s, of a sensor for 60 */
        enum reason reason = 250 + 20 * i > 600 ? REASON_RATED : REASON_RATE;
        expect_doubt(rig_take(&rig, TEMPERATURE, 250 + 20 * i), reason, 25 + 2 * i);
    }
    expect_doubt(rig_take(&rig, TEMPERATURE, 655), REASON_RATED, 65.5);
    rig_stop(&rig);
}

static void a_jump_towards_danger_is_given_on_at_once_and_good_when_confirmed(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 250), 25);
    expect_doubt(rig_take(&rig, TEMPERATURE, 550), REASON_RATE, 55);
    expect_doubt(rig_take(&rig, TEMPERATURE, 551), REASON_RATE, 55.1);
    expect_good(rig_take(&rig, TEMPERATURE, 552), 55.2);
    expect_good(rig_take(&rig, TEMPERATURE, 553), 55.3);
    rig_stop(&rig);
}

static void one_spike_towards_danger_is_shown_and_the_way_back_confirmed(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 250), 25);
    expect_doubt(rig_take(&rig, TEMPERATURE, 550), REASON_RATE, 55);
    expect_held(rig_take(&rig, TEMPERATURE, 250), REASON_RATE);
    expect_held(rig_take(&rig, TEMPERATURE, 250), REASON_RATE);
    expect_good(rig_take(&rig, TEMPERATURE, 250), 25);
    rig_stop(&rig);
}

static void one_spike_away_from_danger_has_no_value(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    for (int i = 0; i < 5; i++) {
        expect_good(rig_take(&rig, TEMPERATURE, 450), 45);
    }
    expect_held(rig_take(&rig, TEMPERATURE, 200), REASON_RATE);
    expect_good(rig_take(&rig, TEMPERATURE, 451), 45.1);
    /* Two are not enough either, and the first of another pair begins to count anew. */
    for (int i = 0; i < 3; i++) {
        expect_held(rig_take(&rig, TEMPERATURE, 200), REASON_RATE);
        expect_held(rig_take(&rig, TEMPERATURE, 205), REASON_RATE);
        expect_good(rig_take(&rig, TEMPERATURE, 452), 45.2);
    }
    rig_stop(&rig);
}

static void a_fall_is_believed_when_two_more_samples_follow_it(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 500), 50);
    expect_held(rig_take(&rig, TEMPERATURE, 200), REASON_RATE);
    expect_held(rig_take(&rig, TEMPERATURE, 202), REASON_RATE);
    expect_good(rig_take(&rig, TEMPERATURE, 199), 19.9);
    expect_good(rig_take(&rig, TEMPERATURE, 195), 19.5);
    rig_stop(&rig);
}

static void samples_that_contradict_each_other_confirm_nothing(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 500), 50);
    static const int words[] = {200, 60, 100, -50, 150, 10, 210};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        expect_held(rig_take(&rig, TEMPERATURE, words[i]), REASON_RATE);
    }
    rig_stop(&rig);
}

static void nothing_is_held_back_longer_than_the_way_takes(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 500), 50);
    for (int i = 1; i < 30; i++) { /* 20 and 25 in turn */
        expect_held(rig_take(&rig, TEMPERATURE, i % 2 == 0 ? 200 : 150), REASON_RATE);
    }
    expect_good(rig_take(&rig, TEMPERATURE, 200), 20);
    rig_stop(&rig);
}

static void where_the_side_is_unknown_every_sample_is_given_on(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig.device.danger = NULL;
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 450), 45);
    expect_doubt(rig_take(&rig, TEMPERATURE, 200), REASON_RATE, 20);
    expect_doubt(rig_take(&rig, TEMPERATURE, 450), REASON_RATE, 45);
    expect_good(rig_take(&rig, HUMIDITY, 600), 60);
    expect_doubt(rig_take(&rig, HUMIDITY, 300), REASON_RATE, 30);
    expect_doubt(rig_take(&rig, HUMIDITY, 310), REASON_RATE, 31);
    expect_good(rig_take(&rig, HUMIDITY, 300), 30);
    rig_stop(&rig);
}

/* Too damp above 85, too dry below 50: between them is no danger, wherever it comes from. */
static void between_two_limits_a_jump_waits(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig.danger[HUMIDITY] = (struct link_danger){.above = 85, .below = 50};
    rig_start(&rig);
    expect_good(rig_take(&rig, HUMIDITY, 900), 90);
    expect_held(rig_take(&rig, HUMIDITY, 600), REASON_RATE);
    expect_good(rig_take(&rig, HUMIDITY, 900), 90);
    expect_held(rig_take(&rig, HUMIDITY, 400), REASON_RATE); /* from one danger to the other */
    expect_held(rig_take(&rig, HUMIDITY, 400), REASON_RATE);
    expect_good(rig_take(&rig, HUMIDITY, 400), 40);
    expect_held(rig_take(&rig, HUMIDITY, 600), REASON_RATE);
    expect_held(rig_take(&rig, HUMIDITY, 860), REASON_RATE);
    rig_stop(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, HUMIDITY, 600), 60);
    expect_held(rig_take(&rig, HUMIDITY, 850), REASON_RATE);
    expect_doubt(rig_take(&rig, HUMIDITY, 860), REASON_RATE, 86);
    rig_stop(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, HUMIDITY, 700), 70);
    expect_doubt(rig_take(&rig, HUMIDITY, 490), REASON_RATE, 49);
    rig_stop(&rig);
}

/* A ranger, 1 mm a step and 1 m/s. */
static void prepare_ranger(struct rig *rig, double scale, double offset, struct link_danger danger)
{
    rig_prepare(rig);
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
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 3000), 3);
    expect_doubt(rig_take(&rig, TEMPERATURE, 300), REASON_RATE, 0.3);
    expect_held(rig_take(&rig, TEMPERATURE, 3000), REASON_RATE);
    expect_doubt(rig_take(&rig, TEMPERATURE, 300), REASON_RATE, 0.3);
    expect_good(rig_take(&rig, TEMPERATURE, 300), 0.3);
    expect_held(rig_take(&rig, TEMPERATURE, 3000), REASON_RATE);
    rig_stop(&rig);
}

static void a_distance_that_was_turned_into_a_height_has_its_danger_above(void **state)
{
    (void) state;
    struct rig rig;
    prepare_ranger(&rig, -1, 5, up);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 4000), 1);
    expect_doubt(rig_take(&rig, TEMPERATURE, 2000), REASON_RATE, 3);
    expect_doubt(rig_take(&rig, TEMPERATURE, 2000), REASON_RATE, 3);
    expect_good(rig_take(&rig, TEMPERATURE, 2000), 3);
    expect_held(rig_take(&rig, TEMPERATURE, 4000), REASON_RATE);
    rig_stop(&rig);
}

static void the_figures_are_calibrated_too(void **state)
{
    (void) state;
    struct rig rig;
    prepare_ranger(&rig, 100, 0, up); /* centimetres */
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 1000), 100);
    expect_good(rig_take(&rig, TEMPERATURE, 1900), 190);
    expect_doubt(rig_take(&rig, TEMPERATURE, 2950), REASON_RATE, 295);
    rig_stop(&rig);
}

static void a_small_step_between_fast_polls_is_no_jump(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig.device.poll_ms = 20;
    rig_start(&rig);
    for (int i = 0; i < 50; i++) {
        int word = 250 + i % 2 * 9;
        expect_good(rig_take_words(&rig, 20 * US_PER_MS, TEMPERATURE, (uint16_t) word, 0),
                    word / 10.0);
    }
    rig_stop(&rig);
}

static void slow_polls_allow_as_much_as_their_time(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig.device.poll_ms = 30000;
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 500), 50);
    expect_good(rig_take_words(&rig, 30 * US_PER_SECOND, TEMPERATURE, 200, 0), 20);
    expect_doubt(rig_take_words(&rig, 30 * US_PER_SECOND, TEMPERATURE, 502, 0), REASON_RATE, 50.2);
    rig_stop(&rig);
}

static void a_bad_sample_is_left_alone_and_confirms_nothing(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 500), 50);
    expect_held(rig_take(&rig, TEMPERATURE, 200), REASON_RATE);
    expect_verdict(rig_take(&rig, TEMPERATURE, 0x7FFF), QUALITY_BAD, REASON_RANGE, 0);
    expect_held(rig_take(&rig, TEMPERATURE, 200), REASON_RATE);
    expect_good(rig_take(&rig, TEMPERATURE, 200), 20);
    rig_stop(&rig);
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
    int size = rig_draw(&walk->seed) % 8 == 0 ? 500 : 12;
    int word = walk->word + (int) (rig_draw(&walk->seed) % (uint32_t) (2 * size + 1)) - size;
    walk->word = word < -390 || word > 1240 ? walk->word : word;
    return rig_draw(&walk->seed) % 10 == 0 ? walk->word / 2 : walk->word;
}

static struct decode_value walk_on(struct walk *walk)
{
    int word = walk_word(walk);
    us_t after = (us_t) (rig_draw(&walk->seed) % 3 + 1) * US_PER_SECOND;
    walk->said = word / 10.0;
    return rig_take_words(&walk->rig, after, TEMPERATURE, (uint16_t) (word & 0xFFFF), 0);
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

/* Whatever a sensor says: what lies towards danger of the last value given on has its value, and
 * what has none lies away from it, farther than the quantity could have gone. */
static void a_value_towards_danger_is_never_withheld(void **state)
{
    (void) state;
    for (uint32_t round = 0; round < 300; round++) {
        struct walk walk = {.seed = round + 20, .word = 250};
        rig_prepare(&walk.rig);
        walk.rig.danger[TEMPERATURE] = *dangers[round % DANGERS];
        rig_start(&walk.rig);
        for (int i = 0; i < 200; i++) {
            expect_just(&walk, walk_on(&walk));
        }
        rig_stop(&walk.rig);
    }
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
        cmocka_unit_test(where_the_side_is_unknown_every_sample_is_given_on),
        cmocka_unit_test(between_two_limits_a_jump_waits),
        cmocka_unit_test(a_gap_that_closes_is_the_danger),
        cmocka_unit_test(a_distance_that_was_turned_into_a_height_has_its_danger_above),
        cmocka_unit_test(the_figures_are_calibrated_too),
        cmocka_unit_test(a_small_step_between_fast_polls_is_no_jump),
        cmocka_unit_test(slow_polls_allow_as_much_as_their_time),
        cmocka_unit_test(a_bad_sample_is_left_alone_and_confirms_nothing),
        cmocka_unit_test(a_value_towards_danger_is_never_withheld),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
