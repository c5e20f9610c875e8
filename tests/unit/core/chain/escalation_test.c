#include "gateway/core/chain/escalation.h"

#include <string.h>

#include "gateway/core/chain/roster.h"
#include "tests/scenarios/player/town.h"
#include "tests/unit/expect.h"

static void a_level_without_a_time_takes_that_of_the_nearest_below(void **state)
{
    (void) state;
    struct policy policy = {0};
    policy.escalation[SEVERITY_MINOR].silence_ms[0] = 5000;
    policy.escalation[SEVERITY_MINOR].silence_ms[2] = 9000;
    assert_true(escalation_silence(&policy, SEVERITY_MINOR, 0) == 5000);
    assert_true(escalation_silence(&policy, SEVERITY_MINOR, 1) == 5000);
    assert_true(escalation_silence(&policy, SEVERITY_MINOR, 2) == 9000);
    policy.escalation[SEVERITY_MINOR].silence_ms[0] = 0;
    assert_true(escalation_silence(&policy, SEVERITY_MINOR, 0) == 9000);
}

static void without_any_time_it_is_ten_minutes(void **state)
{
    (void) state;
    struct policy policy = {0};
    assert_true(escalation_silence(&policy, SEVERITY_MAJOR, 1) == 10 * MS_PER_MINUTE);
}

/* Who stands in a chain: level and phone. */
static void add(struct incident *incident, int8_t level, const char *id, const char *phone)
{
    struct chain_member *member = &incident->member[incident->member_count++];
    member->level = level;
    (void) snprintf(member->id, sizeof member->id, "%s", id);
    (void) snprintf(member->name, sizeof member->name, "%s", id);
    (void) snprintf(member->phone, sizeof member->phone, "%s", phone);
}

static void levels_without_people_are_skipped(void **state)
{
    (void) state;
    struct incident incident = {0};
    assert_int_equal(roster_first_level(&incident, 2), -1);
    add(&incident, LEVEL_CONTACT, "owner", "+1");
    assert_int_equal(roster_first_level(&incident, 2), -1);
    add(&incident, 1, "li", "+2");
    add(&incident, 3, "zhao", "+3");
    assert_int_equal(roster_first_level(&incident, 0), 1); /* nobody below: who is there */
    assert_int_equal(roster_first_level(&incident, 2), 1);
    assert_int_equal(roster_first_level(&incident, 3), 3);
    assert_int_equal(roster_next_level(&incident, 1), 3);
    assert_int_equal(roster_next_level(&incident, 3), -1);
}

static void one_phone_is_marked_once_at_its_highest_level(void **state)
{
    (void) state;
    struct incident incident = {0};
    add(&incident, LEVEL_CONTACT, "chen", "+1");
    add(&incident, 0, "chen", "+1");
    add(&incident, 0, "wang", "+2");
    add(&incident, 1, "mei", "+2");
    bool told[CHAIN_MAX];
    assert_int_equal(roster_mark(&incident, LEVEL_CONTACT, 1, told), 2);
    assert_true(!told[0] && told[1] && !told[2] && told[3]);
    bool silent[CHAIN_MAX];
    assert_int_equal(roster_mark(&incident, 0, 0, silent), 2);
    roster_unmark(&incident, told, silent);
    assert_true(!silent[1] && !silent[2]);
}

static void the_chain_climbs_to_the_top_and_knows_its_people(void **state)
{
    (void) state;
    struct town *town = town_new();
    town_add_person(town, "zhao", "赵某", "13800000001");
    town_add_person(town, "li", "李某", "13800000002");
    town_add_person(town, "wang", "王某", "13800000003");
    town_add_area(town, "t", "town", "镇", "");
    town_add_area(town, "v", "village", "村", "t");
    town_add_area(town, "g", "grid", "网格", "v");
    town_add_duty(town, "t", "zhao");
    town_add_duty(town, "v", "li");
    town_add_duty(town, "g", "wang");
    town_add_duty(town, "g", "li");
    town_add_site(town, "s", "库", "g");
    town_add_contact(town, "s", "wang");
    struct incident incident = {0};
    roster_fill(&town->policy, 0, &incident);
    assert_int_equal(incident.member_count, 5);
    assert_int_equal(incident.member[0].level, LEVEL_CONTACT);
    assert_string_equal(incident.member[4].id, "zhao");
    assert_string_equal(incident.member[4].phone, "+8613800000001");
    char who[WHO_MAX];
    roster_who(&town->policy, &incident, 0, who);
    assert_string_equal(who, "网格王某等2人");
    roster_fill(&town->policy, -1, &incident);
    assert_int_equal(incident.member_count, 1); /* of the topmost area */
    assert_string_equal(incident.member[0].id, "zhao");
    town->area[0].parent = 2; /* a ring ends too */
    roster_fill(&town->policy, 0, &incident);
    assert_int_equal(incident.member_count, 5);
    town_free(town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_level_without_a_time_takes_that_of_the_nearest_below),
        cmocka_unit_test(without_any_time_it_is_ten_minutes),
        cmocka_unit_test(levels_without_people_are_skipped),
        cmocka_unit_test(one_phone_is_marked_once_at_its_highest_level),
        cmocka_unit_test(the_chain_climbs_to_the_top_and_knows_its_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
