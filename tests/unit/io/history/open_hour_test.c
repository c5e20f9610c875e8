#include "gateway/io/history/open_hour.h"

#include <float.h>

#include "tests/unit/expect.h"

#define HOUR ((ms_t) 1000 * MS_PER_HOUR)

static void put(struct open_hour *hour, int32_t number, ms_t after, double value)
{
    const struct reading reading = {.point = number, .at = HOUR + after, .value = value};
    open_hour_add(hour, &reading);
}

static void a_minute_keeps_its_peaks_and_its_mean(void **state)
{
    (void) state;
    struct open_hour hour = {.count = 3};
    put(&hour, 1, 0, -5);
    put(&hour, 1, 59999, 7);
    put(&hour, 1, 60000, 100);
    const struct reading missing = {.point = 1, .at = HOUR + 1, .quality = QUALITY_NO_ANSWER};
    open_hour_add(&hour, &missing);
    struct minute_aggregates minutes;
    assert_true(open_hour_read(&hour, 1, &minutes));
    expect_near(minutes.minute[0].min, -5, 0);
    expect_near(minutes.minute[0].max, 7, 0);
    expect_near(minutes.minute[0].sum, 2, 0);
    assert_int_equal(minutes.minute[0].good, 2);
    assert_int_equal(minutes.minute[0].missing, 1);
    expect_near(minutes.minute[1].min, 100, 0);
    assert_int_equal(minutes.minute[2].good, 0);
    open_hour_clear(&hour);
}

static void points_do_not_mix(void **state)
{
    (void) state;
    struct open_hour hour = {.count = 3};
    put(&hour, 0, 0, 1);
    put(&hour, 2, 0, 3);
    struct minute_aggregates minutes;
    assert_false(open_hour_read(&hour, 1, &minutes));
    assert_true(open_hour_read(&hour, 2, &minutes));
    expect_near(minutes.minute[0].max, 3, 0);
    open_hour_clear(&hour);
    assert_false(open_hour_read(&hour, 2, &minutes));
}

static void a_sum_stays_finite(void **state)
{
    (void) state;
    struct open_hour hour = {.count = 1};
    put(&hour, 0, 0, -DBL_MAX);
    put(&hour, 0, 1, -DBL_MAX);
    struct minute_aggregates minutes;
    assert_true(open_hour_read(&hour, 0, &minutes));
    expect_near(minutes.minute[0].sum, -DBL_MAX, 0);
    open_hour_clear(&hour);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_minute_keeps_its_peaks_and_its_mean),
        cmocka_unit_test(points_do_not_mix),
        cmocka_unit_test(a_sum_stays_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
