#include "gateway/base/zone.h"

#include <stdbool.h>

#include "tests/unit/expect.h"

/* 2026: to summer time on 29 March, 01:00 UTC, and back on 25 October, 01:00 UTC. */
static const struct zone berlin = {
    .name = "Europe/Berlin",
    .count = 3,
    .change = {{INT64_MIN, 3600000}, {1774746000000, 7200000}, {1792890000000, 3600000}}};

static const struct zone utc = {.count = 0};
static const struct zone shanghai = {.count = 1, .change = {{INT64_MIN, 28800000}}};
static const struct zone st_johns = {.count = 1, .change = {{INT64_MIN, -12600000}}};

static void expect_iso(const struct zone *zone, ms_t at, const char *expected)
{
    char text[ZONE_ISO_MAX];
    zone_format_iso(zone, at, text);
    assert_string_equal(text, expected);
}

static void local_times_carry_their_offset(void **state)
{
    (void) state;
    expect_iso(&utc, 0, "1970-01-01T00:00:00.000+00:00");
    expect_iso(&utc, -1, "1969-12-31T23:59:59.999+00:00");
    expect_iso(&shanghai, 1784355640123, "2026-07-18T14:20:40.123+08:00");
    expect_iso(&st_johns, 1784355640123, "2026-07-18T02:50:40.123-03:30");
    expect_iso(&utc, 951782400000, "2000-02-29T00:00:00.000+00:00");
    expect_iso(&utc, 4107542400000, "2100-03-01T00:00:00.000+00:00");
    expect_iso(&berlin, 1774745999999, "2026-03-29T01:59:59.999+01:00");
    expect_iso(&berlin, 1774746000000, "2026-03-29T03:00:00.000+02:00");
    expect_iso(&berlin, 1792889999999, "2026-10-25T02:59:59.999+02:00");
    expect_iso(&berlin, 1792890000000, "2026-10-25T02:00:00.000+01:00");
}

static void weekdays_begin_with_sunday(void **state)
{
    (void) state;
    assert_int_equal(zone_civil(&utc, 0).weekday, 4);
    assert_int_equal(zone_civil(&utc, -MS_PER_DAY).weekday, 3);
    assert_int_equal(zone_civil(&utc, -5 * MS_PER_DAY).weekday, 6);
    assert_int_equal(zone_civil(&berlin, 1774746000000).weekday, 0);
}

static void every_hour_of_a_century_reads_back(void **state)
{
    (void) state;
    const ms_t year = 365 * MS_PER_DAY;
    for (ms_t at = -30 * year; at < 70 * year; at += 3599999) {
        struct civil civil = zone_civil(&shanghai, at);
        assert_true(zone_utc(&shanghai, &civil) == at);
    }
}

static void hours_around_a_change_read_back(void **state)
{
    (void) state;
    for (ms_t at = 1774746000000 - 3 * MS_PER_DAY; at < 1774746000000 + 3 * MS_PER_DAY;
         at += 600000) {
        struct civil civil = zone_civil(&berlin, at);
        assert_true(zone_utc(&berlin, &civil) == at);
    }
    for (ms_t at = 1792890000000 - 3 * MS_PER_DAY; at < 1792890000000 + 3 * MS_PER_DAY;
         at += 600000) {
        struct civil civil = zone_civil(&berlin, at);
        bool is_second = at >= 1792890000000 && at < 1792890000000 + MS_PER_HOUR;
        assert_true(zone_utc(&berlin, &civil) == at - (is_second ? MS_PER_HOUR : 0));
    }
}

static void of_a_time_that_happens_twice_the_first_is_meant(void **state)
{
    (void) state;
    struct civil twice = {.year = 2026, .month = 10, .day = 25, .hour = 2, .minute = 30};
    expect_iso(&berlin, zone_utc(&berlin, &twice), "2026-10-25T02:30:00.000+02:00");
}

static void a_skipped_time_lies_after_the_change(void **state)
{
    (void) state;
    struct civil skipped = {.year = 2026, .month = 3, .day = 29, .hour = 2, .minute = 30};
    expect_iso(&berlin, zone_utc(&berlin, &skipped), "2026-03-29T03:30:00.000+02:00");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(local_times_carry_their_offset),
        cmocka_unit_test(weekdays_begin_with_sunday),
        cmocka_unit_test(every_hour_of_a_century_reads_back),
        cmocka_unit_test(hours_around_a_change_read_back),
        cmocka_unit_test(of_a_time_that_happens_twice_the_first_is_meant),
        cmocka_unit_test(a_skipped_time_lies_after_the_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
