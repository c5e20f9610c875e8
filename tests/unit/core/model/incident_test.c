#include "gateway/core/model/incident.h"

#include "tests/unit/expect.h"

static void only_the_arrows_of_the_diagram_exist(void **state)
{
    (void) state;
    /* By state and move: where it leads, -1 nowhere. */
    static const int to[INCIDENT_STATE_COUNT][MOVE_COUNT] = {
        [INCIDENT_OPEN] = {INCIDENT_ACKED, -1, INCIDENT_REINSPECT, INCIDENT_FALSE_CLAIM, -1, -1,
                           INCIDENT_CLOSED, -1},
        [INCIDENT_ACKED] = {-1, INCIDENT_RECTIFYING, INCIDENT_REINSPECT, INCIDENT_FALSE_CLAIM, -1,
                            -1, INCIDENT_CLOSED, -1},
        [INCIDENT_RECTIFYING] = {-1, -1, INCIDENT_REINSPECT, -1, -1, -1, INCIDENT_CLOSED,
                                 INCIDENT_OPEN},
        [INCIDENT_REINSPECT] = {-1, -1, -1, -1, -1, INCIDENT_REINSPECT, INCIDENT_CLOSED,
                                INCIDENT_OPEN},
        [INCIDENT_FALSE_CLAIM] = {INCIDENT_ACKED, -1, -1, -1, INCIDENT_FALSE_CLAIM,
                                  INCIDENT_FALSE_CLAIM, INCIDENT_CLOSED, INCIDENT_OPEN},
        [INCIDENT_CLOSED] = {-1, -1, -1, -1, -1, -1, -1, -1},
    };
    for (int from = 0; from < INCIDENT_STATE_COUNT; from++) {
        for (int move = 0; move < MOVE_COUNT; move++) {
            struct incident incident = {.state = (enum incident_state) from};
            bool is_possible = to[from][move] >= 0;
            assert_int_equal(incident_move(&incident, (enum incident_move) move, "wang", 5),
                             is_possible);
            assert_int_equal(incident.state, is_possible ? to[from][move] : from);
        }
    }
}

static void nobody_closes_what_is_not_normal(void **state)
{
    (void) state;
    struct incident incident = {.condition = CONDITION_ACTIVE};
    assert_false(incident_move(&incident, MOVE_CLOSE, "wang", 7));
    incident.condition = CONDITION_UNKNOWN;
    assert_false(incident_move(&incident, MOVE_CLOSE, "wang", 7));
    incident.condition = CONDITION_NORMAL;
    assert_true(incident_move(&incident, MOVE_CLOSE, "wang", 7));
    assert_int_equal(incident.closed_at, 7);
}

static void who_answers_first_is_written_down(void **state)
{
    (void) state;
    struct incident incident = {0};
    assert_true(incident_move(&incident, MOVE_ACKNOWLEDGE, "wang", 3));
    assert_true(incident_move(&incident, MOVE_RECTIFY, "li", 4));
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
