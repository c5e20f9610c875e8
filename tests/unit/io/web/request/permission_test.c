#include "gateway/io/web/request/permission.h"

#include "tests/unit/expect.h"

static void a_button_is_shown_when_it_makes_sense(void **unused)
{
    (void) unused;
    struct permission admin = {.role = ROLE_ADMIN, .person = -1};
    struct incident incident = {.state = INCIDENT_OPEN, .condition = CONDITION_ACTIVE};
    assert_true(permission_may_now(&admin, &incident, COMMAND_ACK));
    assert_false(permission_may_now(&admin, &incident, COMMAND_ARRIVE));
    assert_false(permission_may_now(&admin, &incident, COMMAND_CLOSE));
    incident.condition = CONDITION_UNKNOWN;
    assert_false(permission_may_now(&admin, &incident, COMMAND_CLOSE));
    incident.condition = CONDITION_NORMAL;
    incident.state = INCIDENT_REINSPECT;
    assert_true(permission_may_now(&admin, &incident, COMMAND_REINSPECT));
    assert_true(permission_may_now(&admin, &incident, COMMAND_CLOSE));
    incident.state = INCIDENT_CLOSED;
    assert_false(permission_may_now(&admin, &incident, COMMAND_CLOSE));
    assert_true(permission_may_now(&admin, &incident, COMMAND_COMMENT));
    assert_false(permission_may_now(&admin, &incident, COMMAND_TEST_SMS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_button_is_shown_when_it_makes_sense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
