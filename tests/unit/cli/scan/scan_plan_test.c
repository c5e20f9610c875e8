#include "gateway/cli/scan/scan_plan.h"

#include <string.h>

#include "tests/unit/expect.h"

static struct scan_plan plan;
static struct error error;

static int set_up(void **state)
{
    (void) state;
    plan = (struct scan_plan){.kind = LINK_RTU,
                              .stop_bits = 1,
                              .timeout = 200 * US_PER_MS,
                              .question_count = 2,
                              .question = {{3, 0, 2}, {4, 1, 2}}};
    return 0;
}

static void take_lists(const char *bauds, const char *parities, const char *units)
{
    assert_true(scan_parse_lines(bauds, parities, &plan, &error));
    assert_true(scan_parse_units(units, &plan, &error));
}

/* The steps as "9600N/1/3": baud, parity, unit, function. `answers` is such a step that is
 * answered. */
static const char *walk(const char *answers)
{
    static char bytes[4096];
    struct scan_step step;
    bytes[0] = '\0';
    while (scan_plan_next(&plan, &step)) {
        char word[32];
        (void) snprintf(word, sizeof word, "%d%c/%d/%d", (int) plan.line[step.line].baud,
                        plan.line[step.line].parity, (int) plan.unit[step.unit],
                        (int) plan.question[step.question].function);
        size_t used = strlen(bytes);
        (void) snprintf(bytes + used, sizeof bytes - used, "%s%s", used == 0 ? "" : " ", word);
        if (strcmp(word, answers) == 0) {
            scan_plan_answered(&plan, &step);
        }
    }
    return bytes;
}

static void unit_1_is_asked_everywhere_before_the_others(void **state)
{
    (void) state;
    take_lists("9600,4800", "none", "1-2");
    assert_string_equal(walk(""), "9600N/1/3 4800N/1/3 9600N/1/4 4800N/1/4 "
                                  "9600N/2/3 9600N/2/4 4800N/2/3 4800N/2/4");
}

static void where_somebody_answered_the_search_goes_on_first(void **state)
{
    (void) state;
    take_lists("9600,4800", "none", "1-2");
    assert_string_equal(walk("4800N/1/3"), "9600N/1/3 4800N/1/3 9600N/1/4 "
                                           "4800N/2/3 4800N/2/4 9600N/2/3 9600N/2/4");
}

static void a_unit_that_answered_is_asked_nothing_more(void **state)
{
    (void) state;
    take_lists("9600", "none", "1-3");
    assert_string_equal(walk("9600N/2/3"), "9600N/1/3 9600N/1/4 9600N/2/3 9600N/3/3 9600N/3/4");
}

static void no_unit_is_asked_twice_in_a_row_unless_it_is_the_only_one(void **state)
{
    (void) state;
    take_lists("9600", "none", "1-5");
    struct scan_step step;
    int32_t last = -1;
    while (scan_plan_next(&plan, &step)) {
        assert_true(step.unit != last || step.unit == 0);
        last = step.unit;
    }
}

static void somebody_a_gateway_knows_to_be_away_is_left_out(void **state)
{
    (void) state;
    take_lists("9600", "none", "1-2");
    struct scan_step step;
    assert_true(scan_plan_next(&plan, &step));
    scan_plan_absent(&plan, &step);
    assert_string_equal(walk(""), "9600N/2/3 9600N/2/4");
    assert_false(plan.has_answered[0]);
}

static void all_bauds_come_before_the_next_parity(void **state)
{
    (void) state;
    take_lists("9600,4800,9600", "none,even", "1");
    plan.question_count = 1;
    assert_string_equal(walk(""), "9600N/1/3 4800N/1/3 9600E/1/3 4800E/1/3");
}

static void units_are_numbers_and_spans_without_doubles(void **state)
{
    (void) state;
    assert_true(scan_parse_units("3,1-4,80", &plan, &error));
    const uint8_t expected[] = {3, 1, 2, 4, 80};
    assert_int_equal(plan.unit_count, 5);
    assert_memory_equal(plan.unit, expected, sizeof expected);
}

static void wrong_lists_are_refused_with_the_word(void **state)
{
    (void) state;
    static const char *const units[] = {"0", "248", "255", "5-2", "x", "1-", "", "1,,2", "1-1-1"};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        assert_false(scan_parse_units(units[i], &plan, &error));
        assert_non_null(strstr(error.text, "--units"));
    }
    assert_false(scan_parse_units("1-300", &plan, &error));
    assert_non_null(strstr(error.text, "units 1 to 247, not 248"));
    assert_false(scan_parse_units("5-2", &plan, &error));
    assert_non_null(strstr(error.text, "'5-2' is no unit"));
    assert_false(scan_parse_lines("9600,14400", "none", &plan, &error));
    assert_non_null(strstr(error.text, "'14400'"));
    assert_false(scan_parse_lines("96000000000000000000", "none", &plan, &error));
    assert_false(scan_parse_lines("9600", "N", &plan, &error));
    assert_non_null(strstr(error.text, "'N'"));
}

static void over_tcp_there_is_a_unit_255(void **state)
{
    (void) state;
    plan.kind = LINK_TCP;
    assert_true(scan_parse_units("255", &plan, &error));
    assert_false(scan_parse_units("250", &plan, &error));
}

/* A question of 8 + 9 characters at 9600 takes 17.7 ms, its silence 4.0 ms, and the timeout 200
 * ms. */
static void the_estimate_is_wire_time_and_timeouts(void **state)
{
    (void) state;
    take_lists("9600", "none", "1-10");
    us_t left = 0;
    assert_int_equal(scan_plan_left(&plan, &left), 20);
    expect_near((double) left / 20, 200000 + 17708 + 4011, 2);
    struct scan_step step;
    assert_true(scan_plan_next(&plan, &step));
    assert_int_equal(scan_plan_left(&plan, &left), 19);
    scan_plan_answered(&plan, &step);
    assert_int_equal(scan_plan_left(&plan, &left), 18);
}

/* From the models. */

static struct profile common, twin, rare; /* too big for a stack */

static const struct profile *const *models(void)
{
    static const struct profile *const all[3] = {&rare, &common, &twin};
    common = (struct profile){
        .baud = 9600, .read_count = 2, .read = {{"air", 3, 0, 2, 0, 1}, {"more", 3, 9, 1, 0, 1}}};
    twin = common;
    rare = (struct profile){.baud = 4800, .read_count = 1, .read = {{"coils", 1, 0, 8, 0, 1}}};
    return all;
}

static void the_bauds_of_most_models_come_first(void **state)
{
    (void) state;
    char bauds[SCAN_BAUDS_TEXT];
    scan_list_bauds(models(), 3, bauds);
    assert_string_equal(bauds, "9600,4800");
    scan_list_bauds(models(), 0, bauds);
    assert_string_equal(bauds, "9600");
}

static void one_question_a_register_function_unless_thorough(void **state)
{
    (void) state;
    scan_choose_questions(&plan, models(), 3, false);
    assert_int_equal(plan.question_count, 1);
    assert_int_equal(plan.question[0].function, 3);
    assert_int_equal(plan.question[0].count, 2);
    scan_choose_questions(&plan, models(), 3, true);
    assert_int_equal(plan.question_count, 3);
    assert_int_equal(plan.question[2].function, 1);
    scan_choose_questions(&plan, models(), 0, false);
    assert_int_equal(plan.question_count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(unit_1_is_asked_everywhere_before_the_others, set_up),
        cmocka_unit_test_setup(where_somebody_answered_the_search_goes_on_first, set_up),
        cmocka_unit_test_setup(a_unit_that_answered_is_asked_nothing_more, set_up),
        cmocka_unit_test_setup(no_unit_is_asked_twice_in_a_row_unless_it_is_the_only_one, set_up),
        cmocka_unit_test_setup(somebody_a_gateway_knows_to_be_away_is_left_out, set_up),
        cmocka_unit_test_setup(all_bauds_come_before_the_next_parity, set_up),
        cmocka_unit_test_setup(units_are_numbers_and_spans_without_doubles, set_up),
        cmocka_unit_test_setup(wrong_lists_are_refused_with_the_word, set_up),
        cmocka_unit_test_setup(over_tcp_there_is_a_unit_255, set_up),
        cmocka_unit_test_setup(the_estimate_is_wire_time_and_timeouts, set_up),
        cmocka_unit_test_setup(the_bauds_of_most_models_come_first, set_up),
        cmocka_unit_test_setup(one_question_a_register_function_unless_thorough, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
