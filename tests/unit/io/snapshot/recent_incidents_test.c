#include "gateway/io/snapshot/recent_incidents.h"

#include <stdio.h>

#include "tests/unit/expect.h"

static struct recent_incidents recent;

static int open_recent(void **unused)
{
    (void) unused;
    recent_incidents_open(&recent);
    return 0;
}

static int close_recent(void **unused)
{
    (void) unused;
    recent_incidents_close(&recent);
    return 0;
}

static int32_t put(int64_t id, const char *code, enum incident_state state)
{
    static struct incident incident;
    incident = (struct incident){.id = id, .state = state, .condition = CONDITION_ACTIVE};
    (void) snprintf(incident.code, sizeof incident.code, "%s", code);
    (void) snprintf(incident.rule, sizeof incident.rule, "hot");
    (void) snprintf(incident.point, sizeof incident.point, "w3/%d", (int) id);
    return recent_incidents_put(&recent, &incident);
}

static void an_incident_keeps_its_slot(void **unused)
{
    (void) unused;
    int32_t slot = put(7, "1111", INCIDENT_OPEN);
    (void) put(3, "2222", INCIDENT_OPEN);
    (void) put(9, "3333", INCIDENT_OPEN);
    assert_int_equal(put(7, "1111", INCIDENT_CLOSED), slot);
    assert_int_equal(recent.count, 3);
    assert_int_equal(recent_incidents_find(&recent, 7), slot);
    assert_int_equal(recent_incidents_find(&recent, 8), RECENT_INCIDENTS_NONE);
    assert_int_equal(recent_incidents_newest(&recent, 0)->id, 9);
    assert_int_equal(recent_incidents_newest(&recent, 2)->id, 3);
}

static void when_none_is_closed_the_oldest_goes(void **unused)
{
    (void) unused;
    for (int64_t id = 1; id <= RECENT_INCIDENTS_MAX; id++) {
        (void) put(id, "", INCIDENT_OPEN);
    }
    (void) put(RECENT_INCIDENTS_MAX + 1, "", INCIDENT_OPEN);
    assert_int_equal(recent.count, RECENT_INCIDENTS_MAX);
    assert_int_equal(recent_incidents_find(&recent, 1), RECENT_INCIDENTS_NONE);
    assert_int_not_equal(recent_incidents_find(&recent, 2), RECENT_INCIDENTS_NONE);
    assert_int_equal(recent_incidents_newest(&recent, 0)->id, RECENT_INCIDENTS_MAX + 1);
}

static void a_code_means_the_open_incident_and_else_the_newest(void **unused)
{
    (void) unused;
    (void) put(1, "1111", INCIDENT_CLOSED);
    int32_t newest = put(2, "1111", INCIDENT_CLOSED);
    assert_int_equal(recent_incidents_find_code(&recent, "1111"), newest);
    int32_t open = put(1, "1111", INCIDENT_OPEN);
    assert_int_equal(recent_incidents_find_code(&recent, "1111"), open);
    assert_int_equal(recent_incidents_find_code(&recent, "9999"), RECENT_INCIDENTS_NONE);
}

static void a_closed_incident_is_not_raised(void **unused)
{
    (void) unused;
    (void) put(1, "", INCIDENT_OPEN);
    assert_true(recent_incidents_is_raised(&recent, "hot", "w3/1"));
    assert_false(recent_incidents_is_raised(&recent, "hot", "w3/2"));
    assert_false(recent_incidents_is_raised(&recent, "wet", "w3/1"));
    (void) put(1, "", INCIDENT_CLOSED);
    assert_false(recent_incidents_is_raised(&recent, "hot", "w3/1"));
}

#define OPENED(test) cmocka_unit_test_setup_teardown(test, open_recent, close_recent)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OPENED(an_incident_keeps_its_slot),
        OPENED(when_none_is_closed_the_oldest_goes),
        OPENED(a_code_means_the_open_incident_and_else_the_newest),
        OPENED(a_closed_incident_is_not_raised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
