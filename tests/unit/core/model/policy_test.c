#include "gateway/core/model/policy.h"

#include "tests/unit/expect.h"

/* Two sites whose ids begin alike, with devices and keys that do so too. */
static const struct policy_site sites[] = {
    {.id = "w3", .first_device = 0, .device_count = 2},
    {.id = "w", .first_device = 2, .device_count = 1},
    {.id = "empty", .first_device = 3, .device_count = 0},
};
static const struct policy_device devices[] = {
    {.id = "th1", .site = 0, .first_point = 0, .point_count = 2},
    {.id = "th", .site = 0, .first_point = 2, .point_count = 1},
    {.id = "th1", .site = 1, .first_point = 3, .point_count = 1},
};
static const struct policy_point points[] = {
    {.id = "w3/th1/temperature", .device = 0, .site = 0},
    {.id = "w3/th1/humidity", .device = 0, .site = 0},
    {.id = "w3/th/temperature", .device = 1, .site = 0},
    {.id = "w/th1/temperature", .device = 2, .site = 1},
};
static const struct policy_person people[] = {{.id = "wang"}, {.id = "li"}};
static const struct policy_rule rules[] = {{.id = "hot"}, {.id = "hot-2"}};

static const struct policy policy = {
    .site_count = 3,
    .site = sites,
    .device_count = 3,
    .device = devices,
    .point_count = 4,
    .point = points,
    .person_count = 2,
    .person = people,
    .rule_count = 2,
    .rule = rules,
};

static void each_point_is_found_by_its_id(void **state)
{
    (void) state;
    for (int32_t i = 0; i < policy.point_count; i++) {
        assert_int_equal(policy_find_point(&policy, points[i].id), i);
    }
}

static void what_is_not_there_is_not_found(void **state)
{
    (void) state;
    static const char *const unknown[] = {"",
                                          "/",
                                          "//",
                                          "w3",
                                          "w3/",
                                          "w3/th1",
                                          "w3/th1/",
                                          "w3/th1/temp",
                                          "w3/th1/temperature/",
                                          "w3/th1/temperature2",
                                          "w/th/temperature",
                                          "w33/th1/temperature",
                                          "empty/th1/temperature",
                                          " w3/th1/temperature"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        assert_int_equal(policy_find_point(&policy, unknown[i]), -1);
    }
}

static void sites_people_and_rules_are_found_by_whole_ids(void **state)
{
    (void) state;
    assert_int_equal(policy_find_site(&policy, "w3"), 0);
    assert_int_equal(policy_find_site(&policy, "w"), 1);
    assert_int_equal(policy_find_site(&policy, "w33"), -1);
    assert_int_equal(policy_find_site(&policy, ""), -1);
    assert_int_equal(policy_find_person(&policy, "li"), 1);
    assert_int_equal(policy_find_person(&policy, "l"), -1);
    assert_int_equal(policy_find_rule(&policy, "hot-2"), 1);
    assert_int_equal(policy_find_rule(&policy, "hot"), 0);
    assert_int_equal(policy_find_rule(&policy, "cold"), -1);
}

static void an_empty_policy_holds_nothing(void **state)
{
    (void) state;
    static const struct policy empty = {.gateway_id = "x"};
    assert_int_equal(policy_find_point(&empty, "w3/th1/temperature"), -1);
    assert_int_equal(policy_find_site(&empty, "w3"), -1);
    assert_int_equal(policy_find_person(&empty, "wang"), -1);
    assert_int_equal(policy_find_rule(&empty, "hot"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_point_is_found_by_its_id),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(sites_people_and_rules_are_found_by_whole_ids),
        cmocka_unit_test(an_empty_policy_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
