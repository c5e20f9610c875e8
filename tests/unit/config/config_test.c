#include "config/config.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "config/schema/schema.h"
#include "gateway/io/system/file.h"
#include "tests/unit/config/config_fixture.h"

enum { LINES_BYTES = 256 * 1024 };

/* One folder of tests/golden: its lines must be huoyan.err exactly, and only a folder *_good_* is
 * accepted. */
static void try_golden(const char *name)
{
    static char lines[LINES_BYTES];
    char path[PATH_BYTES];
    (void) snprintf(path, sizeof path, "tests/golden/%s", name);
    const struct config *config = NULL;
    bool is_good = config_read(arena, path, &problems, &config);
    struct text text = text_over(lines, sizeof lines);
    for (int32_t i = 0; i < problems.count; i++) {
        text_add(&text, "%s\n", problems.item[i].text);
    }
    (void) snprintf(path, sizeof path, "tests/golden/%s/huoyan.err", name);
    char *expected = NULL;
    assert_true(file_read(path, JSON_BYTES_MAX, &expected, NULL, NULL));
    if (strcmp(lines, expected) != 0) {
        fail_msg("%s: it says\n%sexpected was\n%s", name, lines, expected);
    }
    assert_int_equal(is_good, strstr(name, "_good_") != NULL);
    free(expected);
}

static void every_golden_config_says_exactly_its_lines(void **state)
{
    (void) state;
    struct reader *reader = reader_new(arena, "tests/golden", &problems);
    const char *names[CONFIG_FILES_MAX];
    int32_t count = reader_glob(reader, "*", names, CONFIG_FILES_MAX);
    for (int32_t i = 0; i < count; i++) {
        try_golden(names[i]);
    }
    assert_true(count >= 18);
}

static void the_town_becomes_a_policy(void **state)
{
    (void) state;
    const struct config *config = read_good("config/examples/lidu");
    assert_int_equal(problems.count, 0);
    const struct policy *policy = config->policy;
    assert_string_equal(policy->gateway_id, "lidu-1");
    assert_string_equal(policy->signature, "李渡应急");
    assert_int_equal(zone_civil(&policy->zone, 0).offset, 8 * MS_PER_HOUR);
    assert_int_equal(policy->level_count, 3);
    assert_string_equal(policy->level_name[1], "村");
    assert_int_equal(policy->site_count, 3);
    assert_int_equal(policy->device_count, 6);
    assert_int_equal(policy->point_count, 10);

    int32_t found = policy_find_point(policy, "w3/th1/temperature");
    assert_true(found >= 0);
    const struct policy_point *point = &policy->point[found];
    assert_string_equal(point->name, "东墙温湿度");
    assert_string_equal(point->unit, "degC");
    assert_int_equal(point->poll_ms, 5000);
    assert_int_equal(point->silent_after_ms, 60000);
    assert_string_equal(policy->site[point->site].name, "3号库");
    const struct policy_area *area = &policy->area[policy->site[point->site].area];
    assert_int_equal(area->level, 0);
    assert_int_equal(area->duty_count, 2);
    assert_string_equal(policy->person[area->duty[0]].id, "wang");
    assert_string_equal(policy->person[area->duty[0]].phone, "+8613800000001");
    assert_int_equal(policy->area[policy->area[area->parent].parent].level, 2);
    assert_int_equal(policy->area[policy->area[area->parent].parent].parent, -1);
    found = policy_find_point(policy, "r5/th1/humidity");
    assert_int_equal(policy->point[found].silent_after_ms, 180000);
}

static void expect_danger(const struct link_danger *danger, double above, double below)
{
    assert_true(!islessgreater(danger->above, above));
    assert_true(!islessgreater(danger->below, below));
}

static void a_point_is_what_the_config_makes_of_it(void **state)
{
    (void) state;
    const struct config *config = read_good("config/examples/lidu");
    const struct policy *policy = config->policy;
    int32_t found = policy_find_point(policy, "w3/d2/distance");
    assert_string_equal(policy->point[found].quantity, "height");
    const struct link_settings *bus = &config->link[0];
    assert_int_equal(bus->kind, LINK_RTU);
    assert_string_equal(bus->address, "/dev/ttyUSB0");
    assert_int_equal(bus->baud, 9600);
    assert_int_equal(bus->parity, 'N');
    assert_int_equal(bus->device_count, 4);
    const struct link_device *ranger = &bus->device[3];
    assert_string_equal(ranger->id, "w3/d2");
    assert_int_equal(ranger->unit, 12);
    assert_int_equal(ranger->poll_ms, 2000);
    assert_int_equal(ranger->first_point, found);
    expect_near(ranger->calibration[0].scale, -1, 0);
    expect_near(ranger->calibration[0].offset, 4.2, 0);
    expect_near(bus->device[0].calibration[0].offset, -0.3, 0);
    expect_danger(&ranger->danger[0], -HUGE_VAL, -HUGE_VAL); /* of the height that it was made */
    expect_danger(&bus->device[0].danger[0], -HUGE_VAL,
                  -20); /* a rise has no limit, frost has one */
    expect_danger(&bus->device[0].danger[1], -HUGE_VAL, 50); /* dry; damp counts over a day too */
    const struct link_settings *tcp = &config->link[1];
    assert_int_equal(tcp->kind, LINK_TCP);
    assert_string_equal(tcp->address, "192.0.2.10");
    assert_int_equal(tcp->port, 502);
    assert_int_equal(tcp->device_count, 2);
}

static const struct link_device *find_on(const struct link_settings *link, const char *device)
{
    for (int32_t i = 0; i < link->device_count; i++) {
        if (strcmp(link->device[i].id, device) == 0) {
            return &link->device[i];
        }
    }
    return NULL;
}

static const struct link_danger *danger_of(const struct config *config, const char *device)
{
    const struct link_device *found = NULL;
    for (int32_t i = 0; i < config->link_count && found == NULL; i++) {
        found = find_on(&config->link[i], device);
    }
    assert_non_null(found);
    return found != NULL ? found->danger
                         : NULL; /* the analyser does not know that it has ended there */
}

static void danger_lies_where_the_rules_look(void **state)
{
    (void) state;
    const struct config *config = read_good("config/examples/lidu");
    const struct link_danger *shop = danger_of(config, "r5/th1");
    expect_danger(&shop[0], -HUGE_VAL, -HUGE_VAL); /* no rule for frost in a shop */
    expect_danger(&shop[1], -HUGE_VAL, -HUGE_VAL); /* damp alone, though humidity has two sides */
    config = read_good("tests/golden/03_good_busy_bus");
    const struct link_danger *ranger = config->link[0].device[0].danger;
    expect_danger(&ranger[0], HUGE_VAL, HUGE_VAL); /* too near */
}

static void a_point_that_is_read_seldom_is_not_silent_meanwhile(void **state)
{
    (void) state;
    const struct policy *policy = read_good("tests/golden/07_good_slow_block")->policy;
    static const struct {
        const char *id;
        ms_t poll_ms, silent_after_ms;
    } points[] = {{"w3/th1/temperature", 5000, 60000},
                  {"w3/th1/humidity", 300000, 900000},
                  {"w3/th2/temperature", 5000, 20000},
                  {"w3/th2/humidity", 300000, 900000}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        int32_t found = policy_find_point(policy, points[i].id);
        assert_true(found >= 0);
        assert_int_equal(policy->point[found].poll_ms, points[i].poll_ms);
        assert_int_equal(policy->point[found].silent_after_ms, points[i].silent_after_ms);
    }
}

static void settings_reach_every_module(void **state)
{
    (void) state;
    const struct config *config = read_good("config/examples/lidu");
    assert_string_equal(config->listen, "127.0.0.1:8080");
    assert_string_equal(config->language, "zh-CN");
    assert_string_equal(config->data_dir, "/var/lib/huoyan");
    assert_int_equal(config->store_count, 1);
    assert_string_equal(config->store[0].url, "http://127.0.0.1:8086");
    assert_string_equal(config->store[0].database, "huoyan");
    assert_int_equal(config->sms.driver, SMS_SMSD);
    assert_string_equal(config->sms.outgoing, "/var/spool/sms/outgoing");
    assert_string_equal(config->sms.temp, "/var/spool/sms/sms.temp");
    assert_string_equal(config->sms.prefix, "lidu-1");
    assert_int_equal(config->sms.reply_fd, -1);
    assert_int_equal(config->history_keep_ms, 400 * MS_PER_DAY);
    assert_int_equal(config->history_bytes_max, INT64_C(4) << 30);
    config = read_good("config/examples/minimal");
    assert_int_equal(config->sms.driver, SMS_CONSOLE);
    assert_string_equal(config->data_dir, "config/examples/minimal/data"); /* a relative one */
}

static void a_slash_behind_outgoing_does_not_put_temporary_files_into_it(void **state)
{
    (void) state;
    const struct config *config = NULL;
    assert_true(read_text("{\"gateway\": {\"id\": \"g\", \"name\": \"g\"},"
                          " \"sms\": {\"driver\": \"smsd\", \"outgoing\": \"/spool/out//\"}}",
                          &config));
    assert_string_equal(config->sms.temp, "/spool/sms.temp");
}

static ms_t default_span(const char *path, const char *key)
{
    return schema_span(schema_view(path, NULL), key);
}

static void missing_clocks_take_their_defaults(void **state)
{
    (void) state;
    const struct policy *policy = read_good("config/examples/minimal")->policy;
    assert_int_equal(policy->group_wait_ms, 15000);
    assert_int_equal(policy->settle_ms, 60000);
    const struct policy_escalation *critical = &policy->escalation[SEVERITY_CRITICAL];
    assert_int_equal(critical->tell, 1);
    assert_int_equal(critical->silence_ms[0], 5 * MS_PER_MINUTE);
    assert_int_equal(critical->silence_ms[2], 10 * MS_PER_MINUTE);
    assert_int_equal(critical->repeat_ms, 2 * MS_PER_MINUTE);
    assert_int_equal(default_span("/escalation/critical", "reinspect"), MS_PER_DAY);
    const struct policy_escalation *minor = &policy->escalation[SEVERITY_MINOR];
    assert_int_equal(minor->tell, 0);
    assert_int_equal(minor->silence_ms[0], 30 * MS_PER_MINUTE);
    assert_int_equal(minor->silence_ms[1], 90 * MS_PER_MINUTE);
    assert_int_equal(default_span("/escalation/minor", "rectify"), MS_PER_DAY);
    assert_int_equal(default_span("/escalation/notice", "reinspect"), 15 * MS_PER_DAY);
}

static char *printed(const struct config *config)
{
    struct text text = text_growing(JSON_BYTES_MAX);
    config_print(config, &text);
    assert_false(text.is_cut);
    return text.bytes;
}

/* Under the address sanitizer: nothing of it may lie in the trees. */
static void what_runs_needs_no_trees(void **state)
{
    (void) state;
    const struct config *config = read_good("config/examples/lidu");
    size_t with_trees = arena_used(arena);
    struct arena *apart = arena_new();
    const struct config *lean = NULL;
    assert_true(config_read_to_run(apart, "config/examples/lidu", &problems, &lean));
    assert_null(lean->source);
    for (int32_t i = 0; i < config->link_count; i++) {
        assert_string_equal(lean->link[i].id, config->link[i].id);
    }
    const struct policy *policy = lean->policy;
    assert_int_equal(policy->rule_count, config->policy->rule_count);
    for (int32_t i = 0; i < policy->rule_count; i++) {
        assert_string_equal(policy->rule[i].when_text, config->policy->rule[i].when_text);
    }
    for (int32_t i = 0; i < policy->point_count; i++) {
        assert_string_equal(policy->point[i].id, config->policy->point[i].id);
        assert_string_equal(policy->point[i].name, config->policy->point[i].name);
    }
    for (int32_t i = 0; i < policy->person_count; i++) {
        assert_string_equal(policy->person[i].name, config->policy->person[i].name);
    }
    assert_true(arena_used(apart) < with_trees);
    arena_free(apart);
}

static void what_is_printed_can_be_read_again(void **state)
{
    (void) state;
    const struct config *config = read_good("config/examples/lidu");
    char *first = printed(config);
    assert_non_null(strstr(first, "\"silent_after\": \"1m\""));
    assert_non_null(strstr(first, "\"temp\": \"/var/spool/sms/sms.temp\""));
    assert_null(strstr(first, "rectify")); /* it has no effect: nobody may rely on it */
    const struct config *again = NULL;
    bool is_good = read_text(first, &again);
    if (!is_good) {
        print_problems();
    }
    assert_true(is_good);
    assert_int_equal(again->policy->judgement_count, config->policy->judgement_count);
    assert_int_equal(again->policy->escalation[SEVERITY_NOTICE].silence_ms[1],
                     config->policy->escalation[SEVERITY_NOTICE].silence_ms[1]);
    char *second = printed(again);
    const struct config *third = NULL;
    assert_true(read_text(second, &third));
    char *last = printed(third);
    assert_string_equal(second, last);
    free(first);
    free(second);
    free(last);
}

static void what_is_printed_has_nothing_without_effect(void **state)
{
    (void) state;
    char *text = printed(read_good("config/examples/minimal"));
    assert_null(strstr(text, "outgoing")); /* the driver is console */
    const struct config *again = NULL;
    assert_true(read_text(text, &again));
    print_problems();
    assert_int_equal(problems.count, 0);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_golden_config_says_exactly_its_lines, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_town_becomes_a_policy, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_point_is_what_the_config_makes_of_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(danger_lies_where_the_rules_look, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_point_that_is_read_seldom_is_not_silent_meanwhile, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(settings_reach_every_module, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            a_slash_behind_outgoing_does_not_put_temporary_files_into_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_clocks_take_their_defaults, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_runs_needs_no_trees, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_printed_can_be_read_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_printed_has_nothing_without_effect, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
