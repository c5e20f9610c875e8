#include "sensors/dtu/dtu_takeover.h"

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

static const uint8_t question[] = {0x01, 0x04, 0x00, 0x01, 0x00, 0x02, 0x20, 0x0B};
static const uint8_t answer[] = {0x01, 0x04, 0x04, 0x00, 0x01, 0x00, 0x02, 0x2B, 0x85};

/* A connection takes over, and the old one is asked if it has to be, and answers after `after`; 0: never. */
static void take_over(struct dial *dial, us_t at, us_t after)
{
    if (!dial_count_takeover(dial, at)) {
        return;
    }
    dial_suspect(dial, 7, true, at);
    assert_true(dial_must_ask_rival(dial, at));
    dial_rival_asked(dial, question, sizeof question);
    for (us_t now = at; !dial_is_rival_over(dial, now); now += DIAL_STEP_US) {
        assert_true(dial_next(dial, now) ==
                    (dial_is_disputed(dial, now) ? dial->disputed_until : now + DIAL_STEP_US));
        if (after != 0 && now >= at + after) {
            dial_hear_rival(dial, answer, sizeof answer, now);
        }
        assert_true(now <= at + DIAL_ANSWER_US);
    }
    dial->rival = -1;
}

static void the_first_takeover_in_ten_minutes_is_a_passing_one(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    assert_false(dial_count_takeover(dial, 100 * S));
    assert_true(dial_count_takeover(dial, 700 * S));
    assert_false(dial_count_takeover(dial, 1301 * S));
    arena_free(rig.arena);
}

static void two_that_answer_twice_are_a_dispute_however_slowly_they_dial(void **state)
{
    (void) state;
    static const us_t every[] = {1 * S, 35 * S, 60 * S, 299 * S};
    for (size_t i = 0; i < sizeof every / sizeof every[0]; i++) {
        struct rig rig;
        struct dial *dial = open_rig(&rig, 1000, 5000);
        take_over(dial, 1000 * S, S / 2);
        take_over(dial, 1000 * S + every[i], S / 2);
        assert_false(dial_is_disputed(dial, 1002 * S + every[i]));
        us_t at = 1000 * S + 2 * every[i];
        take_over(dial, at, S / 2);
        assert_true(dial_is_disputed(dial, at + 2 * S));
        (void) dial_offer(dial, 7, NULL, 0, at + 2 * S);
        assert_true(dial_next(dial, at + 2 * S) == dial->disputed_until);
        assert_true(dial->disputed_until == at + S / 2 + DIAL_CALM_US);
        assert_false(dial_is_disputed(dial, dial->disputed_until));
        arena_free(rig.arena);
    }
}

static void one_that_dials_in_often_is_not_two(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    for (us_t at = 1000 * S; at < 4600 * S; at += 10 * S) {
        take_over(dial, at, 0);
        assert_false(dial_is_disputed(dial, at));
    }
    arena_free(rig.arena);
}

static void one_late_answer_is_no_second_device(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    for (us_t at = 1000 * S; at < 9000 * S; at += 20 * S) {
        bool answers = (at / S - 1000) % 620 == 20;
        take_over(dial, at, answers ? S / 2 : 0);
        assert_false(dial_is_disputed(dial, at + 2 * S));
    }
    arena_free(rig.arena);
}

static void one_question_is_one_proof(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    (void) dial_count_takeover(dial, 1000 * S);
    assert_true(dial_count_takeover(dial, 1001 * S));
    dial_suspect(dial, 7, true, 1001 * S);
    dial_rival_asked(dial, question, sizeof question);
    dial_hear_rival(dial, answer, sizeof answer, 1001 * S);
    assert_true(dial_is_rival_over(dial, 1001 * S));
    dial_hear_rival(dial, answer, sizeof answer, 1001 * S);
    assert_false(dial_is_disputed(dial, 1001 * S));
    arena_free(rig.arena);
}

static void what_the_rival_says_unasked_is_of_the_time_before(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    (void) dial_offer(dial, 6, NULL, 0, 900 * S);
    assert_int_equal(dial_take(dial, 900 * S), 6);
    for (us_t at = 1000 * S; at < 1400 * S; at += 100 * S) {
        (void) dial_count_takeover(dial, at);
        dial_asked(dial, at - S);
        dial_suspect(dial, 7, false, at);
        assert_false(dial_must_ask_rival(dial, at)); /* an answer is under way */
        dial_hear_rival(dial, answer, sizeof answer, at + S / 2);
        assert_false(dial_must_ask_rival(dial, at + 3 * S - 1));
        assert_true(dial_must_ask_rival(dial, at + 3 * S));
        dial_rival_asked(dial, question, sizeof question);
        dial_hear_rival(dial, answer, 5, at + 3 * S); /* a part of one is none */
        assert_false(dial_is_rival_over(dial, at + 4 * S - 1));
        assert_true(dial_is_rival_over(dial, at + 4 * S));
        dial->rival = -1;
        dial->asked_at = 0;
        assert_false(dial_is_disputed(dial, at + 4 * S));
    }
    arena_free(rig.arena);
}

static void eight_takeovers_in_half_a_minute_are_a_dispute_whoever_it_is(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    for (us_t i = 0; i < 7; i++) {
        (void) dial_count_takeover(dial, 1000 * S + 4 * i * S);
        assert_false(dial_is_disputed(dial, 1000 * S + 4 * i * S));
    }
    (void) dial_count_takeover(dial, 1030 * S);
    assert_true(dial_is_disputed(dial, 1030 * S));
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

static void a_rival_is_asked_what_no_poll_asks(void **state)
{
    (void) state;
    struct rig rig;
    (void) open_rig(&rig, 1000, 1000);
    uint8_t bytes[MBAP_FRAME_MAX];
    bool is_own = false;
    assert_int_equal(dial_rival_question(&rig.settings, bytes, &is_own), 8);
    assert_memory_equal(bytes, "\x01\x04\x00\x01\x00\x01", 6);
    assert_true(is_own);
    arena_free(rig.arena);
    static const struct {
        struct profile_read read[2];
        bool is_own;
    } known[] = {
        {{{.function = 4, .address = 1, .count = 1}, {.function = 3, .count = 9}}, false},
        {{{.function = 4, .address = 1, .count = 3}, {.function = 4, .count = 2}}, false},
        {{{.function = 4, .address = 1, .count = 3}, {.function = 3, .count = 2}}, true},
        {{{.function = 1, .address = 0, .count = 8}, {.function = 1, .count = 24}}, false},
        {{{.function = 1, .address = 0, .count = 9}, {.function = 1, .count = 24}}, true},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        static struct profile other; /* too large for a stack */
        other = (struct profile){.read_count = 2, .read = {known[i].read[0], known[i].read[1]}};
        const struct link_device device = {.profile = &other, .unit = 1, .poll_ms = 1000};
        const struct link_settings settings = {
            .kind = LINK_DTU, .dtu = &dtu, .device_count = 1, .device = &device};
        (void) dial_rival_question(&settings, bytes, &is_own);
        assert_int_equal(is_own, known[i].is_own);
    }
}

static void a_rival_has_as_long_as_a_poll(void **state)
{
    (void) state;
    static const struct {
        int32_t poll_ms;
        us_t answer;
    } known[] = {{200, S / 2}, {1000, S}, {5000, 2 * S}};
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        struct dial *dial = open_rig(&rig, known[i].poll_ms, 60000);
        (void) dial_count_takeover(dial, 1000 * S);
        (void) dial_count_takeover(dial, 1001 * S);
        dial_suspect(dial, 7, true, 1001 * S);
        dial_rival_asked(dial, question, sizeof question);
        assert_false(dial_is_rival_over(dial, 1001 * S + known[i].answer - 1));
        assert_true(dial_is_rival_over(dial, 1001 * S + known[i].answer));
        arena_free(rig.arena);
    }
}

static void a_dispute_lasts_as_long_as_it_is_fed(void **state)
{
    (void) state;
    struct rig rig;
    struct dial *dial = open_rig(&rig, 1000, 5000);
    for (us_t at = 1000; at < 1008; at++) {
        (void) dial_count_takeover(dial, at * S);
    }
    for (us_t at = 1080 * S; at < 4600 * S; at += 80 * S) {
        assert_true(dial_is_disputed(dial, at));
        (void) dial_count_takeover(dial, at);
    }
    assert_false(dial_is_disputed(dial, 4700 * S));
    (void) dial_count_takeover(dial, 4700 * S);
    assert_false(dial_is_disputed(dial, 4700 * S));
    arena_free(rig.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_connection_is_the_one_taken),
        cmocka_unit_test(a_connection_is_alive_for_a_while_and_given_up_when_idle),
        cmocka_unit_test(the_first_takeover_in_ten_minutes_is_a_passing_one),
        cmocka_unit_test(two_that_answer_twice_are_a_dispute_however_slowly_they_dial),
        cmocka_unit_test(one_that_dials_in_often_is_not_two),
        cmocka_unit_test(one_late_answer_is_no_second_device),
        cmocka_unit_test(one_question_is_one_proof),
        cmocka_unit_test(what_the_rival_says_unasked_is_of_the_time_before),
        cmocka_unit_test(eight_takeovers_in_half_a_minute_are_a_dispute_whoever_it_is),
        cmocka_unit_test(a_connection_that_owes_an_answer_is_not_alive),
        cmocka_unit_test(a_slow_poll_is_not_idle),
        cmocka_unit_test(the_question_is_the_first_read_of_the_first_device),
        cmocka_unit_test(a_rival_is_asked_what_no_poll_asks),
        cmocka_unit_test(a_rival_has_as_long_as_a_poll),
        cmocka_unit_test(a_dispute_lasts_as_long_as_it_is_fed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
