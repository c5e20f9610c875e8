#include "gateway/core/expr/expr.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/parse.h"
#include "tests/unit/expect.h"

enum { VALUE = -1, TEMPERATURE = 7, HUMIDITY = 8, NO_POINT = -9, SUBJECT = 6 };

static struct arena *arena;

static int set_up(void **state)
{
    (void) state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    arena_free(arena);
    return 0;
}

/* A site with three points. A window's index is its point + 100, of an hour + 200. */
static bool find_point(void *context, const char *name, int32_t *ret_point, struct error *error)
{
    (void) context;
    static const struct {
        const char *name;
        int32_t point;
    } points[] = {{"value", VALUE}, {"temperature", TEMPERATURE}, {"humidity", HUMIDITY}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        if (strcmp(points[i].name, name) == 0) {
            *ret_point = points[i].point;
            return true;
        }
    }
    return error_set(error, "unknown name '%s'", name);
}

static bool find_window(void *context, int32_t point, ms_t span_ms, int32_t *ret_window,
                        struct error *error)
{
    (void) context;
    (void) error;
    *ret_window = point + (span_ms == MS_PER_HOUR ? 200 : 100);
    return true;
}

static bool find_parameter(void *context, const char *name, double *ret_value, struct error *error)
{
    (void) context;
    if (strcmp(name, "max_people") != 0) {
        return error_set(error, "the site has no parameter '%s'", name);
    }
    *ret_value = 2;
    return true;
}

static const struct expr_scope scope = {
    .find_point = find_point, .find_window = find_window, .find_parameter = find_parameter};

/* What the context holds now. */
struct world {
    double value, temperature;
    bool is_temperature_known, was_seen;
    double age, coverage;
};

static bool value_of(const void *context, int32_t point, double *ret_value)
{
    const struct world *world = context;
    *ret_value = point == VALUE ? world->value : world->temperature;
    return point == VALUE || (point == TEMPERATURE && world->is_temperature_known);
}

static bool age_of(const void *context, int32_t point, double *ret_seconds)
{
    const struct world *world = context;
    assert_true(point == VALUE || point == TEMPERATURE);
    *ret_seconds = world->age;
    return world->was_seen;
}

static struct window_summary window_of(const void *context, int32_t window)
{
    const struct world *world = context;
    double base = window >= 200 ? 100 : 0;
    return (struct window_summary){
        .min = base + 10, .max = base + 50, .mean = base + 30, .coverage = world->coverage};
}

static const struct expr *compiled(const char *text)
{
    const struct expr *expr = NULL;
    struct error error = {.text = ""};
    if (!expr_compile(arena, text, &scope, &expr, &error)) {
        print_error("%s: %s\n", text, error.text);
        fail();
    }
    return expr;
}

static enum truth judge(const char *text, const struct world *world)
{
    struct expr_world context = {.context = world,
                                 .min_coverage = 0.75,
                                 .value = value_of,
                                 .age = age_of,
                                 .window = window_of};
    return expr_judge(compiled(text), &context);
}

static const struct world normal = {.value = 40,
                                    .temperature = 20,
                                    .is_temperature_known = true,
                                    .was_seen = true,
                                    .age = 3,
                                    .coverage = 1};

static void expect_truth(const char *text, enum truth expected)
{
    enum truth actual = judge(text, &normal);
    if (actual != expected) {
        print_error("%s is %d, not %d\n", text, (int) actual, (int) expected);
        fail();
    }
}

static void expect_error(const char *text, const char *expected)
{
    const struct expr *expr = NULL;
    struct error error = {.text = ""};
    assert_false(expr_compile(arena, text, &scope, &expr, &error));
    assert_null(expr);
    assert_string_equal(error.text, expected);
}

static void comparisons_compare(void **state)
{
    (void) state;
    expect_truth("value >= 40", TRUTH_TRUE);
    expect_truth("value > 40", TRUTH_FALSE);
    expect_truth("value <= 40", TRUTH_TRUE);
    expect_truth("value < 40", TRUTH_FALSE);
    expect_truth("value == 40", TRUTH_TRUE);
    expect_truth("value != 40", TRUTH_FALSE);
    expect_truth("value < 40.5", TRUTH_TRUE);
    expect_truth("value>-.5e1", TRUTH_TRUE);
    expect_truth("-5 < -4", TRUTH_TRUE);
    expect_truth("value == 4e+1", TRUTH_TRUE);
}

static void arithmetic_binds_as_in_school(void **state)
{
    (void) state;
    expect_truth("2 + 3 * 4 == 14", TRUTH_TRUE);
    expect_truth("(2 + 3) * 4 == 20", TRUTH_TRUE);
    expect_truth("10 - 4 - 3 == 3", TRUTH_TRUE);
    expect_truth("16 / 4 / 2 == 2", TRUTH_TRUE);
    expect_truth("-2 * -3 == 6", TRUTH_TRUE);
    expect_truth("- -2 == 2", TRUTH_TRUE);
    expect_truth("-(1 + 2) == -3", TRUTH_TRUE);
    expect_truth("value - temperature == 20", TRUTH_TRUE);
    expect_truth("value + temperature * 2 == 80", TRUTH_TRUE);
    expect_truth("-value + 50 == 10", TRUTH_TRUE);
    expect_truth("value / temperature - 2 == 0", TRUTH_TRUE);
    expect_truth("2 * (value + (temperature - 10)) == 100", TRUTH_TRUE);
    expect_truth("value > site.max_people * 0.95", TRUTH_TRUE);
}

static void logic_binds_not_and_or(void **state)
{
    (void) state;
    expect_truth("1 > 2 and 1 > 2 or 2 > 1", TRUTH_TRUE);
    expect_truth("2 > 1 or 1 > 2 and 1 > 2", TRUTH_TRUE);
    expect_truth("(2 > 1 or 1 > 2) and 1 > 2", TRUTH_FALSE);
    expect_truth("not 1 > 2 and 2 > 1", TRUTH_TRUE);
    expect_truth("not (1 > 2 or 2 > 1)", TRUTH_FALSE);
    expect_truth("not not value > 1", TRUTH_TRUE);
    expect_truth("value > 1 and not temperature > 30", TRUTH_TRUE);
}

/* Each table of Kleene with T, F and U made of comparisons. */
static void unknown_follows_kleene(void **state)
{
    (void) state;
    static const char *const operand[] = {"1 > 2", "2 > 1", "humidity > 0"};
    static const enum truth both[3][3] = {{TRUTH_FALSE, TRUTH_FALSE, TRUTH_FALSE},
                                          {TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN},
                                          {TRUTH_FALSE, TRUTH_UNKNOWN, TRUTH_UNKNOWN}};
    static const enum truth either[3][3] = {{TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN},
                                            {TRUTH_TRUE, TRUTH_TRUE, TRUTH_TRUE},
                                            {TRUTH_UNKNOWN, TRUTH_TRUE, TRUTH_UNKNOWN}};
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
            char text[64];
            (void) snprintf(text, sizeof text, "%s and %s", operand[i], operand[j]);
            expect_truth(text, both[i][j]);
            (void) snprintf(text, sizeof text, "%s or %s", operand[i], operand[j]);
            expect_truth(text, either[i][j]);
        }
    }
    expect_truth("not humidity > 0", TRUTH_UNKNOWN);
    expect_truth("not not humidity > 0", TRUTH_UNKNOWN);
}

static void what_cannot_be_calculated_is_unknown(void **state)
{
    (void) state;
    expect_truth("humidity * 0 == 0", TRUTH_UNKNOWN);
    expect_truth("-humidity < 5", TRUTH_UNKNOWN);
    expect_truth("value < humidity", TRUTH_UNKNOWN);
    expect_truth("value >= humidity", TRUTH_UNKNOWN);
    expect_truth("humidity < value", TRUTH_UNKNOWN);
    expect_truth("humidity != humidity", TRUTH_UNKNOWN);
    expect_truth("1 / (value - 40) > 0", TRUTH_UNKNOWN);
    expect_truth("not 1 / (value - 40) > 0", TRUTH_UNKNOWN);
    expect_truth("value * 1e308 > 0", TRUTH_UNKNOWN);
    expect_truth("value * 1e308 > 0 or value == 40", TRUTH_TRUE);
    struct world broken = normal;
    broken.value = HUGE_VAL;
    assert_int_equal(judge("value > 3", &broken), TRUTH_UNKNOWN);
    broken.is_temperature_known = false;
    assert_int_equal(judge("temperature < 99", &broken), TRUTH_UNKNOWN);
}

static void windows_answer_by_name_and_span(void **state)
{
    (void) state;
    expect_truth("avg(temperature, 24h) == 30", TRUTH_TRUE);
    expect_truth("min(temperature, 24h) == 10", TRUTH_TRUE);
    expect_truth("max ( value ,24h ) == 50", TRUTH_TRUE);
    expect_truth("avg(temperature, 1h) == 130", TRUTH_TRUE);
    expect_truth("max(value,10m) - min(value,10m) >= 5 or value >= 55", TRUTH_TRUE);
}

static void a_window_covered_too_little_is_unknown(void **state)
{
    (void) state;
    struct world world = normal;
    world.coverage = 0.75;
    assert_int_equal(judge("avg(temperature, 24h) > 5", &world), TRUTH_TRUE);
    world.coverage = 0.7499;
    assert_int_equal(judge("avg(temperature, 24h) > 5", &world), TRUTH_UNKNOWN);
    assert_int_equal(judge("not max(temperature, 24h) > 5", &world), TRUTH_UNKNOWN);
    world.coverage = 0;
    struct expr_world context = {.context = &world,
                                 .min_coverage = 0,
                                 .value = value_of,
                                 .age = age_of,
                                 .window = window_of};
    assert_int_equal(expr_judge(compiled("min(value, 24h) < 99"), &context), TRUTH_UNKNOWN);
}

static void an_age_is_known_once_a_sample_was_seen(void **state)
{
    (void) state;
    struct world world = normal;
    world.is_temperature_known = false;
    assert_int_equal(judge("age(temperature) < 10", &world), TRUTH_TRUE);
    assert_int_equal(judge("age(value) > 10", &world), TRUTH_FALSE);
    world.was_seen = false;
    assert_int_equal(judge("age(value) > 10", &world), TRUTH_UNKNOWN);
}

static void a_mistake_is_told_with_its_column(void **state)
{
    (void) state;
    expect_error("", "column 1: a name or a number is missing before 'the end'");
    expect_error("value >", "column 8: a name or a number is missing before 'the end'");
    expect_error("value > 40 and temprature > 3", "column 16: unknown name 'temprature'");
    expect_error("value > site.max_cats", "column 9: the site has no parameter 'max_cats'");
    expect_error("value > > 3", "column 9: a name or a number is missing before '>'");
    expect_error("value 40", "column 7: an operator is missing before '40'");
    expect_error("value > 3 not value < 5", "column 11: an operator is missing before 'not'");
    expect_error("(value > 3", "column 1: this '(' is never closed");
    expect_error("value > 3)", "column 10: this ')' closes nothing");
    expect_error("value > ()", "column 10: a name or a number is missing before ')'");
    expect_error("value > 3, 4", "column 10: an operator is missing before ','");
    expect_error("value > 1.2.3",
                 "column 9: '1.2.3' is neither a number nor a span like 10m or 24h");
    expect_error("value > 10m", "column 9: a span like '10m' stands only in a function, as in "
                                "avg(temperature, 24h)");
    expect_error("value > 1 / 0", "column 11: this gives no finite number");
    expect_error("value > 1e999",
                 "column 9: '1e999' is neither a number nor a span like 10m or 24h");
}

static void numbers_and_comparisons_are_not_confused(void **state)
{
    (void) state;
    expect_error("value",
                 "column 1: this is a number, a rule needs a comparison like 'value > 40'");
    expect_error("value and value > 3",
                 "column 7: 'and' joins comparisons like 'value > 40', not numbers");
    expect_error("value > 3 or 4",
                 "column 11: 'or' joins comparisons like 'value > 40', not numbers");
    expect_error("not value", "column 1: 'not' joins comparisons like 'value > 40', not numbers");
    expect_error("1 < value < 3", "column 11: '<' works on numbers, not on comparisons; a range is "
                                  "written 'value > 1 and value < 3'");
    expect_error("(value > 3) + 1", "column 13: '+' works on numbers, not on comparisons; a range "
                                    "is written 'value > 1 and value < 3'");
    expect_error("-(value > 3) > 1", "column 1: '-' works on numbers, not on comparisons; a range "
                                     "is written 'value > 1 and value < 3'");
}

static void what_people_write_instead_is_answered_with_the_right_word(void **state)
{
    (void) state;
    expect_error("value = 3", "column 7: '=' is not known here, write '=='");
    expect_error("value > 3 && value < 5", "column 11: '&&' is not known here, write 'and'");
    expect_error("value > 3 || value < 5", "column 11: '||' is not known here, write 'or'");
    expect_error("value \u2265 3", "column 7: '\u2265' is not known here, write '>='");
    expect_error("value \uFF1E 3", "column 7: '\uFF1E' is not known here, write '>'");
    expect_error("\u6e29\u5ea6 > 3", "column 1: '\u6e29' means nothing here");
    expect_error("value > 3 \u00D7 \u6e29", "column 11: '\u00D7' is not known here, write '*'");
    expect_error("value > 3 $", "column 11: '$' means nothing here");
    expect_error("value > 3 \x01", "column 11: a character that is no text");
    expect_error("value > 3 \xff", "column 11: a character that is no text");
}

static void functions_are_told_how_they_are_written(void **state)
{
    (void) state;
    expect_error("avg(value > 35, 24h) > 1",
                 "column 11: 'avg' is written like avg(temperature, 24h), not with '>' here");
    expect_error("avg(temperature) > 1",
                 "column 16: 'avg' is written like avg(temperature, 24h), not with ')' here");
    expect_error("avg(temperature, 24) > 1",
                 "column 18: 'avg' is written like avg(temperature, 24h), not with '24' here");
    expect_error("avg(temperature, 24h, 3) > 1",
                 "column 21: 'avg' is written like avg(temperature, 24h), not with ',' here");
    expect_error("age(value, 24h) > 1",
                 "column 10: 'age' is written like age(temperature), not with ',' here");
    expect_error("avg(temprature, 24h) > 1", "column 5: unknown name 'temprature'");
    expect_error("avg(value, 30d) > 1", "column 12: a window spans 1s to 7d, not '30d'");
    expect_error("avg(value, 999ms) > 1", "column 12: a window spans 1s to 7d, not '999ms'");
    expect_error("avg(value, 24h", "column 15: 'avg' is written like avg(temperature, 24h), not "
                                   "with 'the end' here");
    expect_error("sum(value, 24h) > 1",
                 "column 1: there is no function 'sum', only avg, min, max and age");
    expect_error("1 < dewpoint(temperature, humidity)",
                 "column 5: 'dewpoint' is not yet supported by this version, which has avg, min, "
                 "max and age");
}

static void limits_hold(void **state)
{
    (void) state;
    char text[EXPR_TEXT_MAX + 2];
    memset(text, ' ', sizeof text);
    memcpy(text, "value > 3", 9);
    text[EXPR_TEXT_MAX] = '\0';
    assert_non_null(compiled(text));
    text[EXPR_TEXT_MAX] = ' ';
    text[EXPR_TEXT_MAX + 1] = '\0';
    expect_error(text, "column 1001: the expression is too long, split the rule");

    /* The comparison waits on the same stack. */
    memset(text, '(', EXPR_DEPTH_MAX + 1);
    (void) snprintf(text + EXPR_DEPTH_MAX - 1, sizeof text - EXPR_DEPTH_MAX, "value > 3");
    expect_error(text, "column 31: this '(' is never closed");
    memset(text, '(', EXPR_DEPTH_MAX + 1);
    expect_error(text, "column 33: the expression is nested too deeply, split the rule");

    memset(text, 'v', EXPR_NAME_MAX);
    text[EXPR_NAME_MAX] = '\0';
    expect_error(text, "column 1: a word of more than 63 bytes");

    size_t used = 0;
    for (int i = 0; i < EXPR_OPS_MAX / 2 + 1; i++) {
        text[used++] = i == 0 ? ' ' : '+';
        text[used++] = '-';
        memcpy(text + used, "value", 5);
        used += 5;
    }
    text[used] = '\0';
    expect_error(text, "column 596: the expression is too long, split the rule");
}

static void expect_limit(const char *text, int32_t point, double limit, bool is_upper)
{
    int32_t found_point = NO_POINT;
    double found = 0;
    bool is_found_upper = !is_upper;
    bool is_found = expr_limit(compiled(text), &found_point, &found, &is_found_upper);
    assert_int_equal(is_found, point != NO_POINT);
    assert_int_equal(found_point, point);
    if (is_found) {
        expect_near(found, limit, 1e-12);
        assert_int_equal(is_found_upper, is_upper);
    }
}

static void a_plain_limit_is_found(void **state)
{
    (void) state;
    expect_limit("value >= 40", VALUE, 40, true);
    expect_limit("value < -20", VALUE, -20, false);
    expect_limit("40 < value", VALUE, 40, true);
    expect_limit("0.45 >= temperature", TEMPERATURE, 0.45, false);
    expect_limit("value > site.max_people * 0.95", VALUE, 1.9, true);
    expect_limit("value > 85 and avg(value, 24h) > 80", VALUE, 85, true);
    expect_limit("avg(value, 24h) > 80 and (value > 85)", VALUE, 85, true);
    expect_limit("value > 30 and value < 50", VALUE, 30, true);
}

static void what_is_no_plain_limit_is_not_taken_for_one(void **state)
{
    (void) state;
    expect_limit("value > 40 or temperature > 3", NO_POINT, 0, false);
    expect_limit("not value < 40", NO_POINT, 0, false);
    expect_limit("avg(value, 24h) > 35", NO_POINT, 0, false);
    expect_limit("value - temperature < 2", NO_POINT, 0, false);
    expect_limit("value == 1", NO_POINT, 0, false);
    expect_limit("-value < 2", NO_POINT, 0, false);
    expect_limit("age(value) > 60", NO_POINT, 0, false);
}

/* No value in from...until makes it true, and the next one outside does. */
static void expect_false_range(const char *text, double from, double until)
{
    const struct expr *expr = compiled(text);
    struct expr_range range;
    assert_true(expr_false_range(expr, VALUE, &range));
    assert_true(isinf(from) ? isinf(range.from) : fabs(range.from - from) < 1e-12);
    assert_true(isinf(until) ? isinf(range.until) : fabs(range.until - until) < 1e-12);
    const double ends[][2] = {{range.from, -HUGE_VAL}, {range.until, HUGE_VAL}};
    for (int i = 0; i < 2; i++) {
        struct world world = normal;
        world.value = isinf(ends[i][0]) ? copysign(DBL_MAX, ends[i][0]) : ends[i][0];
        assert_int_equal(judge(text, &world), TRUTH_FALSE);
        world.value = nextafter(ends[i][0], ends[i][1]);
        if (isfinite(ends[i][0])) {
            assert_int_equal(judge(text, &world), TRUTH_TRUE);
        }
    }
}

static void where_a_value_is_known_to_be_fine(void **state)
{
    (void) state;
    expect_false_range("value >= 40", -HUGE_VAL, 40);
    expect_false_range("value > 40", -HUGE_VAL, 40);
    expect_false_range("value <= -20", -20, HUGE_VAL);
    expect_false_range("-20 > value", -20, HUGE_VAL);
    expect_false_range("value < 0.45 or value > site.max_people", 0.45, 2);
    expect_false_range("value > 85 and value > 80", -HUGE_VAL, 85);
}

static int32_t point_of_window(const void *context, int32_t window)
{
    (void) context;
    int32_t point = window - (window >= 190 ? 200 : 100);
    return point == VALUE ? SUBJECT : point;
}

static void expect_sides(const char *text, int32_t point, unsigned sides)
{
    const struct expr_names names = {.subject = SUBJECT, .point_of = point_of_window};
    struct expr_side side[EXPR_OPS_MAX];
    int32_t count = expr_sides(compiled(text), &names, side);
    unsigned found = 0;
    int32_t times = 0;
    for (int32_t i = 0; i < count; i++) {
        bool is_it = side[i].point == point;
        found = is_it ? side[i].sides : found;
        times += is_it ? 1 : 0;
    }
    assert_int_equal(found, sides);
    assert_in_range((uintmax_t) times, sides == 0 ? 0 : 1, 1);
}

static void a_limit_is_on_the_side_where_it_is_passed(void **state)
{
    (void) state;
    expect_sides("value >= 40", SUBJECT, EXPR_UP);
    expect_sides("40 < value", SUBJECT, EXPR_UP);
    expect_sides("value < 0", SUBJECT, EXPR_DOWN);
    expect_sides("not value < 0", SUBJECT, EXPR_UP);
    expect_sides("value < 2 or value > 3", SUBJECT, EXPR_UP | EXPR_DOWN);
    expect_sides("value == 3", SUBJECT, EXPR_UP | EXPR_DOWN);
    expect_sides("-value < -40", SUBJECT, EXPR_UP);
    expect_sides("value * -2 > 40", SUBJECT, EXPR_DOWN);
    expect_sides("100 - value < 40", SUBJECT, EXPR_UP);
    expect_sides("-3 * (2 - 4) * value > 40", SUBJECT, EXPR_UP);
    expect_sides("value / -2 < 40", SUBJECT, EXPR_UP);
    expect_sides("40 / value > 3", SUBJECT, EXPR_UP | EXPR_DOWN);
    expect_sides("value * humidity > 3", SUBJECT, EXPR_UP | EXPR_DOWN);
    expect_sides("avg(value, 24h) > 35", SUBJECT, EXPR_UP);
    expect_sides("value > 30 and temperature > humidity", SUBJECT, EXPR_UP);
    expect_sides("value > 30 and temperature > humidity", TEMPERATURE, EXPR_UP);
    expect_sides("value > 30 and temperature > humidity", HUMIDITY, EXPR_DOWN);
    expect_sides("avg(humidity, 24h) < 35", HUMIDITY, EXPR_DOWN);
    expect_sides("avg(value, 24h) * humidity < 35", SUBJECT, EXPR_UP | EXPR_DOWN);
    expect_sides("value - min(value, 24h) >= 5", SUBJECT, EXPR_UP);
    expect_sides("max(value, 24h) - value >= 5", SUBJECT, EXPR_DOWN);
    expect_sides("value < 3 and avg(value, 24h) > 5", SUBJECT, EXPR_UP | EXPR_DOWN);
    expect_sides("age(value) > 60", SUBJECT, 0);
    expect_sides("value > 30", HUMIDITY, 0);
}

static void what_asks_for_more_has_no_such_range(void **state)
{
    (void) state;
    const char *const texts[] = {"temperature > 40",
                                 "value > temperature",
                                 "value > 40 and temperature > 3",
                                 "avg(value, 24h) > 35",
                                 "age(value) > 60",
                                 "value * 2 > 80",
                                 "-value < 2",
                                 "not value < 40",
                                 "value == 1",
                                 "value < 40 or value > 30",
                                 "1 > 2"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct expr_range range;
        assert_false(expr_false_range(compiled(texts[i]), VALUE, &range));
    }
}

static void only_windows_and_ages_change_by_time_alone(void **state)
{
    (void) state;
    assert_false(expr_is_timed(compiled("value > 40 and temperature > 3")));
    assert_true(expr_is_timed(compiled("value > 40 and avg(temperature, 24h) > 3")));
    assert_true(expr_is_timed(compiled("age(value) > 60 or value > 3")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_compare),
        cmocka_unit_test(arithmetic_binds_as_in_school),
        cmocka_unit_test(logic_binds_not_and_or),
        cmocka_unit_test(unknown_follows_kleene),
        cmocka_unit_test(what_cannot_be_calculated_is_unknown),
        cmocka_unit_test(windows_answer_by_name_and_span),
        cmocka_unit_test(a_window_covered_too_little_is_unknown),
        cmocka_unit_test(an_age_is_known_once_a_sample_was_seen),
        cmocka_unit_test(a_mistake_is_told_with_its_column),
        cmocka_unit_test(numbers_and_comparisons_are_not_confused),
        cmocka_unit_test(what_people_write_instead_is_answered_with_the_right_word),
        cmocka_unit_test(functions_are_told_how_they_are_written),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(a_plain_limit_is_found),
        cmocka_unit_test(what_is_no_plain_limit_is_not_taken_for_one),
        cmocka_unit_test(where_a_value_is_known_to_be_fine),
        cmocka_unit_test(a_limit_is_on_the_side_where_it_is_passed),
        cmocka_unit_test(what_asks_for_more_has_no_such_range),
        cmocka_unit_test(only_windows_and_ages_change_by_time_alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
