#include "sensors/quality/flatline.h"

#include "tests/unit/expect.h"

#define MINUTE MS_PER_MINUTE
#define HOUR MS_PER_HOUR

/* Three thermometers on one site, one on another, a hygrometer, one that is a neighbour only, one
 * that is not judged. */
enum { FROZEN, MOVING, QUIET, ELSEWHERE, DAMP, WITNESS, RANGER, POINTS };
enum { SITE_HEAT, OTHER_HEAT, SITE_DAMP, GROUPS };

struct rig {
    struct arena *arena;
    struct flatline *flatline;
    ms_t now;
    double degc[POINTS];
    struct reading last[POINTS];
};

static struct flatline_point thermometer(int32_t group)
{
    return (struct flatline_point){
        .group = group, .suspect_ms = 6 * HOUR, .tolerance = 0.05, .move = 0.5};
}

static void start(struct rig *rig)
{
    *rig = (struct rig){.now = 1000 * HOUR, .arena = arena_new()};
    struct flatline_point points[POINTS] = {
        [FROZEN] = thermometer(SITE_HEAT),
        [MOVING] = thermometer(SITE_HEAT),
        [QUIET] = thermometer(SITE_HEAT),
        [ELSEWHERE] = thermometer(OTHER_HEAT),
        [DAMP] = thermometer(SITE_DAMP),
        [WITNESS] = thermometer(SITE_HEAT),
        [RANGER] = {.group = -1, .has_rails = true, .rail = {20, 20}},
    };
    points[WITNESS].suspect_ms = 0;
    points[DAMP].has_rails = true;
    points[DAMP].rail[1] = 100;
    rig->flatline = flatline_new(rig->arena, points, POINTS, GROUPS);
    arena_freeze(rig->arena);
    for (int32_t i = 0; i < POINTS; i++) {
        rig->degc[i] = 20;
    }
}

static void stop(struct rig *rig)
{
    arena_free(rig->arena);
}

static struct reading take(struct rig *rig, int32_t point, double value, enum quality quality)
{
    struct reading reading = {.point = point, .quality = quality, .at = rig->now, .value = value};
    flatline_judge(rig->flatline, &reading, 1);
    rig->last[point] = reading;
    return reading;
}

/* All are polled once a minute; MOVING goes up by `step` each hour. */
static void pass(struct rig *rig, ms_t span, double step)
{
    for (ms_t until = rig->now + span; rig->now < until;) {
        rig->now += MINUTE;
        rig->degc[MOVING] += step / 60;
        for (int32_t i = 0; i < POINTS; i++) {
            (void) take(rig, i, rig->degc[i], QUALITY_GOOD);
        }
    }
}

static void expect(const struct rig *rig, int32_t point, enum quality quality)
{
    const struct reading *reading = &rig->last[point];
    assert_string_equal(quality_name(reading->quality), quality_name(quality));
    assert_int_equal(reading->reason, quality == QUALITY_GOOD ? REASON_NONE : REASON_FLAT);
    expect_near(reading->value, quality == QUALITY_BAD ? 0 : rig->degc[point], 0);
}

static void a_quiet_night_of_all_is_no_fault(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, 48 * HOUR, 0.005);
    for (int32_t i = 0; i < POINTS; i++) {
        expect(&rig, i, QUALITY_GOOD);
    }
    stop(&rig);
}

static void
a_point_that_stands_still_while_a_neighbour_moves_is_suspect_after_six_hours(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, 6 * HOUR, 0.2);
    expect(&rig, FROZEN, QUALITY_GOOD);
    pass(&rig, MINUTE, 0.2);
    expect(&rig, FROZEN, QUALITY_UNCERTAIN);
    expect(&rig, QUIET, QUALITY_UNCERTAIN);
    expect(&rig, MOVING, QUALITY_GOOD);
    stop(&rig);
}

static void after_four_times_as_long_it_has_no_value(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, 24 * HOUR, 0.2);
    expect(&rig, FROZEN, QUALITY_UNCERTAIN);
    pass(&rig, MINUTE, 0.2);
    expect(&rig, FROZEN, QUALITY_BAD);
    pass(&rig, 10 * HOUR, 0.2);
    expect(&rig, FROZEN, QUALITY_BAD);
    expect(&rig, WITNESS, QUALITY_GOOD);
    expect(&rig, RANGER, QUALITY_GOOD);
    stop(&rig);
}

static void a_value_that_moves_again_is_good_at_once(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, 30 * HOUR, 0.2);
    expect(&rig, FROZEN, QUALITY_BAD);
    rig.degc[FROZEN] = 20.1;
    pass(&rig, MINUTE, 0.2);
    expect(&rig, FROZEN, QUALITY_GOOD);
    pass(&rig, 6 * HOUR - MINUTE, 0.2);
    expect(&rig, FROZEN, QUALITY_GOOD);
    stop(&rig);
}

static void a_neighbour_that_moved_before_is_no_witness(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, 4 * HOUR, 1);
    rig.degc[FROZEN] = rig.degc[QUIET] = 21;
    pass(&rig, 20 * HOUR, 0);
    expect(&rig, FROZEN, QUALITY_GOOD);
    stop(&rig);
}

static void a_neighbour_that_moves_again_is_a_witness_again(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, 4 * HOUR, 1);
    rig.degc[FROZEN] = 21;
    pass(&rig, 7 * HOUR, 0.2);
    expect(&rig, FROZEN, QUALITY_UNCERTAIN);
    stop(&rig);
}

static void a_neighbour_of_another_site_or_quantity_is_no_witness(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    for (int i = 0; i < 48; i++) {
        rig.degc[ELSEWHERE] += 1;
        rig.degc[DAMP] += 1;
        pass(&rig, HOUR, 0);
    }
    expect(&rig, FROZEN, QUALITY_GOOD);
    stop(&rig);
}

static void a_spike_that_is_doubted_is_no_witness(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, HOUR, 0);
    (void) take(&rig, MOVING, 60, QUALITY_UNCERTAIN);
    pass(&rig, 12 * HOUR, 0);
    expect(&rig, FROZEN, QUALITY_GOOD);
    stop(&rig);
}

static void a_slow_drift_is_not_flat(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    for (int i = 0; i < 48; i++) {
        rig.degc[FROZEN] += 0.03;
        pass(&rig, HOUR, 0.2);
        expect(&rig, FROZEN, QUALITY_GOOD);
    }
    stop(&rig);
}

static void a_hygrometer_at_its_rail_is_suspect_after_half_an_hour(void **state)
{
    (void) state;
    static const double rails[] = {0, 100};
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        start(&rig);
        rig.degc[DAMP] = rails[i];
        pass(&rig, 30 * MINUTE, 0);
        expect(&rig, DAMP, QUALITY_GOOD);
        pass(&rig, MINUTE, 0);
        expect(&rig, DAMP, QUALITY_UNCERTAIN);
        rig.degc[DAMP] = 99.9;
        pass(&rig, 5 * HOUR, 0);
        expect(&rig, DAMP, QUALITY_GOOD);
        stop(&rig);
    }
}

static void a_frost_of_exactly_nought_is_no_rail(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    rig.degc[QUIET] = 0;
    pass(&rig, 5 * HOUR, 0);
    expect(&rig, QUIET, QUALITY_GOOD);
    stop(&rig);
}

static void what_is_doubted_already_keeps_its_reason_until_it_is_bad(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, 7 * HOUR, 0.2);
    struct reading reading = {.point = FROZEN,
                              .quality = QUALITY_UNCERTAIN,
                              .reason = REASON_RATED,
                              .at = rig.now + 1,
                              .value = 20};
    flatline_judge(rig.flatline, &reading, 1);
    assert_int_equal(reading.reason, REASON_RATED);
    pass(&rig, 20 * HOUR, 0.2);
    reading.at = rig.now + 1;
    flatline_judge(rig.flatline, &reading, 1);
    assert_int_equal(reading.reason, REASON_FLAT);
    assert_int_equal(reading.quality, QUALITY_BAD);
    stop(&rig);
}

static void after_a_long_silence_it_begins_anew(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, 5 * HOUR, 0.2);
    for (ms_t until = rig.now + 2 * HOUR; rig.now < until; rig.now += MINUTE) {
        (void) take(&rig, FROZEN, 0, QUALITY_NO_ANSWER);
    }
    expect_near(rig.last[FROZEN].value, 0, 0);
    pass(&rig, 6 * HOUR, 0.2);
    expect(&rig, FROZEN, QUALITY_GOOD);
    stop(&rig);
}

static void one_missed_poll_does_not_set_it_back(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, 5 * HOUR, 0.2);
    rig.now += 10 * MINUTE;
    (void) take(&rig, FROZEN, 0, QUALITY_NO_ANSWER);
    assert_int_equal(rig.last[FROZEN].quality, QUALITY_NO_ANSWER);
    pass(&rig, HOUR, 0.2);
    expect(&rig, FROZEN, QUALITY_UNCERTAIN);
    stop(&rig);
}

static void asked_twice_it_says_the_same(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    for (int i = 0; i < 30 * 60; i++) {
        pass(&rig, MINUTE, 0.2);
        struct reading before[POINTS];
        for (int32_t k = 0; k < POINTS; k++) {
            before[k] = rig.last[k];
            (void) take(&rig, k, rig.degc[k], QUALITY_GOOD);
            assert_int_equal(rig.last[k].quality, before[k].quality);
            assert_int_equal(rig.last[k].reason, before[k].reason);
        }
    }
    expect(&rig, FROZEN, QUALITY_BAD);
    stop(&rig);
}

static void an_older_reading_is_left_alone(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig);
    pass(&rig, 7 * HOUR, 0.2);
    rig.now -= HOUR;
    struct reading late = take(&rig, FROZEN, 35, QUALITY_GOOD);
    assert_int_equal(late.quality, QUALITY_GOOD);
    rig.now += HOUR;
    pass(&rig, MINUTE, 0.2);
    expect(&rig, FROZEN, QUALITY_UNCERTAIN);
    stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quiet_night_of_all_is_no_fault),
        cmocka_unit_test(
            a_point_that_stands_still_while_a_neighbour_moves_is_suspect_after_six_hours),
        cmocka_unit_test(after_four_times_as_long_it_has_no_value),
        cmocka_unit_test(a_value_that_moves_again_is_good_at_once),
        cmocka_unit_test(a_neighbour_that_moved_before_is_no_witness),
        cmocka_unit_test(a_neighbour_that_moves_again_is_a_witness_again),
        cmocka_unit_test(a_neighbour_of_another_site_or_quantity_is_no_witness),
        cmocka_unit_test(a_spike_that_is_doubted_is_no_witness),
        cmocka_unit_test(a_slow_drift_is_not_flat),
        cmocka_unit_test(a_hygrometer_at_its_rail_is_suspect_after_half_an_hour),
        cmocka_unit_test(a_frost_of_exactly_nought_is_no_rail),
        cmocka_unit_test(what_is_doubted_already_keeps_its_reason_until_it_is_bad),
        cmocka_unit_test(after_a_long_silence_it_begins_anew),
        cmocka_unit_test(one_missed_poll_does_not_set_it_back),
        cmocka_unit_test(asked_twice_it_says_the_same),
        cmocka_unit_test(an_older_reading_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
