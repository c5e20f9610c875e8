#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/schema/schema.h"
#include "gateway/core/expr/expr.h"
#include "gateway/io/system/file.h"
#include "tests/unit/config/config_fixture.h"

static void windows_and_judgements_are_sorted_by_point(void **state)
{
    (void) state;
    const struct policy *policy = read_good("config/examples/lidu")->policy;
    assert_true(policy->window_count > 0);
    for (int32_t i = 1; i < policy->window_count; i++) {
        const struct policy_window *last = &policy->window[i - 1];
        const struct policy_window *window = &policy->window[i];
        assert_true(last->point < window->point ||
                    (last->point == window->point && last->span_ms < window->span_ms));
    }
    for (int32_t i = 1; i < policy->judgement_count; i++) {
        assert_true(policy->judgement[i - 1].point <= policy->judgement[i].point);
    }
}

static const struct policy_judgement *judgement_of(const struct policy *policy, const char *rule,
                                                   const char *point)
{
    int32_t rule_index = policy_find_rule(policy, rule);
    int32_t point_index = policy_find_point(policy, point);
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        if (policy->judgement[i].rule == rule_index && policy->judgement[i].point == point_index) {
            return &policy->judgement[i];
        }
    }
    return NULL;
}

/* A context in which every window's mean is its index, and a value its point. */
static struct window_summary own_index(const void *context, int32_t window)
{
    (void) context;
    return (struct window_summary){.mean = window, .min = window, .max = window, .coverage = 1};
}

static bool own_point(const void *context, int32_t point, double *ret_value)
{
    (void) context;
    *ret_value = point;
    return true;
}

static bool no_age(const void *context, int32_t point, double *ret_seconds)
{
    (void) context;
    (void) point;
    *ret_seconds = 0;
    return true;
}

static enum truth judge(const struct expr *expr)
{
    const struct expr_world context = {
        .min_coverage = 0.5, .value = own_point, .age = no_age, .window = own_index};
    return expr_judge(expr, &context);
}

static int32_t window_of(const struct policy *policy, const char *point, ms_t span_ms)
{
    int32_t wanted = policy_find_point(policy, point);
    for (int32_t i = 0; i < policy->window_count; i++) {
        if (policy->window[i].point == wanted && policy->window[i].span_ms == span_ms) {
            return i;
        }
    }
    return -1;
}

#define TOWN                                                                                 \
    "{\"gateway\": {\"id\": \"g\", \"name\": \"g\"}, \"sms\": {\"driver\": \"console\"},"    \
    "\"people\": [{\"id\": \"p\", \"name\": \"p\", \"phone\": \"13800000001\"}],"            \
    "\"levels\": [{\"id\": \"only\", \"name\": \"唯一\"}],"                                \
    "\"areas\": [{\"id\": \"a\", \"level\": \"only\", \"name\": \"a\", \"duty\": [\"p\"]}]," \
    "\"links\": [{\"id\": \"l\", \"type\": \"tcp\", \"host\": \"h\"}],"                      \
    "\"sites\": [{\"id\": \"s\", \"kind\": \"other\", \"name\": \"s\", \"area\": \"a\","     \
    "\"parameters\": {\"max_people\": 3}, \"devices\": ["                                    \
    "{\"id\": \"d\", \"link\": \"l\", \"unit\": 1, \"profile\": \"dyp-a02-rs485\"},"         \
    "{\"id\": \"th\", \"link\": \"l\", \"unit\": 2, \"profile\": \"xy-md02\"}]}],"

static const struct policy *town_with_rule(const char *rule)
{
    char text[4096]; /* the town and one rule */
    (void) snprintf(text, sizeof text, "%s\"rules\": [%s]}", TOWN, rule);
    const struct config *config = NULL;
    bool is_good = read_text(text, &config);
    if (!is_good) {
        print_problems();
    }
    assert_true(is_good);
    return config->policy;
}

/* In `judge` a point's value is its index; the subject itself is -1. */
static void expressions_are_bound_to_the_right_points_and_windows(void **state)
{
    (void) state;
    const struct policy *policy = town_with_rule(
        "{\"id\": \"r\", \"severity\": \"minor\", \"applies_to\": {\"quantity\": \"distance\"},"
        " \"when\": \"value == -1 and temperature == 1 and avg(humidity, 1h) == 2\","
        " \"clear\": \"avg(value, 24h) == 0 and avg(humidity, 10m) == 1 and site.max_people "
        "== 3\"}");
    assert_int_equal(policy->window_count, 3);
    assert_int_equal(window_of(policy, "s/d/distance", MS_PER_DAY), 0);
    assert_int_equal(window_of(policy, "s/th/humidity", 10 * MS_PER_MINUTE), 1);
    assert_int_equal(window_of(policy, "s/th/humidity", MS_PER_HOUR), 2);
    const struct policy_judgement *judgement = judgement_of(policy, "r", "s/d/distance");
    assert_non_null(judgement);
    assert_int_equal(judge(judgement->when), TRUTH_TRUE);
    assert_int_equal(judge(judgement->clear), TRUTH_TRUE);
}

static void points_share_what_is_the_same_in_a_rule(void **state)
{
    (void) state;
    const struct policy *policy =
        town_with_rule("{\"id\": \"r\", \"severity\": \"minor\","
                       " \"applies_to\": {\"points\": [\"s/th/temperature\", \"s/th/humidity\"]},"
                       " \"when\": \"value > 40\", \"clear\": \"max(value, 1h) < 40\"}");
    const struct policy_judgement *one = judgement_of(policy, "r", "s/th/temperature");
    const struct policy_judgement *other = judgement_of(policy, "r", "s/th/humidity");
    assert_ptr_equal(one->when, other->when);
    assert_ptr_not_equal(one->clear, other->clear); /* each has its own window */
    assert_int_equal(one->limit_point, one->point);
    assert_int_equal(other->limit_point, other->point);
}

static void a_plain_limit_is_found_for_curves(void **state)
{
    (void) state;
    const struct policy *policy = read_good("config/examples/lidu")->policy;
    const struct policy_judgement *judgement = judgement_of(policy, "wh-t-2", "w3/th2/temperature");
    assert_non_null(judgement);
    assert_true(judgement->has_limit);
    assert_true(judgement->is_upper);
    expect_near(judgement->limit, 40, 0);
    assert_int_equal(judgement->limit_point, judgement->point);
    judgement = judgement_of(policy, "wh-s-1", "w3/d1/distance");
    assert_false(judgement->is_upper);
    assert_null(judgement_of(policy, "wh-t-2", "p1/th1/temperature"));
}

static void other_levels_take_the_defaults_by_position(void **state)
{
    (void) state;
    const struct policy *policy = town_with_rule(
        "{\"id\": \"r\", \"severity\": \"minor\", \"applies_to\": {\"quantity\": \"distance\"},"
        " \"when\": \"value < 1\"}");
    assert_int_equal(policy->level_count, 1);
    assert_int_equal(policy->escalation[SEVERITY_CRITICAL].tell, 0);
    assert_int_equal(policy->escalation[SEVERITY_MAJOR].silence_ms[0], 10 * MS_PER_MINUTE);
    assert_string_equal(policy->signature, "g");
}

static void the_examples_carry_the_rule_packs(void **state)
{
    (void) state;
    static const char *const names[] = {"warehouse-climate", "warehouse-spacing",
                                        "warehouse-height", "workshop-climate", "retail-climate"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[PATH_BYTES];
        char *pack = NULL;
        char *copy = NULL;
        (void) snprintf(path, sizeof path, "config/rules/%s.json", names[i]);
        assert_true(file_read(path, JSON_BYTES_MAX, &pack, NULL, NULL));
        (void) snprintf(path, sizeof path, "config/examples/lidu/rules/%s.json", names[i]);
        assert_true(file_read(path, JSON_BYTES_MAX, &copy, NULL, NULL));
        assert_string_equal(pack, copy);
        free(pack);
        free(copy);
    }
}

/* Every shipped rule has a basis, and none that nobody read in the official text is called law. */
static void no_shipped_rule_claims_to_be_law(void **state)
{
    (void) state;
    struct reader *reader = reader_new(arena, "config/rules", &problems);
    const char *names[CONFIG_FILES_MAX];
    int32_t count = reader_glob(reader, "*.json", names, CONFIG_FILES_MAX);
    assert_true(count >= 8);
    for (int32_t i = 0; i < count; i++) {
        char *bytes = NULL;
        size_t length = 0;
        const char *path = reader_path(reader, names[i]);
        assert_true(file_read(path, JSON_BYTES_MAX, &bytes, &length, NULL));
        reader_add_text(reader, names[i], bytes, length);
        free(bytes);
        schema_check(reader, reader->file[i].root);
    }
    print_problems();
    assert_int_equal(problems.count, 0);
    struct reader_items rules = reader_items(reader, "rules");
    for (int32_t i = 0; i < rules.count; i++) {
        const char *certainty = json_string(json_find(rules.item[i], "basis"), "certainty", "law");
        assert_string_not_equal(certainty, "law");
    }
}

static void a_thousand_mistakes_are_counted_and_cut(void **state)
{
    (void) state;
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    (void) fprintf(to, "%s\"rules\": [", TOWN);
    for (int i = 0; i < RULES_MAX; i++) {
        (void) fprintf(to,
                       "%s{\"id\": \"r%d\", \"severity\": \"minor\", \"applies_to\": "
                       "{\"sites\": [\"t\"]}, \"when\": \"value > 1\", \"hold\": \"x\"}",
                       i == 0 ? "" : ",", i);
    }
    (void) fputs("]}", to);
    assert_int_equal(fclose(to), 0);
    const struct config *config = NULL;
    assert_false(read_text(text, &config));
    assert_null(config);
    assert_int_equal(problems.error_count, 2 * RULES_MAX);
    assert_int_equal(problems.count, CONFIG_PROBLEMS_MAX);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(windows_and_judgements_are_sorted_by_point, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(expressions_are_bound_to_the_right_points_and_windows,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(points_share_what_is_the_same_in_a_rule, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_plain_limit_is_found_for_curves, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_levels_take_the_defaults_by_position, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_examples_carry_the_rule_packs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_shipped_rule_claims_to_be_law, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_thousand_mistakes_are_counted_and_cut, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
