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
    struct dtu_takeover *takeover;
};

static struct dtu_takeover *open_rig(struct rig *rig, int32_t first_poll_ms, int32_t second_poll_ms)
{
    *rig = (struct rig){
        .arena = arena_new(),
        .device = {{.profile = &profile, .unit = 1, .poll_ms = first_poll_ms},
                   {.profile = &profile, .unit = 2, .poll_ms = second_poll_ms}},
        .settings = {.kind = LINK_DTU, .dtu = &dtu, .device_count = 2},
    };
    rig->settings.device = rig->device;
    rig->takeover = dtu_takeover_new(rig->arena, &rig->settings);
    return rig->takeover;
}

static void the_newest_connection_is_the_one_taken(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
    assert_true(dtu_takeover_next(takeover, 5 * S) == INT64_MAX);
    assert_int_equal(dtu_takeover_take(takeover, 5 * S), -1);
    assert_int_equal(dtu_takeover_offer(takeover, 7, (const uint8_t *) "xy", 2, 5 * S), -1);
    assert_int_equal(dtu_takeover_offer(takeover, 8, (const uint8_t *) "z", 1, 6 * S), 7);
    assert_true(dtu_takeover_next(takeover, 6 * S) == 6 * S);
    assert_int_equal(dtu_takeover_take(takeover, 6 * S), 8);
    assert_int_equal(takeover->length, 1);
    assert_int_equal(takeover->bytes[0], 'z');
    assert_true(dtu_takeover_next(takeover, 6 * S) == INT64_MAX);
    arena_free(rig.arena);
}

static void a_connection_is_alive_for_a_while_and_given_up_when_idle(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
    (void) dtu_takeover_offer(takeover, 7, NULL, 0, 100 * S);
    (void) dtu_takeover_take(takeover, 101 * S);
    assert_true(dtu_takeover_is_alive(takeover, 115 * S));
    assert_false(dtu_takeover_is_alive(takeover, 116 * S));
    assert_true(dtu_takeover_idle_at(takeover) == 221 * S);
    arena_free(rig.arena);
}

static const uint8_t question[] = {0x01, 0x04, 0x00, 0x01, 0x00, 0x02, 0x20, 0x0B};
static const uint8_t answer[] = {0x01, 0x04, 0x04, 0x00, 0x01, 0x00, 0x02, 0x2B, 0x85};

/* A connection takes over, and the old one is asked if it has to be, and answers after `after`; 0:
 * never. */
static void take_over(struct dtu_takeover *takeover, us_t at, us_t after)
{
    if (!dtu_takeover_count_takeover(takeover, at)) {
        return;
    }
    dtu_takeover_suspect(takeover, 7, true, at);
    assert_true(dtu_takeover_must_ask_rival(takeover, at));
    dtu_takeover_rival_asked(takeover, question, sizeof question);
    for (us_t now = at; !dtu_takeover_is_rival_over(takeover, now); now += DTU_TAKEOVER_STEP_US) {
        assert_true(dtu_takeover_next(takeover, now) == (dtu_takeover_is_disputed(takeover, now)
                                                             ? takeover->disputed_until
                                                             : now + DTU_TAKEOVER_STEP_US));
        if (after != 0 && now >= at + after) {
            dtu_takeover_hear_rival(takeover, answer, sizeof answer, now);
        }
        assert_true(now <= at + DTU_TAKEOVER_ANSWER_US);
    }
    takeover->rival = -1;
}

static void the_first_takeover_in_ten_minutes_is_a_passing_one(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
    assert_false(dtu_takeover_count_takeover(takeover, 100 * S));
    assert_true(dtu_takeover_count_takeover(takeover, 700 * S));
    assert_false(dtu_takeover_count_takeover(takeover, 1301 * S));
    arena_free(rig.arena);
}

static void two_that_answer_twice_are_a_dispute_however_slowly_they_dial(void **state)
{
    (void) state;
    static const us_t every[] = {1 * S, 35 * S, 60 * S, 299 * S};
    for (size_t i = 0; i < sizeof every / sizeof every[0]; i++) {
        struct rig rig;
        struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
        take_over(takeover, 1000 * S, S / 2);
        take_over(takeover, 1000 * S + every[i], S / 2);
        assert_false(dtu_takeover_is_disputed(takeover, 1002 * S + every[i]));
        us_t at = 1000 * S + 2 * every[i];
        take_over(takeover, at, S / 2);
        assert_true(dtu_takeover_is_disputed(takeover, at + 2 * S));
        (void) dtu_takeover_offer(takeover, 7, NULL, 0, at + 2 * S);
        assert_true(dtu_takeover_next(takeover, at + 2 * S) == takeover->disputed_until);
        assert_true(takeover->disputed_until == at + S / 2 + DTU_TAKEOVER_CALM_US);
        assert_false(dtu_takeover_is_disputed(takeover, takeover->disputed_until));
        arena_free(rig.arena);
    }
}

static void one_that_dials_in_often_is_not_two(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
    for (us_t at = 1000 * S; at < 4600 * S; at += 10 * S) {
        take_over(takeover, at, 0);
        assert_false(dtu_takeover_is_disputed(takeover, at));
    }
    arena_free(rig.arena);
}

static void one_late_answer_is_no_second_device(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
    for (us_t at = 1000 * S; at < 9000 * S; at += 20 * S) {
        bool answers = (at / S - 1000) % 620 == 20;
        take_over(takeover, at, answers ? S / 2 : 0);
        assert_false(dtu_takeover_is_disputed(takeover, at + 2 * S));
    }
    arena_free(rig.arena);
}

static void one_question_is_one_proof(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
    (void) dtu_takeover_count_takeover(takeover, 1000 * S);
    assert_true(dtu_takeover_count_takeover(takeover, 1001 * S));
    dtu_takeover_suspect(takeover, 7, true, 1001 * S);
    dtu_takeover_rival_asked(takeover, question, sizeof question);
    dtu_takeover_hear_rival(takeover, answer, sizeof answer, 1001 * S);
    assert_true(dtu_takeover_is_rival_over(takeover, 1001 * S));
    dtu_takeover_hear_rival(takeover, answer, sizeof answer, 1001 * S);
    assert_false(dtu_takeover_is_disputed(takeover, 1001 * S));
    arena_free(rig.arena);
}

static void what_the_rival_says_unasked_is_of_the_time_before(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
    (void) dtu_takeover_offer(takeover, 6, NULL, 0, 900 * S);
    assert_int_equal(dtu_takeover_take(takeover, 900 * S), 6);
    for (us_t at = 1000 * S; at < 1400 * S; at += 100 * S) {
        (void) dtu_takeover_count_takeover(takeover, at);
        dtu_takeover_asked(takeover, at - S);
        dtu_takeover_suspect(takeover, 7, false, at);
        assert_false(dtu_takeover_must_ask_rival(takeover, at)); /* an answer is under way */
        dtu_takeover_hear_rival(takeover, answer, sizeof answer, at + S / 2);
        assert_false(dtu_takeover_must_ask_rival(takeover, at + 3 * S - 1));
        assert_true(dtu_takeover_must_ask_rival(takeover, at + 3 * S));
        dtu_takeover_rival_asked(takeover, question, sizeof question);
        dtu_takeover_hear_rival(takeover, answer, 5, at + 3 * S); /* a part of one is none */
        assert_false(dtu_takeover_is_rival_over(takeover, at + 4 * S - 1));
        assert_true(dtu_takeover_is_rival_over(takeover, at + 4 * S));
        takeover->rival = -1;
        takeover->asked_at = 0;
        assert_false(dtu_takeover_is_disputed(takeover, at + 4 * S));
    }
    arena_free(rig.arena);
}

static void eight_takeovers_in_half_a_minute_are_a_dispute_whoever_it_is(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
    for (us_t i = 0; i < 7; i++) {
        (void) dtu_takeover_count_takeover(takeover, 1000 * S + 4 * i * S);
        assert_false(dtu_takeover_is_disputed(takeover, 1000 * S + 4 * i * S));
    }
    (void) dtu_takeover_count_takeover(takeover, 1030 * S);
    assert_true(dtu_takeover_is_disputed(takeover, 1030 * S));
    arena_free(rig.arena);
}

static void a_connection_that_owes_an_answer_is_not_alive(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
    (void) dtu_takeover_offer(takeover, 7, NULL, 0, 100 * S);
    assert_int_equal(dtu_takeover_take(takeover, 100 * S), 7);
    dtu_takeover_asked(takeover, 101 * S);
    assert_true(dtu_takeover_is_alive(takeover, 102 * S)); /* it may be on its way */
    dtu_takeover_asked(takeover, 102 * S); /* asked again: owed since the first time */
    assert_false(dtu_takeover_is_alive(takeover, 103 * S));
    dtu_takeover_heard(takeover, 104 * S);
    assert_true(dtu_takeover_is_alive(takeover, 118 * S));
    dtu_takeover_asked(takeover, 118 * S);
    (void) dtu_takeover_offer(takeover, 8, NULL, 0, 118 * S);
    assert_int_equal(dtu_takeover_take(takeover, 119 * S), 8); /* a new one owes nothing */
    assert_true(dtu_takeover_is_alive(takeover, 130 * S));
    arena_free(rig.arena);
}

static void a_slow_poll_is_not_idle(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 3600000, 300000);
    (void) dtu_takeover_offer(takeover, 7, NULL, 0, 100 * S);
    assert_true(dtu_takeover_idle_at(takeover) == 1000 * S);
    arena_free(rig.arena);
}

static void the_question_is_the_first_read_of_the_first_device(void **state)
{
    (void) state;
    struct rig rig;
    uint8_t bytes[MBAP_FRAME_MAX];
    (void) open_rig(&rig, 1000, 1000);
    assert_int_equal(dtu_takeover_question(&rig.settings, bytes), 8);
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
    assert_int_equal(dtu_takeover_rival_question(&rig.settings, bytes, &is_own), 8);
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
        (void) dtu_takeover_rival_question(&settings, bytes, &is_own);
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
        struct dtu_takeover *takeover = open_rig(&rig, known[i].poll_ms, 60000);
        (void) dtu_takeover_count_takeover(takeover, 1000 * S);
        (void) dtu_takeover_count_takeover(takeover, 1001 * S);
        dtu_takeover_suspect(takeover, 7, true, 1001 * S);
        dtu_takeover_rival_asked(takeover, question, sizeof question);
        assert_false(dtu_takeover_is_rival_over(takeover, 1001 * S + known[i].answer - 1));
        assert_true(dtu_takeover_is_rival_over(takeover, 1001 * S + known[i].answer));
        arena_free(rig.arena);
    }
}

static void a_dispute_lasts_as_long_as_it_is_fed(void **state)
{
    (void) state;
    struct rig rig;
    struct dtu_takeover *takeover = open_rig(&rig, 1000, 5000);
    for (us_t at = 1000; at < 1008; at++) {
        (void) dtu_takeover_count_takeover(takeover, at * S);
    }
    for (us_t at = 1080 * S; at < 4600 * S; at += 80 * S) {
        assert_true(dtu_takeover_is_disputed(takeover, at));
        (void) dtu_takeover_count_takeover(takeover, at);
    }
    assert_false(dtu_takeover_is_disputed(takeover, 4700 * S));
    (void) dtu_takeover_count_takeover(takeover, 4700 * S);
    assert_false(dtu_takeover_is_disputed(takeover, 4700 * S));
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
