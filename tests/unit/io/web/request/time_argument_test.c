#include "gateway/io/web/request/time_argument.h"

#include "tests/unit/expect.h"

static const struct zone shanghai = {
    .name = "Asia/Shanghai", .count = 1, .change = {{.from = INT64_MIN, .offset = 28800000}}};

static void a_moment_is_read_in_every_usual_form(void **unused)
{
    (void) unused;
    static const char *const same[] = {"2026-07-18T14:20:40.123+08:00",
                                       "2026-07-18T06:20:40.123Z",
                                       "2026-07-18T14:20:40.123 08:00",
                                       "2026-07-18T14:20:40.123",
                                       "2026-07-18 14:20:40.123999",
                                       "2026-07-18T01:20:40.123-0500",
                                       "1784355640123"};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        ms_t at = 0;
        assert_true(time_argument_parse(&shanghai, same[i], &at));
        assert_int_equal(at, 1784355640123);
    }
    ms_t at = 0;
    assert_true(time_argument_parse(&shanghai, "2026-07-18", &at));
    assert_int_equal(at, 1784304000000);
    assert_true(time_argument_parse(&shanghai, "2024-02-29T00:00Z", &at));
}

static void what_is_no_moment_is_refused_whole(void **unused)
{
    (void) unused;
    static const char *const wrong[] = {"",
                                        "yesterday",
                                        "-5",
                                        "0x10",
                                        "2026-13-01",
                                        "2026-00-01",
                                        "2026-02-29",
                                        "2026-07-18T24:00",
                                        "2026-07-18T14",
                                        "2026-07-18T14:20:40.",
                                        "2026-07-18T14:20:40.1234567890",
                                        "2026-07-18T14:20:40Zx",
                                        "2026-07-18T14:20:40+8",
                                        "1969-12-31",
                                        "1970-01-01T00:00",
                                        "26-07-18",
                                        "99999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        ms_t at = 77;
        bool is_read = time_argument_parse(&shanghai, wrong[i], &at);
        if (is_read) {
            print_error("'%s'\n", wrong[i]);
        }
        assert_false(is_read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_moment_is_read_in_every_usual_form),
        cmocka_unit_test(what_is_no_moment_is_refused_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
