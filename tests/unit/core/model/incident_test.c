#include "gateway/core/model/incident.h"

#include "tests/unit/expect.h"

enum { ACK, ARRIVE, RECTIFY, CLAIM, CLOSE, REOPEN, ARROWS };

static bool shoot(int arrow, struct incident *incident)
{
    switch (arrow) {
    case ACK:
        return incident_acknowledge(incident, "wang", 5);
    case ARRIVE:
        return incident_arrive(incident);
    case RECTIFY:
        return incident_rectify(incident, "wang", 5);
    case CLAIM:
        return incident_claim_false(incident, "wang", 5);
    case CLOSE:
        return incident_close(incident, 5);
    default:
        return incident_reopen(incident);
    }
}

static void only_the_arrows_of_the_diagram_exist(void **state)
{
    (void) state;
    /* By state and arrow: where it leads, -1 nowhere. */
    static const int to[INCIDENT_STATE_COUNT][ARROWS] = {
        [INCIDENT_OPEN] = {INCIDENT_ACKED, -1, INCIDENT_REINSPECT, INCIDENT_FALSE_CLAIM,
                           INCIDENT_CLOSED, -1},
        [INCIDENT_ACKED] = {-1, INCIDENT_RECTIFYING, INCIDENT_REINSPECT, INCIDENT_FALSE_CLAIM,
                            INCIDENT_CLOSED, -1},
        [INCIDENT_RECTIFYING] = {-1, -1, INCIDENT_REINSPECT, -1, INCIDENT_CLOSED, INCIDENT_OPEN},
        [INCIDENT_REINSPECT] = {-1, -1, -1, -1, INCIDENT_CLOSED, INCIDENT_OPEN},
        [INCIDENT_FALSE_CLAIM] = {INCIDENT_ACKED, -1, -1, -1, INCIDENT_CLOSED, INCIDENT_OPEN},
        [INCIDENT_CLOSED] = {-1, -1, -1, -1, -1, -1},
    };
    for (int from = 0; from < INCIDENT_STATE_COUNT; from++) {
        for (int arrow = 0; arrow < ARROWS; arrow++) {
            struct incident incident = {.state = (enum incident_state) from};
            bool is_possible = to[from][arrow] >= 0;
            assert_int_equal(shoot(arrow, &incident), is_possible);
            assert_int_equal(incident.state, is_possible ? to[from][arrow] : from);
        }
    }
}

static void nobody_closes_what_is_not_normal(void **state)
{
    (void) state;
    struct incident incident = {.condition = CONDITION_ACTIVE};
    assert_false(incident_close(&incident, 7));
    incident.condition = CONDITION_UNKNOWN;
    assert_false(incident_close(&incident, 7));
    incident.condition = CONDITION_NORMAL;
    assert_true(incident_close(&incident, 7));
    assert_int_equal(incident.closed_at, 7);
}

static void who_answers_first_is_written_down(void **state)
{
    (void) state;
    struct incident incident = {0};
    assert_true(incident_acknowledge(&incident, "wang", 3));
    assert_true(incident_rectify(&incident, "li", 4));
    assert_string_equal(incident.acked_by, "wang");
    assert_int_equal(incident.acked_at, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_arrows_of_the_diagram_exist),
        cmocka_unit_test(nobody_closes_what_is_not_normal),
        cmocka_unit_test(who_answers_first_is_written_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
