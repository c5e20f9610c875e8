#include "gateway/core/chain/roster.h"

#include <string.h>

#include "tests/unit/expect.h"

/* wang is contact and on duty; wang and li share a phone; zhao has the next level. */
static struct incident chain(void)
{
    return (struct incident){
        .member_count = 4,
        .member = {{.level = LEVEL_CONTACT, .id = "wang", .phone = "+1", .name = "王某"},
                   {.level = 0, .id = "wang", .phone = "+1", .name = "王某"},
                   {.level = 0, .id = "li", .phone = "+1", .name = "李某"},
                   {.level = 1, .id = "zhao", .phone = "+2", .name = "赵某"}}};
}

static void a_person_is_found_by_the_highest_level(void **state)
{
    (void) state;
    struct incident incident = chain();
    assert_int_equal(roster_find_id(&incident, "wang"), 0);
    assert_int_equal(roster_find_id(&incident, "chen"), -1);
    assert_int_equal(roster_level_of(&incident, "wang"), 0);
    assert_int_equal(roster_level_of(&incident, "zhao"), 1);
    assert_int_equal(roster_level_of(&incident, "chen"), LEVEL_CONTACT);
    assert_int_equal(roster_level_of(&incident, ""), LEVEL_CONTACT);
}

static void each_person_with_a_phone_comes_once(void **state)
{
    (void) state;
    struct incident incident = chain();
    int32_t first = roster_next_with_phone(&incident, "+1", -1);
    int32_t second = roster_next_with_phone(&incident, "+1", first);
    assert_string_equal(incident.member[first].id, "wang");
    assert_string_equal(incident.member[second].id, "li");
    assert_int_equal(roster_next_with_phone(&incident, "+1", second), -1);
    assert_int_equal(roster_next_with_phone(&incident, "+3", -1), -1);
}

static void a_call_reaches_all_who_share_the_phone(void **state)
{
    (void) state;
    struct incident incident = chain();
    assert_true(roster_set_flag(&incident, "+1", ROSTER_TOLD, true));
    assert_false(roster_set_flag(&incident, "+1", ROSTER_TOLD, true));
    assert_true(incident.member[0].was_told && incident.member[1].was_told &&
                incident.member[2].was_told);
    assert_false(incident.member[3].was_told);
    assert_true(roster_set_flag(&incident, "+1", ROSTER_TOLD, false));
    assert_false(incident.member[2].was_told);
}

static void a_recovery_goes_once_to_people_who_were_called(void **state)
{
    (void) state;
    struct incident incident = chain();
    (void) roster_set_flag(&incident, "+1", ROSTER_TOLD, true);
    bool marks[CHAIN_MAX];
    assert_int_equal(roster_mark(&incident, LEVEL_CONTACT, LEVELS_MAX, marks), 2);
    roster_unmark_untold(&incident, marks);
    assert_true(marks[2]);
    assert_false(marks[3]); /* never called */
    assert_true(roster_set_flag(&incident, "+1", ROSTER_KNOWS_RECOVERY, true));
    roster_unmark_untold(&incident, marks);
    assert_false(marks[2]);
}

static void people_of_a_level_who_share_a_phone_are_named_together(void **state)
{
    (void) state;
    struct incident incident = chain();
    char names[WHO_MAX];
    roster_names(&incident, 0, "+1", names);
    assert_string_equal(names, "王某、李某");
    roster_names(&incident, LEVEL_CONTACT, "+1", names);
    assert_string_equal(names, "王某");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_person_is_found_by_the_highest_level),
        cmocka_unit_test(each_person_with_a_phone_comes_once),
        cmocka_unit_test(a_call_reaches_all_who_share_the_phone),
        cmocka_unit_test(a_recovery_goes_once_to_people_who_were_called),
        cmocka_unit_test(people_of_a_level_who_share_a_phone_are_named_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
