#include "tests/unit/sensors/link/link_rig.h"

static void a_serial_link_is_quiet_until_its_reply_is_due(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_RTU, 1);
    rig_open(&rig);
    rig_await_ask(&rig);
    /* 8 + 9 characters of 10 bits at 9600 baud are 17.708 ms */
    assert_int_equal(rig.step.quiet_until - rig.asked_at, 17709);
    assert_int_equal(rig.step.wake_at - rig.asked_at, 17709 + 100 * RIG_MS);
    rig_stop(&rig);
    rig_start(&rig, LINK_TCP, 1);
    rig_open(&rig);
    rig_await_ask(&rig);
    assert_int_equal(rig.step.quiet_until, 0);
    assert_int_equal(rig.step.wake_at - rig.asked_at, 100 * RIG_MS);
    rig_stop(&rig);
}

/* The pause between a reply and the next request, with both blocks due. */
static us_t pause_at(int32_t baud, int32_t gap_ms)
{
    struct rig rig;
    rig_start(&rig, LINK_RTU, 4);
    rig.settings.baud = baud;
    struct profile *profile = rig_profile();
    profile->gap_ms = gap_ms;
    struct arena *arena = arena_new();
    struct link_callbacks callbacks = {
        .context = &rig, .on_result = rig_on_result, .judge = rig_judge, .encode = rig_encode};
    rig.link = link_new(arena, &rig.settings, &callbacks, rig.now);
    rig_open(&rig);
    rig.now += 5 * RIG_SECOND; /* everything is due */
    rig_obey(&rig, link_tick(rig.link, rig.now));
    rig_await(&rig);
    us_t replied_at = rig.now;
    rig_await_ask(&rig);
    us_t pause = rig.asked_at - replied_at;
    arena_free(arena);
    rig_stop(&rig);
    return pause;
}

static void requests_keep_three_and_a_half_characters_apart(void **state)
{
    (void) state;
    assert_int_equal(pause_at(9600, 0), 4011);
    assert_int_equal(pause_at(4800, 0), 8021);
    assert_int_equal(pause_at(19200, 0), 2006);
    assert_int_equal(pause_at(115200, 0), 1750);
    assert_int_equal(pause_at(9600, 20), 20000); /* the profile asks for more */
}

static void somebody_elses_bytes_keep_a_bus_silent_for_a_gap(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_RTU, 1);
    rig_open(&rig);
    rig_await(&rig);
    us_t before = rig.step.wake_at;
    rig_run(&rig, before - rig.now - 1000);
    rig_await_ask(&rig);
    rig_await(&rig);
    rig_run(&rig, 100 * RIG_MS); /* idle */
    uint8_t text[] = "$T:25.1C\r\n";
    rig_obey(&rig, link_received(rig.link, text, sizeof text, rig.now));
    assert_true(rig.step.wake_at <= rig.now + 4011);
    assert_int_equal(link_counters(rig.link)->noise_bytes, sizeof text);
    rig_stop(&rig);
}

static void silence_is_a_result_and_costs_a_quarantine_on_a_bus(void **state)
{
    (void) state;
    static const struct {
        enum link_kind kind;
        us_t quarantine_ms;
    } cases[] = {{LINK_RTU, 50}, {LINK_RTU_OVER_TCP, 100}, {LINK_DTU, 2000}};
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        rig_start(&rig, cases[i].kind, 4);
        rig.respond = rig_respond_never;
        rig_open(&rig);
        rig_await(&rig);
        assert_false(rig.result.is_answered);
        assert_int_equal(rig.result.reason, REASON_TIMEOUT);
        assert_int_equal(rig.value.quality, QUALITY_NO_ANSWER);
        assert_int_equal(rig.result.rtt_us, 0);
        assert_int_equal(link_device_health(rig.link, rig.result.device), DEVICE_SUSPECT);
        us_t timed_out_at = rig.now;
        rig_await_ask(&rig);
        assert_true(rig.asked_at - timed_out_at >= cases[i].quarantine_ms * RIG_MS);
        rig_stop(&rig);
    }
}

static void respond_late(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    us_t delay = rig->ask_count == 1 ? 250 : 5; /* the timeout is 100 */
    rig_send(rig, delay * RIG_MS, frame, rig_reply(rig, rig->request.unit, frame));
}

static void a_late_reply_on_a_bus_is_drained(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_RTU, 1);
    rig.respond = respond_late;
    rig_open(&rig);
    rig_await(&rig);
    assert_false(rig.result.is_answered);
    rig_run(&rig, 10 * RIG_SECOND);
    assert_int_equal(rig.answered_count, rig.result_count - 1);
    assert_int_equal(rig.wrong_count, 0);
    assert_int_equal(link_counters(rig.link)->noise_bytes, 9);
    rig_stop(&rig);
}

static void a_babbling_bus_is_asked_again_after_two_seconds(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_RTU,
              2); /* the one that stayed silent is spared longer: its neighbour is asked */
    rig.respond = rig_respond_never;
    rig_open(&rig);
    rig_await(&rig);
    us_t from = rig.now;
    uint8_t noise[4] = {0x55, 0xAA, 0x55, 0xAA};
    rig.ask_count = 0;
    for (us_t at = from; at < from + 1900 * RIG_MS; at += 40 * RIG_MS) {
        rig.now = at;
        rig_obey(&rig, link_received(rig.link, noise, sizeof noise, at));
        assert_int_equal(rig.ask_count, 0);
    }
    rig_await_ask(&rig);
    assert_true(rig.asked_at - from <= 2010 * RIG_MS);
    rig_stop(&rig);
}

static us_t slowness;

/* The right answer to each question, but so late that the link has asked another one. */
static void respond_slowly(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    rig_send(rig, slowness, frame, rig_reply(rig, rig->request.unit, frame));
}

/* Both blocks have the same function and count: only time separates their answers. */
static void a_device_slower_than_its_timeout_gives_no_value_of_another_register(void **state)
{
    (void) state;
    const struct {
        enum link_kind kind;
        us_t from, until;
    } cases[] = {{LINK_RTU, 200 * RIG_MS, 5 * RIG_SECOND},
                 {LINK_RTU_OVER_TCP, 200 * RIG_MS, 5 * RIG_SECOND},
                 {LINK_DTU, 2200 * RIG_MS, 10 * RIG_SECOND}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (slowness = cases[i].from; slowness < cases[i].until; slowness += 70 * RIG_MS) {
            struct rig rig;
            rig_start_polling(&rig, cases[i].kind, 2, 500);
            rig.respond = respond_slowly;
            rig_open(&rig);
            rig_run(&rig, 60 * RIG_SECOND);
            assert_true(rig.ask_count >= 4);
            assert_int_equal(rig.wrong_count, 0);
            assert_int_equal(rig.answered_count, 0);
            rig_stop(&rig);
        }
    }
}

static uint8_t held[RIG_BYTES];
static size_t held_length;

/* Now and then a question is held until the next one comes, and both are answered in order: a radio
 * without network, a device that hangs with something in its buffer. */
static void respond_stalling(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    if (held_length > 0) {
        rig_send(rig, 5 * RIG_MS, held, held_length);
        rig_send(rig, 60 * RIG_MS, frame, rig_reply(rig, rig->request.unit, frame));
        held_length = 0;
    } else if (rig->ask_count % 7 == 0) {
        held_length = rig_reply(rig, rig->request.unit, held);
    } else {
        rig_respond_well(rig);
    }
}

static void a_stall_gives_no_value_of_another_register(void **state)
{
    (void) state;
    static const enum link_kind kinds[] = {LINK_RTU, LINK_RTU_OVER_TCP, LINK_DTU};
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        held_length = 0;
        rig_start_polling(&rig, kinds[i], 1, 500);
        rig.respond = respond_stalling;
        rig_open(&rig);
        for (int32_t k = 0; k < 400; k++) {
            rig_await(&rig);
            assert_true(!rig.result.is_answered ||
                        (rig.value.raw >> 23U & 1U) == (uint32_t) rig.result.read);
        }
        assert_in_range((uintmax_t) rig.answered_count, 200, 399); /* and it goes on */
        rig_stop(&rig);
    }
}

static void respond_behind_noise(struct rig *rig)
{
    rig_send(rig, 2 * RIG_MS, (const uint8_t *) "ping", 4);
    rig_respond_well(rig);
}

/* An answer whose end is lost, and another unit's frame whose first two bytes pass for its check
 * sum; it comes in two pieces. */
static void respond_spliced(struct rig *rig)
{
    uint8_t splice[13] = {
        rig->request.unit, rig->request.function, 4, 2, 0, 0, 2, 3, 2, 0x66, 0x66};
    for (uint32_t value = 0; frame_crc(splice, 7) != (3U | 2U << 8U); value++) {
        CHECK(value < 0x10000);
        splice[4] = (uint8_t) (value >> 8U);
        splice[5] = (uint8_t) (value & 0xFFU);
    }
    uint16_t crc = frame_crc(splice + 6, 5);
    splice[11] = (uint8_t) (crc & 0xFFU);
    splice[12] = (uint8_t) (crc >> 8U);
    rig_send(rig, 5 * RIG_MS, splice, 9);
    rig_send(rig, 7 * RIG_MS, splice + 9, 4);
}

static void on_a_noisy_line_an_answer_waits_for_the_silence_behind_it(void **state)
{
    (void) state;
    static const enum link_kind kinds[] = {LINK_RTU, LINK_RTU_OVER_TCP, LINK_DTU};
    for (size_t i = 0; i < 3; i++) {
        struct rig rig;
        rig_start(&rig, kinds[i], 1);
        rig.respond = respond_behind_noise;
        rig_open(&rig);
        rig_await(&rig); /* the first noise: not expected */
        assert_true(rig.result.is_answered);
        rig_await(&rig);
        assert_true(rig.result.is_answered);
        assert_in_range((uintmax_t) (rig.now - rig.asked_at), 9 * RIG_MS, 15 * RIG_MS);
        rig.respond = respond_spliced;
        rig_await(&rig);
        assert_false(rig.result.is_answered);
        rig.respond = rig_respond_well;
        for (int32_t k = 0; k < 300; k++) { /* clean again */
            rig_await(&rig);
        }
        assert_true(rig.result.is_answered);
        assert_int_equal(rig.now - rig.asked_at, 5 * RIG_MS);
        rig_stop(&rig);
    }
}

/* Breaks the connection while a question is on its way, and opens it again a second later. */
static void break_in_between(struct rig *rig)
{
    rig->respond = rig_respond_never;
    for (int32_t before = rig->ask_count; rig->ask_count == before;) {
        rig_run(rig, 10 * RIG_MS);
    }
    rig_obey(rig, link_closed(rig->link, rig->now));
    rig->respond = rig_respond_well;
    rig->now += RIG_SECOND;
    rig_open(rig);
}

static void a_connection_that_breaks_costs_one_poll(void **state)
{
    (void) state;
    static const struct {
        enum link_kind kind;
        us_t hold;
    } known[] = {{LINK_DTU, 2 * RIG_SECOND}, {LINK_RTU_OVER_TCP, 300 * RIG_MS}};
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        rig_start_polling(&rig, known[i].kind, 1, 5000);
        rig_open(&rig);
        rig_run(&rig, 20 * RIG_SECOND);
        break_in_between(&rig);
        us_t lost_at = rig.asked_at;
        us_t opened_at = rig.now;
        uint16_t address = rig.request.address;
        int32_t before = rig.ask_count;
        rig_run(&rig, known[i].hold - 20 * RIG_MS);
        assert_int_equal(rig.ask_count, before);
        do {
            rig_await(&rig);
        } while (!rig.result.is_answered || rig.request.address != address);
        assert_true(rig.asked_at >= opened_at + known[i].hold);
        assert_true(rig.asked_at <= lost_at + 5100 * RIG_MS);
        rig_stop(&rig);
    }
}

/* It was the radio's network that was lost, not the device. */
static void one_silence_before_a_dial_anew_is_the_radios(void **state)
{
    (void) state;
    struct rig rig;
    rig_start_polling(&rig, LINK_DTU, 1, 1000);
    rig_open(&rig);
    rig_run(&rig, 20 * RIG_SECOND);
    rig.respond = rig_respond_never;
    do {
        rig_await(&rig);
    } while (rig.result.is_answered);
    rig_run(&rig, 3 * RIG_SECOND);
    rig_obey(&rig, link_closed(rig.link, rig.now));
    rig.respond = rig_respond_well;
    rig_open(&rig);
    us_t opened_at = rig.now;
    do {
        rig_await(&rig);
    } while (!rig.result.is_answered);
    assert_true(rig.asked_at >= opened_at + 500 * RIG_MS);
    assert_true(rig.asked_at <= opened_at + 1500 * RIG_MS);
    rig_stop(&rig);
}

/* A device that was late already may be late by any time. */
static void a_suspect_is_left_alone_for_as_long_after_a_break(void **state)
{
    (void) state;
    struct rig rig;
    rig_start_polling(&rig, LINK_DTU, 1, 5000);
    rig_open(&rig);
    rig_run(&rig, 20 * RIG_SECOND);
    rig.respond = rig_respond_never;
    for (int missed = 0; missed < 2; missed += rig.result.is_answered ? 0 : 1) {
        rig_await(&rig);
    }
    break_in_between(&rig);
    us_t lost_at = rig.asked_at;
    int32_t before = rig.ask_count;
    rig_run(&rig, 8500 * RIG_MS);
    assert_int_equal(rig.ask_count, before);
    rig_run(&rig, 6 * RIG_SECOND);
    assert_true(rig.ask_count > before && rig.asked_at >= lost_at + 10 * RIG_SECOND);
    rig_stop(&rig);
}

static int32_t of_first_block;

/* Reads of what it does not have it ignores, as cheap devices do. */
static void respond_to_the_first_block(struct rig *rig)
{
    if (rig->request.address == 0) {
        of_first_block++;
        rig_respond_well(rig);
    }
}

static void a_block_that_is_ignored_does_not_take_the_others_with_it(void **state)
{
    (void) state;
    static const enum link_kind kinds[] = {LINK_RTU, LINK_RTU_OVER_TCP, LINK_DTU};
    for (size_t i = 0; i < 3; i++) {
        for (int is_later = 0; is_later < 2; is_later++) {
            struct rig rig;
            rig_start_polling(&rig, kinds[i], 1, 1000);
            rig.respond = is_later ? rig_respond_well : respond_to_the_first_block;
            rig_open(&rig);
            rig_run(&rig, 20 * RIG_SECOND);
            rig.respond = respond_to_the_first_block;
            of_first_block = 0;
            rig_run(&rig, 200 * RIG_SECOND);
            assert_true(of_first_block >= 5);
            of_first_block = 0;
            rig_run(&rig, 200 * RIG_SECOND);
            /* One that was never there is left alone for a minute at a time. */
            assert_true(of_first_block >= (is_later ? 5 : 150));
            rig_stop(&rig);
        }
    }
}

static void a_bus_is_never_reopened_for_silence(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_RTU, 2);
    rig.respond = rig_respond_never;
    rig_open(&rig);
    rig_run(&rig, 60 * RIG_SECOND);
    assert_int_equal(rig.reopen_count, 0);
    assert_int_equal(link_device_health(rig.link, 0), DEVICE_DOWN);
    rig_stop(&rig);
}

static void respond_damaged(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    size_t length = rig_reply(rig, rig->request.unit, frame);
    frame[5] ^= 0x10;
    rig_send(rig, 18 * RIG_MS, frame, length);
}

static void a_damaged_reply_is_bad_and_not_waited_out(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_RTU, 1);
    rig.respond = respond_damaged;
    rig_open(&rig);
    rig_await(&rig);
    assert_int_equal(rig.result.reason, REASON_FRAME);
    assert_int_equal(rig.value.quality, QUALITY_BAD);
    assert_int_equal(rig.now - rig.asked_at, (18 + 50) * RIG_MS);
    assert_int_equal(link_counters(rig.link)->damaged, 1);
    assert_int_equal(link_counters(rig.link)->timeouts, 0);
    assert_int_equal(link_device_health(rig.link, 0), DEVICE_SUSPECT);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_serial_link_is_quiet_until_its_reply_is_due),
        cmocka_unit_test(requests_keep_three_and_a_half_characters_apart),
        cmocka_unit_test(somebody_elses_bytes_keep_a_bus_silent_for_a_gap),
        cmocka_unit_test(silence_is_a_result_and_costs_a_quarantine_on_a_bus),
        cmocka_unit_test(a_late_reply_on_a_bus_is_drained),
        cmocka_unit_test(a_babbling_bus_is_asked_again_after_two_seconds),
        cmocka_unit_test(a_device_slower_than_its_timeout_gives_no_value_of_another_register),
        cmocka_unit_test(a_stall_gives_no_value_of_another_register),
        cmocka_unit_test(on_a_noisy_line_an_answer_waits_for_the_silence_behind_it),
        cmocka_unit_test(a_connection_that_breaks_costs_one_poll),
        cmocka_unit_test(one_silence_before_a_dial_anew_is_the_radios),
        cmocka_unit_test(a_suspect_is_left_alone_for_as_long_after_a_break),
        cmocka_unit_test(a_block_that_is_ignored_does_not_take_the_others_with_it),
        cmocka_unit_test(a_bus_is_never_reopened_for_silence),
        cmocka_unit_test(a_damaged_reply_is_bad_and_not_waited_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
