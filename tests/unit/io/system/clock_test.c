#include "gateway/io/system/clock.h"

#include <pthread.h>
#include <string.h>

#include "tests/unit/expect.h"

static void the_clock_never_goes_back(void **state)
{
    (void) state;
    us_t last = clock_us();
    for (int i = 0; i < 10000; i++) {
        us_t now = clock_us();
        assert_true(now >= last);
        last = now;
    }
    assert_true(clock_ms() >= last / US_PER_MS);
}

static void a_wall_clock_behind_the_last_stamp_continues_from_the_stamp(void **state)
{
    (void) state;
    assert_true(clock_start(0));
    ms_t wall = clock_ms();
    assert_true(clock_start(wall - MS_PER_HOUR));
    assert_true(clock_ms() >= wall && clock_ms() < wall + MS_PER_HOUR);

    ms_t stamp = wall + MS_PER_DAY;
    assert_false(clock_start(stamp));
    assert_true(clock_ms() >= stamp && clock_ms() < stamp + MS_PER_HOUR);
    assert_true(clock_drift() <= -(MS_PER_DAY - MS_PER_HOUR));
    assert_true(clock_start(0));
    assert_true(clock_drift() > -MS_PER_HOUR && clock_drift() < MS_PER_HOUR);
}

static void a_deadline_lies_ahead_by_its_span(void **state)
{
    (void) state;
    struct timespec now = clock_deadline(0);
    struct timespec later = clock_deadline(90500);
    assert_true(later.tv_nsec >= 0 && later.tv_nsec < 1000000000);
    double span =
        (double) (later.tv_sec - now.tv_sec) + (double) (later.tv_nsec - now.tv_nsec) / 1e9;
    assert_true(span >= 90.5 && span < 3600);
}

static void cpu_time_never_goes_backwards(void **state)
{
    (void) state;
    double before = clock_cpu_seconds();
    for (us_t start = clock_us(); clock_us() - start < US_PER_MS;) {
        /* a millisecond of work */
    }
    assert_true(clock_cpu_seconds() >= before && before > 0);
}

static void a_zone_comes_from_the_systems_database(void **state)
{
    (void) state;
    struct zone zone;
    struct error error = {.text = ""};
    assert_true(clock_zone("Asia/Shanghai", &zone, &error));
    assert_string_equal(zone.name, "Asia/Shanghai");
    char text[ZONE_ISO_MAX];
    zone_format_iso(&zone, 1784355640123, text);
    assert_string_equal(text, "2026-07-18T14:20:40.123+08:00");
    assert_true(clock_zone("Europe/Berlin", &zone, &error));
    zone_format_iso(&zone, 1784355640123, text);
    assert_string_equal(text, "2026-07-18T08:20:40.123+02:00");
    zone_format_iso(&zone, 2500000000000, text);
    assert_string_equal(text, "2049-03-22T05:26:40.000+01:00");
    assert_true(clock_zone("UTC", &zone, &error));
    zone_format_iso(&zone, 0, text);
    assert_string_equal(text, "1970-01-01T00:00:00.000+00:00");
}

static void what_is_no_zone_is_refused_with_its_name(void **state)
{
    (void) state;
    static const struct {
        const char *name, *expected;
    } cases[] = {
        {"", "'' is no time zone, write one like 'Asia/Shanghai'"},
        {"/etc/localtime", "'/etc/localtime' is no time zone, write one like 'Asia/Shanghai'"},
        {"../../../etc/passwd",
         "'../../../etc/passwd' is no time zone, write one like 'Asia/Shanghai'"},
        {"Asia/Shang", "cannot read the time zone 'Asia/Shang': cannot open "
                       "'/usr/share/zoneinfo/Asia/Shang': No such file or directory"},
        {"Asia",
         "cannot read the time zone 'Asia': '/usr/share/zoneinfo/Asia' is not a regular file"},
        {"zone.tab",
         "cannot use the time zone 'zone.tab': no time zone file of version 2 or later"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct zone zone = {.count = 7};
        struct error error = {.text = ""};
        assert_false(clock_zone(cases[i].name, &zone, &error));
        assert_string_equal(error.text, cases[i].expected);
        assert_int_equal(zone.count, 7);
    }
    char name[200];
    memset(name, 'a', sizeof name);
    name[sizeof name - 1] = '\0';
    struct zone zone;
    struct error error;
    assert_false(clock_zone(name, &zone, &error));
}

static void *first_question(void *context)
{
    us_t *answer = context;
    *answer = clock_us();
    return NULL;
}

static void threads_agree_on_house_time(void **state)
{
    (void) state;
    enum { ASKERS = 4 };
    pthread_t thread[ASKERS];
    us_t answer[ASKERS] = {0};
    us_t before = clock_us();
    for (int i = 0; i < ASKERS; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, first_question, &answer[i]), 0);
    }
    for (int i = 0; i < ASKERS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    }
    us_t after = clock_us();
    for (int i = 0; i < ASKERS; i++) {
        assert_true(answer[i] >= before && answer[i] <= after);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_never_goes_back),
        cmocka_unit_test(threads_agree_on_house_time),
        cmocka_unit_test(a_wall_clock_behind_the_last_stamp_continues_from_the_stamp),
        cmocka_unit_test(a_deadline_lies_ahead_by_its_span),
        cmocka_unit_test(cpu_time_never_goes_backwards),
        cmocka_unit_test(a_zone_comes_from_the_systems_database),
        cmocka_unit_test(what_is_no_zone_is_refused_with_its_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
