#include "sensors/quality/power_up.h"

#include "tests/unit/sensors/quality/plausibility_rig.h"

static void the_85_degrees_of_a_cold_start_are_doubted_until_two_others_came(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_doubt(rig_take(&rig, TEMPERATURE, 850), REASON_RATED, 85);
    expect_doubt(rig_take(&rig, TEMPERATURE, 850), REASON_RATED, 85);
    expect_doubt(rig_take(&rig, TEMPERATURE, 213), REASON_POWER_UP, 21.3);
    expect_good(rig_take(&rig, TEMPERATURE, 214), 21.4);
    expect_doubt(rig_take_words(&rig, US_PER_SECOND, WIDE, 0x42AA, 0), REASON_POWER_UP, 85);
    expect_doubt(rig_take_words(&rig, US_PER_SECOND, WIDE, 0x41AA, 0), REASON_POWER_UP, 21.25);
    expect_good(rig_take_words(&rig, US_PER_SECOND, WIDE, 0x41AA, 0), 21.25);
    expect_good(rig_take_words(&rig, US_PER_SECOND, WIDE, 0x42AA, 0), 85);
    rig_stop(&rig);
}

static void a_first_value_that_is_no_start_up_value_is_good(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 213), 21.3);
    plausibility_reopened(rig.plausibility);
    expect_good(rig_take(&rig, TEMPERATURE, 214), 21.4);
    rig_stop(&rig);
}

static void a_start_up_value_after_a_reconnect_clears_nothing(void **state)
{
    (void) state;
    static const int words[] = {0, 0xFFFF};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct rig rig;
        rig_prepare(&rig);
        rig_start(&rig);
        expect_good(rig_take(&rig, TEMPERATURE, 450), 45);
        plausibility_reopened(rig.plausibility);
        expect_held(rig_take(&rig, TEMPERATURE, words[i]), REASON_POWER_UP);
        expect_held(rig_take(&rig, TEMPERATURE, words[i]), REASON_POWER_UP);
        expect_held(rig_take(&rig, TEMPERATURE, words[i]), REASON_POWER_UP);
        expect_held(rig_take(&rig, TEMPERATURE, words[i]), REASON_POWER_UP);
        expect_doubt(rig_take(&rig, TEMPERATURE, 448), REASON_POWER_UP, 44.8);
        expect_held(rig_take(&rig, TEMPERATURE, words[i]), REASON_POWER_UP);
        expect_good(rig_take(&rig, TEMPERATURE, 448), 44.8);
        expect_held(rig_take(&rig, TEMPERATURE, words[i]), REASON_RATE);
        rig_stop(&rig);
    }
}

static void a_missed_poll_may_have_been_the_power(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 450), 45);
    expect_held(rig_take_words(&rig, 2 * US_PER_SECOND, TEMPERATURE, 0, 0), REASON_POWER_UP);
    expect_doubt(rig_take(&rig, TEMPERATURE, 450), REASON_POWER_UP, 45);
    expect_good(rig_take(&rig, TEMPERATURE, 450), 45);
    /* A sentinel in between does not make it the second value. */
    rig.now += 10 * US_PER_SECOND;
    expect_verdict(rig_take(&rig, TEMPERATURE, 0x7FFF), QUALITY_BAD, REASON_RANGE, 0);
    expect_held(rig_take(&rig, TEMPERATURE, 0), REASON_POWER_UP);
    rig_stop(&rig);
}

static void a_fire_that_begins_with_85_degrees_is_given_on(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig.profile->point[TEMPERATURE].has_rated = false;
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 300), 30);
    plausibility_reopened(rig.plausibility);
    expect_doubt(rig_take(&rig, TEMPERATURE, 850), REASON_POWER_UP, 85);
    expect_doubt(rig_take(&rig, TEMPERATURE, 900), REASON_RATE, 90);
    expect_doubt(rig_take(&rig, TEMPERATURE, 905), REASON_RATE, 90.5);
    expect_good(rig_take(&rig, TEMPERATURE, 905), 90.5);
    rig_stop(&rig);
}

static void a_frost_that_was_there_before_is_no_start_up_value(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 3), 0.3);
    plausibility_reopened(rig.plausibility);
    expect_good(rig_take(&rig, TEMPERATURE, 0), 0);
    plausibility_reopened(rig.plausibility);
    expect_good(rig_take(&rig, TEMPERATURE, 0xFFFF), -0.1);
    rig_stop(&rig);
}

static void a_point_without_a_rate_may_begin_with_zero(void **state)
{
    (void) state;
    struct rig rig;
    rig_prepare(&rig);
    rig_start(&rig);
    expect_good(rig_take(&rig, COUNTER, 0), 0);
    expect_good(rig_take(&rig, COUNTER, 0xFFFF), 65535);
    expect_good(rig_take_words(&rig, US_PER_SECOND, WIDE, 0, 0), 0);
    expect_doubt(rig_take(&rig, HUMIDITY, 0), REASON_POWER_UP, 0);
    rig_stop(&rig);
    rig.profile->point[TEMPERATURE].fault.roc_per_s = 0;
    rig_start(&rig);
    expect_good(rig_take(&rig, TEMPERATURE, 0), 0);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_85_degrees_of_a_cold_start_are_doubted_until_two_others_came),
        cmocka_unit_test(a_first_value_that_is_no_start_up_value_is_good),
        cmocka_unit_test(a_start_up_value_after_a_reconnect_clears_nothing),
        cmocka_unit_test(a_missed_poll_may_have_been_the_power),
        cmocka_unit_test(a_fire_that_begins_with_85_degrees_is_given_on),
        cmocka_unit_test(a_frost_that_was_there_before_is_no_start_up_value),
        cmocka_unit_test(a_point_without_a_rate_may_begin_with_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
