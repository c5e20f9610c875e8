#include "tests/unit/sensors/link/link_rig.h"

/* A relay board behind the link. */

static const struct profile_output siren = {
    .key = "siren",
    .write = {.function = 5, .address = 3, .on = 0xFF00, .off = 0},
    .has_verify = true,
    .verify = {.function = 1, .address = 3, .on = 1, .off = 0, .within_ms = 500},
};
static const struct link_output outputs[] = {{.output = &siren}};
static const enum link_kind kinds[] = {LINK_TCP, LINK_RTU, LINK_RTU_OVER_TCP, LINK_DTU};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static bool coil;        /* of unit 1 */
static bool is_dead;     /* unit 1 */
static bool is_echoing;  /* the adapter */
static uint8_t refusal;  /* unit 1 refuses writes with this exception */
static uint8_t wrong_by; /* unit 1 names another address by so much */

static size_t board_body(const struct rig *rig, uint8_t *body)
{
    const struct frame_request *request = &rig->request;
    uint8_t own[MBAP_FRAME_MAX];
    if (refusal != 0 && frame_is_write(request)) {
        const uint8_t refused[3] = {request->unit, (uint8_t) (request->function | 0x80U), refusal};
        memcpy(body, refused, sizeof refused);
        return sizeof refused;
    }
    if (frame_is_write(request)) {
        (void) frame_encode(request, FRAMING_RTU, own);
        own[3] = (uint8_t) (own[3] + wrong_by);
        memcpy(body, own, 6);
        coil = wrong_by == 0 ? request->value != 0 : coil;
        return 6;
    }
    const uint8_t bit[4] = {request->unit, 1, 1, coil ? 1 : 0};
    memcpy(body, bit, sizeof bit);
    return sizeof bit;
}

static void respond_board(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    if (is_echoing) {
        rig_send(rig, RIG_MS, frame, frame_encode(&rig->request, rig->framing, frame));
    }
    if (rig->request.unit == 1 && is_dead) {
        return;
    }
    if (rig->request.function == 3) {
        rig_respond_well(rig);
        return;
    }
    uint8_t body[RIG_BYTES];
    size_t length = board_body(rig, body);
    rig_send(rig, 5 * RIG_MS, frame, rig_frame(rig, body, length, frame));
}

static void start_board_with(struct rig *rig, enum link_kind kind, int32_t device_count,
                             const struct link_output *output)
{
    coil = is_dead = is_echoing = false;
    refusal = wrong_by = 0;
    rig_prepare(rig, kind, device_count, 1000);
    rig->device[0].output = output;
    rig->device[0].output_count = 1;
    rig->respond = respond_board;
    rig_make_link(rig);
}

static void start_board(struct rig *rig, enum link_kind kind, int32_t device_count)
{
    start_board_with(rig, kind, device_count, outputs);
}

static void want(struct rig *rig, bool is_on)
{
    link_want(rig->link, 0, 0, is_on, rig->now);
    rig_obey(rig, link_tick(rig->link, rig->now));
}

/* Switches the output, and waits for the outcome of the write. */
static enum write_outcome outcome_of(struct rig *rig, bool is_on)
{
    int32_t before = rig->write_count;
    want(rig, is_on);
    for (int32_t i = 0; i < 1000 && rig->write_count == before; i++) {
        rig_advance(rig, rig->now + RIG_SECOND);
    }
    assert_int_equal(rig->write_count, before + 1);
    assert_int_equal(rig->write.at, rig->now);
    return rig->write.outcome;
}

/* Writes. */

static void each_kind_of_write_is_answered_over_each_kind_of_link(void **state)
{
    (void) state;
    static const struct profile_output boards[] = {
        {.write = {.function = 5, .address = 3, .on = 0xFF00}},
        {.write = {.function = 5, .address = 3, .on = 0xFF00},
         .has_pulse = true,
         .pulse = {.function = 5, .address = 0x200, .unit_ms = 100, .max = 50}},
        {.write = {.function = 6, .address = 9, .on = 0x0100}},
        {.write = {.function = 15, .address = 3, .on = 1}},
        {.write = {.function = 16, .address = 9, .on = 0xABCD}},
    };
    for (size_t i = 0; i < KINDS * sizeof boards / sizeof boards[0]; i++) {
        const struct profile_output *board = &boards[i / KINDS];
        const struct link_output output = {.output = board, .pulse_ms = 5000};
        struct rig rig;
        start_board_with(&rig, kinds[i % KINDS], 1, &output);
        rig_open(&rig);
        rig_run(&rig, 3 * RIG_SECOND);
        assert_int_equal(outcome_of(&rig, true), WRITE_DONE);
        assert_int_equal(rig.request.unit, 1);
        assert_int_equal(rig.write.function, board->write.function);
        assert_int_equal(rig.write.address, board->has_pulse ? 0x200 : board->write.address);
        assert_int_equal(rig.write.value, board->has_pulse ? 50 : board->write.on);
        rig_run(&rig, 700 * RIG_MS);
        assert_int_equal(link_counters(rig.link)->commands, 1);
        assert_int_equal(rig.wrong_count, 0);
        rig_stop(&rig);
    }
}

static void an_output_goes_before_any_block_but_interrupts_none(void **state)
{
    (void) state;
    struct rig rig;
    start_board(&rig, LINK_RTU, 4);
    rig_open(&rig);
    rig_run(&rig, 20 * RIG_SECOND);
    rig.now += 5 * RIG_SECOND; /* all eight blocks are due */
    rig_obey(&rig, link_tick(rig.link, rig.now));
    assert_int_equal(rig.request.function, 3); /* one is on its way */
    int32_t asked = rig.ask_count;
    link_want(rig.link, 0, 0, true, rig.now);
    rig_obey(&rig, link_tick(rig.link, rig.now));
    assert_int_equal(rig.ask_count, asked);
    rig_await_ask(&rig);
    assert_int_equal(rig.request.function, 5);
    rig_await_ask(&rig);
    assert_int_equal(rig.request.function, 1); /* and is read back at once */
    rig_stop(&rig);
}

static void a_full_mailbox_holds_no_output_back(void **state)
{
    (void) state;
    struct rig rig;
    start_board(&rig, LINK_TCP, 1);
    rig_open(&rig);
    rig_run(&rig, 3 * RIG_SECOND);
    link_delay(rig.link, rig.now + 100 * RIG_SECOND);
    us_t from = rig.now;
    assert_int_equal(outcome_of(&rig, true), WRITE_DONE);
    assert_true(rig.now - from < 100 * RIG_MS);
    rig_stop(&rig);
}

static void what_comes_of_a_write_is_told_apart(void **state)
{
    (void) state;
    for (size_t i = 0; i < KINDS; i++) {
        struct rig rig;
        start_board(&rig, kinds[i], 1);
        rig_open(&rig);
        rig_run(&rig, 5 * RIG_SECOND);
        wrong_by = 1; /* the answer of another coil */
        assert_int_equal(outcome_of(&rig, true), WRITE_WRONG_ECHO);
        wrong_by = 0;
        refusal = 2;
        assert_int_equal(outcome_of(&rig, false), WRITE_REFUSED);
        assert_int_equal(rig.write.exception, 2);
        assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK);
        refusal = 11;
        assert_int_equal(outcome_of(&rig, true), WRITE_NO_ANSWER);
        refusal = 0;
        is_dead = true;
        assert_int_equal(outcome_of(&rig, false), WRITE_NO_ANSWER);
        assert_int_equal(link_device_health(rig.link, 0), DEVICE_SUSPECT);
        rig_stop(&rig);
    }
}

static void a_write_on_its_way_when_the_link_closes_is_told_so_at_once(void **state)
{
    (void) state;
    struct rig rig;
    start_board(&rig, LINK_TCP, 1);
    rig_open(&rig);
    is_dead = true;
    want(&rig, true);
    assert_int_equal(rig.request.function, 5);
    assert_int_equal(rig.write_count, 0);
    rig_obey(&rig, link_closed(rig.link, rig.now));
    assert_int_equal(rig.write_count, 1);
    assert_int_equal(rig.write.outcome, WRITE_NO_LINK);
    rig_stop(&rig);
}

/* Echoes. */

static void on_an_echoing_adapter_reads_are_read_and_writes_are_answered(void **state)
{
    (void) state;
    for (size_t i = 0; i < KINDS; i++) {
        struct rig rig;
        start_board(&rig, kinds[i], 2);
        is_echoing = true;
        rig_open(&rig);
        rig_run(&rig, 10 * RIG_SECOND);
        assert_int_equal(rig.answered_count, rig.result_count);
        assert_int_equal(rig.wrong_count, 0);
        assert_int_equal(link_counters(rig.link)->echoes, rig.ask_count);
        assert_int_equal(link_counters(rig.link)->damaged, 0);
        assert_non_null(strstr(link_suspicion(rig.link), "回显"));
        assert_int_equal(outcome_of(&rig, true), WRITE_DONE);
        rig_stop(&rig);
    }
}

static void the_echo_of_a_write_without_a_device_is_no_success(void **state)
{
    (void) state;
    static const uint8_t functions[] = {5, 6, 15, 16};
    for (size_t i = 0; i < (size_t) KINDS * 4; i++) {
        const struct profile_output board = {
            .write = {.function = functions[i / KINDS], .address = 3, .on = 1}};
        const struct link_output output = {.output = &board};
        /* from the first moment on, and when the adapter is known */
        for (us_t known_for = 0; known_for <= 4; known_for += 4) {
            struct rig rig;
            start_board_with(&rig, kinds[i % KINDS], 2, &output);
            is_echoing = true;
            is_dead = true;
            rig_open(&rig);
            rig_run(&rig, known_for * RIG_SECOND);
            /* over TCP no echo is expected before one was read: there the read-back shows it */
            bool is_unexpected = kinds[i % KINDS] == LINK_TCP && known_for == 0 && i / KINDS < 2;
            assert_int_equal(outcome_of(&rig, true), is_unexpected ? WRITE_DONE : WRITE_NO_ANSWER);
            rig_stop(&rig);
        }
    }
}

static void one_lost_echo_does_not_make_an_adapter_trusted(void **state)
{
    (void) state;
    struct rig rig;
    start_board(&rig, LINK_RTU, 1);
    is_echoing = true;
    rig_open(&rig);
    rig_run(&rig, 10 * RIG_SECOND);
    is_echoing = false; /* drowned in noise, twice */
    rig_await(&rig);
    rig_await(&rig);
    is_echoing = true;
    is_dead = true;
    assert_int_equal(outcome_of(&rig, true), WRITE_NO_ANSWER);
    rig_stop(&rig);
}

static void respond_slowly_behind_a_damaged_echo(struct rig *rig)
{
    uint8_t frame[RIG_BYTES] = {0};
    size_t length = frame_encode(&rig->request, rig->framing, frame);
    bool is_damaged = rig->ask_count % 2 == 0;
    frame[2] = is_damaged ? 4 : frame[2]; /* now it looks like a reply */
    rig_send(rig, RIG_MS, frame, length + (is_damaged ? 1 : 0));
    rig_send(rig, 100 * RIG_MS, frame, rig_reply(rig, rig->request.unit, frame));
}

static void a_damaged_echo_does_not_cut_the_answer_short(void **state)
{
    (void) state;
    struct rig rig;
    start_board(&rig, LINK_RTU, 1);
    rig.respond = respond_slowly_behind_a_damaged_echo;
    rig_open(&rig);
    rig_run(&rig, 20 * RIG_SECOND);
    assert_int_equal(rig.answered_count, rig.result_count);
    assert_true(link_counters(rig.link)->damaged > 0);
    rig_stop(&rig);
}

/* Outputs. */

static void an_output_is_written_read_back_and_told(void **state)
{
    (void) state;
    for (size_t i = 0; i < KINDS; i++) {
        struct rig rig;
        start_board(&rig, kinds[i], 2);
        rig_open(&rig);
        rig_run(&rig, 5 * RIG_SECOND);
        assert_int_equal(rig.change.state, OUTPUT_UNKNOWN);
        want(&rig, true);
        rig_run(&rig, RIG_SECOND);
        assert_true(coil);
        assert_int_equal(rig.change.state, OUTPUT_ON);
        assert_int_equal(rig.change_count, 1);
        assert_int_equal(rig.change.state, OUTPUT_ON);
        assert_int_equal(rig.write_count, 1);
        assert_int_equal(rig.write.unit, 1);
        assert_int_equal(rig.write.function, 5);
        assert_int_equal(rig.write.address, 3);
        assert_int_equal(rig.write.value, 0xFF00);
        assert_int_equal(rig.write.outcome, WRITE_DONE);
        assert_int_equal(rig.wrong_count, 0);
        rig_stop(&rig);
    }
}

static void an_output_on_an_echoing_bus_without_a_device_has_failed(void **state)
{
    (void) state;
    struct rig rig;
    start_board(&rig, LINK_RTU, 2);
    is_echoing = true;
    is_dead = true;
    rig_open(&rig);
    want(&rig, true);
    rig_run(
        &rig,
        25 * RIG_SECOND); /* each reading back in vain is followed by 5 s in which it may be late */
    assert_int_equal(rig.change.state, OUTPUT_FAILED);
    assert_int_equal(rig.write_count, OUTPUT_TRIES);
    assert_int_equal(rig.write.outcome, WRITE_NO_ANSWER);
    rig_stop(&rig);
}

static void a_board_that_was_away_is_switched_again(void **state)
{
    (void) state;
    for (size_t i = 0; i < KINDS; i++) {
        struct rig rig;
        start_board(&rig, kinds[i], 2);
        rig_open(&rig);
        want(&rig, true);
        rig_run(&rig, 10 * RIG_SECOND);
        is_dead = true;
        rig_run(&rig, 90 * RIG_SECOND);
        assert_int_equal(link_device_health(rig.link, 0), DEVICE_DOWN);
        int32_t in_vain = rig.write_count;
        rig_run(&rig, 120 * RIG_SECOND); /* a device that is down is probed, and not written to */
        assert_int_equal(rig.write_count, in_vain);
        assert_int_not_equal(rig.change.state, OUTPUT_ON);
        is_dead = false;
        coil = false; /* it lost its power */
        int32_t writes = rig.write_count;
        rig_run(&rig, 75 * RIG_SECOND);
        assert_true(coil);
        assert_int_equal(rig.change.state, OUTPUT_ON);
        assert_true(rig.write_count > writes);
        rig_stop(&rig);
    }
}

static void respond_with_coils(struct rig *rig)
{
    if (rig->request.function != 1 || rig->request.count == 1 || is_dead) {
        respond_board(rig);
        return;
    }
    /* Beside it stand coils that are always otherwise. */
    uint8_t bits = coil ? 1U << 3U : (uint8_t) ~(1U << 3U);
    const uint8_t body[4] = {rig->request.unit, 1, 1, bits};
    uint8_t frame[RIG_BYTES];
    rig_send(rig, 5 * RIG_MS, frame, rig_frame(rig, body, sizeof body, frame));
}

static const struct profile_read eight_coils = {
    .name = "r", .function = 1, .address = 0, .count = 8, .every = 1};

/* Both are relay boards, polled each half second; only the first has a siren. */
static void start_polled_board(struct rig *rig, enum link_kind kind,
                               const struct profile_read *block)
{
    coil = is_dead = is_echoing = false;
    refusal = wrong_by = 0;
    rig_prepare(rig, kind, 2, 500);
    struct profile *profile = rig_profile(); /* the same one for all */
    profile->read[0] = *block;
    profile->point[0].type = TYPE_BOOL;
    rig->device[0].output = outputs;
    rig->device[0].output_count = 1;
    rig->respond = respond_with_coils;
    rig_make_link(rig);
}

static void a_siren_whose_board_lost_its_coils_sounds_again_at_the_next_poll(void **state)
{
    (void) state;
    for (size_t i = 0; i < KINDS; i++) {
        struct rig rig;
        start_polled_board(&rig, kinds[i], &eight_coils);
        rig_open(&rig);
        want(&rig, true);
        rig_run(&rig, 20 * RIG_SECOND);
        assert_int_equal(rig.write_count,
                         1); /* the other device's coil 3 says nothing of this siren */
        assert_int_equal(rig.change_count, 1);
        coil = false;
        for (us_t until = rig.now + RIG_SECOND; rig.now < until && rig.change_count == 1;) {
            rig_advance(&rig, until);
        }
        assert_int_equal(rig.change.state, OUTPUT_OFF);
        assert_true(rig.change.is_wanted);
        rig_run(&rig, RIG_SECOND);
        assert_true(coil);
        assert_int_equal(rig.change.state, OUTPUT_ON);
        assert_int_equal(rig.change_count, 3);
        assert_int_equal(rig.write_count, 2);
        assert_false(rig.write.is_renewal);
        rig_stop(&rig);
    }
}

static void a_block_that_ends_before_the_coil_says_nothing_of_it(void **state)
{
    (void) state;
    static const struct profile_read blocks[] = {
        {.name = "r", .function = 1, .address = 0, .count = 3, .every = 1},
        {.name = "r", .function = 1, .address = 4, .count = 8, .every = 1},
        {.name = "r", .function = 2, .address = 0, .count = 8, .every = 1},
    };
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        start_polled_board(&rig, LINK_TCP, &blocks[i]);
        rig_open(&rig);
        want(&rig, true);
        rig_run(&rig, 3 * RIG_SECOND);
        int32_t answered = rig.answered_count;
        rig_run(&rig, 10 * RIG_SECOND);
        assert_true(rig.answered_count > answered);
        assert_int_equal(rig.write_count, 1);
        rig_stop(&rig);
    }
}

static void what_was_wanted_while_the_link_was_down_is_written_when_it_opens(void **state)
{
    (void) state;
    struct rig rig;
    start_board(&rig, LINK_TCP, 1);
    want(&rig, true);
    assert_int_equal(rig.ask_count, 0);
    rig_open(&rig);
    rig_run(&rig, RIG_SECOND);
    assert_true(coil);
    coil = false;
    rig_obey(&rig, link_closed(rig.link, rig.now));
    assert_int_equal(rig.change.state, OUTPUT_UNKNOWN);
    rig_open(&rig);
    rig_run(&rig, RIG_SECOND);
    assert_true(coil);
    rig_stop(&rig);
}

static void a_stop_makes_the_outputs_safe_and_says_when(void **state)
{
    (void) state;
    for (size_t i = 0; i < KINDS; i++) {
        struct rig rig;
        start_board(&rig, kinds[i], 2);
        rig_open(&rig);
        want(&rig, true);
        rig_run(&rig, 3 * RIG_SECOND);
        assert_true(coil);
        link_make_safe(rig.link, rig.now);
        assert_false(link_is_safe(rig.link));
        rig_obey(&rig, link_tick(rig.link, rig.now));
        rig_run(&rig, RIG_SECOND);
        assert_true(link_is_safe(rig.link));
        assert_false(coil);
        rig_stop(&rig);
    }
}

static void a_link_that_never_opened_holds_no_stop_back(void **state)
{
    (void) state;
    struct rig rig;
    start_board(&rig, LINK_TCP, 1);
    link_make_safe(rig.link, rig.now);
    assert_true(link_is_safe(rig.link));
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_write_is_answered_over_each_kind_of_link),
        cmocka_unit_test(an_output_goes_before_any_block_but_interrupts_none),
        cmocka_unit_test(a_full_mailbox_holds_no_output_back),
        cmocka_unit_test(what_comes_of_a_write_is_told_apart),
        cmocka_unit_test(a_write_on_its_way_when_the_link_closes_is_told_so_at_once),
        cmocka_unit_test(on_an_echoing_adapter_reads_are_read_and_writes_are_answered),
        cmocka_unit_test(the_echo_of_a_write_without_a_device_is_no_success),
        cmocka_unit_test(one_lost_echo_does_not_make_an_adapter_trusted),
        cmocka_unit_test(a_damaged_echo_does_not_cut_the_answer_short),
        cmocka_unit_test(an_output_is_written_read_back_and_told),
        cmocka_unit_test(an_output_on_an_echoing_bus_without_a_device_has_failed),
        cmocka_unit_test(a_board_that_was_away_is_switched_again),
        cmocka_unit_test(a_siren_whose_board_lost_its_coils_sounds_again_at_the_next_poll),
        cmocka_unit_test(a_block_that_ends_before_the_coil_says_nothing_of_it),
        cmocka_unit_test(what_was_wanted_while_the_link_was_down_is_written_when_it_opens),
        cmocka_unit_test(a_stop_makes_the_outputs_safe_and_says_when),
        cmocka_unit_test(a_link_that_never_opened_holds_no_stop_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
