#include "sensors/dial.h"

#include "tests/unit/expect.h"

#define S US_PER_SECOND

static const struct profile profile = {
    .timeout_ms = 300, .read_count = 1, .read = {{.function = 4, .address = 1, .count = 2}}};
static const struct dtu_settings dtu = {.idle_ms = 120000,
                                        .registration = {1, (const uint8_t *) "A"}};

struct rig {
    struct arena *arena;
    struct link_device device[2];
    struct link_settings settings;
    struct dial *dial;
};

static struct dial *open_rig(struct rig *rig, int32_t first_poll_ms, int32_t second_poll_ms)
{
    *rig = (struct rig){
        .arena = arena_new(),
        .device = {{.profile = &profile, .unit = 1, .poll_ms = first_poll_ms},
                   {.profile = &profile, .unit = 2, .poll_ms = second_poll_ms}},
        .settings = {.kind = LINK_DTU, .dtu = &dtu, .device_count = 2},
    };
    rig->settings.device = rig->device;
    rig->dial = dial_new(rig->arena, &rig->settings);
    return rig->dial;
}

static void the_newest_connection_is_the_one_taken(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    assert_true(dial_next(dial, 5 * S) == INT64_MAX);
    assert_int_equal(dial_take(dial, 5 * S), -1);
    assert_int_equal(dial_offer(dial, 7, (const uint8_t *) "xy", 2, 5 * S), -1);
    assert_int_equal(dial_offer(dial, 8, (const uint8_t *) "z", 1, 6 * S), 7);
    assert_true(dial_next(dial, 6 * S) == 6 * S);
    assert_int_equal(dial_take(dial, 6 * S), 8);
    assert_int_equal(dial->length, 1);
    assert_int_equal(dial->bytes[0], 'z');
    assert_true(dial_next(dial, 6 * S) == INT64_MAX);
    arena_free(rig.arena);
}

static void a_connection_is_alive_for_a_while_and_given_up_when_idle(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    (void) dial_offer(dial, 7, NULL, 0, 100 * S);
    (void) dial_take(dial, 101 * S);
    assert_true(dial_is_alive(dial, 115 * S));
    assert_false(dial_is_alive(dial, 116 * S));
    assert_true(dial_idle_at(dial) == 221 * S);
    arena_free(rig.arena);
}

static void three_takeovers_in_a_minute_are_a_dispute(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    dial_count_takeover(dial, 1 * S);
    dial_count_takeover(dial, 31 * S);
    assert_false(dial_is_disputed(dial, 31 * S));
    dial_count_takeover(dial, 61 * S);
    assert_true(dial_is_disputed(dial, 61 * S));
    (void) dial_offer(dial, 7, NULL, 0, 61 * S);
    assert_true(dial_next(dial, 62 * S) == 151 * S);
    assert_true(dial_is_disputed(dial, 151 * S - 1));
    assert_false(dial_is_disputed(dial, 151 * S));
    assert_true(dial_next(dial, 151 * S) == 151 * S);
    arena_free(rig.arena);
}

static void takeovers_that_come_slowly_are_none(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    for (us_t at = 0; at < 3600 * S; at += 31 * S) {
        dial_count_takeover(dial, at);
        assert_false(dial_is_disputed(dial, at));
    }
    arena_free(rig.arena);
}

static void a_connection_that_owes_an_answer_is_not_alive(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    (void) dial_offer(dial, 7, NULL, 0, 100 * S);
    assert_int_equal(dial_take(dial, 100 * S), 7);
    dial_asked(dial, 101 * S);
    assert_true(dial_is_alive(dial, 102 * S)); /* it may be on its way */
    dial_asked(dial, 102 * S);                 /* asked again: owed since the first time */
    assert_false(dial_is_alive(dial, 103 * S));
    dial_heard(dial, 104 * S);
    assert_true(dial_is_alive(dial, 118 * S));
    dial_asked(dial, 118 * S);
    (void) dial_offer(dial, 8, NULL, 0, 118 * S);
    assert_int_equal(dial_take(dial, 119 * S), 8); /* a new one owes nothing */
    assert_true(dial_is_alive(dial, 130 * S));
    arena_free(rig.arena);
}

static void a_slow_poll_is_not_idle(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 3600000, 300000);
    (void) dial_offer(dial, 7, NULL, 0, 100 * S);
    assert_true(dial_idle_at(dial) == 1000 * S);
    arena_free(rig.arena);
}

static void the_question_is_the_first_read_of_the_first_device(void **state)
{
    (void) state;
    struct rig rig;
    uint8_t bytes[MBAP_FRAME_MAX];
    (void) open_rig(&rig, 1000, 1000);
    assert_int_equal(dial_question(&rig.settings, bytes), 8);
    assert_memory_equal(bytes, "\x01\x04\x00\x01\x00\x02\x20\x0B", 8);
    arena_free(rig.arena);
}

static void a_dispute_lasts_as_long_as_it_is_fed(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    for (us_t at = 0; at < 3; at++) {
        dial_count_takeover(dial, at * S);
    }
    for (us_t at = 80 * S; at < 3600 * S; at += 80 * S) {
        assert_true(dial_is_disputed(dial, at));
        dial_count_takeover(dial, at);
    }
    assert_false(dial_is_disputed(dial, 3700 * S));
    dial_count_takeover(dial, 3700 * S);
    assert_false(dial_is_disputed(dial, 3700 * S));
    arena_free(rig.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_connection_is_the_one_taken),
        cmocka_unit_test(a_connection_is_alive_for_a_while_and_given_up_when_idle),
        cmocka_unit_test(three_takeovers_in_a_minute_are_a_dispute),
        cmocka_unit_test(takeovers_that_come_slowly_are_none),
        cmocka_unit_test(a_connection_that_owes_an_answer_is_not_alive),
        cmocka_unit_test(a_slow_poll_is_not_idle),
        cmocka_unit_test(the_question_is_the_first_read_of_the_first_device),
        cmocka_unit_test(a_dispute_lasts_as_long_as_it_is_fed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
