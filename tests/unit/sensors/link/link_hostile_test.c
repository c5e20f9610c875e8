#include "tests/unit/sensors/link/link_hostile.h"

static void endure(enum link_kind kind, int32_t replies)
{
    static struct hostile hostile;
    memset(&hostile, 0, sizeof hostile);
    struct rig *rig = &hostile.rig;
    rig_start(rig, kind, HOSTILE_UNITS);
    rig->respond = hostile_respond;
    rig_open(rig);
    while (rig->ask_count < replies) {
        rig_run(rig, 60 * RIG_SECOND);
    }
    assert_int_equal(rig->wrong_count, 0);
    assert_true(rig->answered_count > replies / 4);
    assert_true(link_counters(rig->link)->foreign > 0);
    assert_true(link_counters(rig->link)->noise_bytes > 0);
    assert_true(link_counters(rig->link)->echoes > 0);
    for (int i = 0; i < HOSTILE_KINDS; i++) {
        assert_true(hostile.count[i] > 0);
    }
    rig->respond = rig_respond_well;
    rig->chunk_count = 0;
    rig_run(rig, 120 * RIG_SECOND); /* and it recovers */
    for (int32_t i = 0; i < HOSTILE_UNITS; i++) {
        assert_int_equal(link_device_health(rig->link, i), DEVICE_OK);
    }
    rig_stop(rig);
}

static void no_wrong_value_of_fifty_thousand_hostile_replies_on_a_bus(void **state)
{
    (void) state;
    endure(LINK_RTU, 50000);
}

static void no_wrong_value_of_fifty_thousand_hostile_replies_over_tcp(void **state)
{
    (void) state;
    endure(LINK_TCP, 50000);
}

static void no_wrong_value_of_fifty_thousand_hostile_replies_through_a_converter(void **state)
{
    (void) state;
    endure(LINK_RTU_OVER_TCP, 50000);
}

static void no_wrong_value_of_fifty_thousand_hostile_replies_through_a_dtu(void **state)
{
    (void) state;
    endure(LINK_DTU, 50000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_wrong_value_of_fifty_thousand_hostile_replies_on_a_bus),
        cmocka_unit_test(no_wrong_value_of_fifty_thousand_hostile_replies_over_tcp),
        cmocka_unit_test(no_wrong_value_of_fifty_thousand_hostile_replies_through_a_converter),
        cmocka_unit_test(no_wrong_value_of_fifty_thousand_hostile_replies_through_a_dtu),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
