#include "tests/unit/sensors/link/link_rig.h"

static void a_value_comes_with_its_time_and_round_trip(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    assert_false(link_is_up(rig.link));
    rig_open(&rig);
    assert_true(link_is_up(rig.link));
    rig_await(&rig);
    assert_true(rig.result.is_answered);
    assert_int_equal(rig.result.at, rig.asked_at + 5 * RIG_MS);
    assert_int_equal(rig.result.rtt_us, 5 * RIG_MS);
    assert_int_equal(rig.value.quality, QUALITY_GOOD);
    rig_run(&rig, 100 * RIG_SECOND);
    assert_in_range((uintmax_t) rig.answered_count, 199, 202); /* two blocks each second */
    assert_int_equal(rig.wrong_count, 0);
    assert_int_equal(link_counters(rig.link)->requests, rig.ask_count);
    assert_int_equal(link_counters(rig.link)->replies, rig.answered_count);
    assert_int_equal(link_counters(rig.link)->overruns, 0);
    assert_int_equal(rig.reopen_count, 0);
    rig_stop(&rig);
}

static void an_idle_tcp_link_of_two_blocks_takes_less_than_a_kilobyte(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    assert_true(arena_used(rig.arena) <= 920);
    rig_stop(&rig);
}

static void respond_bytewise(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    size_t length = rig_reply(rig, rig->request.unit, frame);
    for (size_t i = 0; i < length; i++) {
        rig_send(rig, (us_t) (5 + i) * RIG_MS, frame + i, 1);
    }
}

static void a_reply_cut_into_bytes_is_the_same_reply(void **state)
{
    (void) state;
    static const enum link_kind kinds[] = {LINK_TCP, LINK_RTU, LINK_RTU_OVER_TCP, LINK_DTU};
    for (size_t i = 0; i < 4; i++) {
        struct rig rig;
        rig_start(&rig, kinds[i], 2);
        rig.respond = respond_bytewise;
        rig_open(&rig);
        rig_run(&rig, 20 * RIG_SECOND);
        assert_true(rig.answered_count >= 78);
        assert_int_equal(rig.answered_count, rig.result_count);
        assert_int_equal(rig.wrong_count, 0);
        rig_stop(&rig);
    }
}

/* Silence. */

static void respond_late(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    us_t delay = rig->ask_count == 1 ? 250 : 5; /* the timeout is 100 */
    rig_send(rig, delay * RIG_MS, frame, rig_reply(rig, rig->request.unit, frame));
}

static void a_late_reply_over_tcp_is_dropped_without_a_pause(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 4);
    rig.respond = respond_late;
    rig_open(&rig);
    rig_await(&rig);
    assert_int_equal(rig.result.reason, REASON_TIMEOUT);
    us_t timed_out_at = rig.now;
    rig_await_ask(&rig);
    assert_true(rig.asked_at - timed_out_at <= 135 * RIG_MS); /* eight blocks a second */
    rig_run(&rig, 10 * RIG_SECOND);
    assert_int_equal(rig.answered_count, rig.result_count - 1);
    assert_int_equal(rig.wrong_count, 0);
    assert_int_equal(rig.reopen_count, 0);
    assert_int_equal(link_counters(rig.link)->foreign, 1);
    rig_stop(&rig);
}

static void two_timeouts_running_reopen_a_tcp_connection(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    rig.respond = rig_respond_never;
    rig.keeps_closed = true;
    rig_open(&rig);
    rig_await(&rig);
    assert_int_equal(rig.reopen_count, 0);
    rig_await(&rig);
    assert_int_equal(rig.reopen_count, 1);
    assert_int_equal(rig.result.reason, REASON_TIMEOUT);
    int32_t asked = rig.ask_count;
    int32_t before = rig.result_count;
    rig_run(&rig, 10 * RIG_SECOND); /* down: silence goes on at its own pace */
    assert_int_equal(rig.ask_count, asked);
    assert_in_range((uintmax_t) (rig.result_count - before), 19, 21);
    assert_int_equal(rig.result.reason, REASON_LINK);
    assert_int_equal(rig.value.quality, QUALITY_NO_ANSWER);
    rig.respond = rig_respond_well;
    rig_open(&rig);
    rig_await(&rig);
    assert_true(rig.result.is_answered);
    rig_stop(&rig);
}

static void respond_garbage(struct rig *rig)
{
    static const uint8_t text[] = "HTTP/1.1 400 Bad Request\r\n";
    rig_send(rig, RIG_MS, text, sizeof text - 1);
}

static void respond_half(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    rig_send(rig, RIG_MS, frame, rig_reply(rig, rig->request.unit, frame) - 1);
}

static void a_tcp_connection_out_of_step_is_reopened_at_once(void **state)
{
    (void) state;
    void (*const respond[])(struct rig *) = {respond_garbage, respond_half};
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        rig_start(&rig, LINK_TCP, 1);
        rig.respond = respond[i];
        rig_open(&rig);
        rig_await(&rig);
        assert_int_equal(rig.reopen_count, 1);
        assert_false(rig.result.is_answered);
        rig_stop(&rig);
    }
}

static void a_closed_link_says_link_of_the_request_in_hand(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    rig_open(&rig);
    rig_await_ask(&rig);
    rig.now += 1000;
    rig.chunk_count = 0;
    rig.keeps_closed = true;
    rig_obey(&rig, link_closed(rig.link, rig.now));
    assert_int_equal(rig.result_count, 1);
    assert_int_equal(rig.result.reason, REASON_LINK);
    assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK); /* unknown, not faulty */
    rig_obey(&rig, link_closed(rig.link, rig.now));
    assert_int_equal(rig.result_count, 1);
    rig_stop(&rig);
}

static void a_question_that_crosses_a_hang_up_is_asked_again(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    rig_open(&rig);
    rig_await_ask(&rig);
    rig.now += 1000;
    rig.chunk_count = 0;
    rig.keeps_closed = true;
    rig_obey(&rig, link_interrupted(rig.link, rig.now + RIG_SECOND, rig.now));
    rig_run(&rig, 500 * RIG_MS);
    assert_int_equal(rig.result_count, 0); /* no silence is reported */
    rig_open(&rig);
    rig_await(&rig);
    assert_true(rig.result.is_answered);
    rig_obey(&rig, link_interrupted(rig.link, rig.now + RIG_SECOND, rig.now));
    int32_t before = rig.result_count;
    rig_run(&rig, 3 * RIG_SECOND); /* it was not opened after all */
    assert_true(rig.result_count > before);
    assert_int_equal(rig.result.reason, REASON_LINK);
    rig_stop(&rig);
}

/* One dead among the living. */

static void respond_unless_second(struct rig *rig)
{
    if (rig->request.unit != 2) {
        rig_respond_well(rig);
    }
}

static void a_dead_device_is_reported_at_its_pace_and_the_others_go_on(void **state)
{
    (void) state;
    static const enum link_kind kinds[] = {LINK_TCP, LINK_RTU};
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        rig_start(&rig, kinds[i], 4);
        rig.respond = respond_unless_second;
        rig_open(&rig);
        rig_run(&rig, 60 * RIG_SECOND);
        assert_int_equal(link_device_health(rig.link, 1), DEVICE_DOWN);
        assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK);
        memset(rig.results_of, 0, sizeof rig.results_of);
        memset(rig.answers_of, 0, sizeof rig.answers_of);
        memset(rig.asks, 0, sizeof rig.asks);
        rig.reopen_count = 0;
        rig_run(&rig, 600 * RIG_SECOND);
        assert_true(rig.asks[1] <= 30);
        assert_true(rig.results_of[1] >= 1199);
        assert_int_equal(rig.answers_of[1], 0);
        assert_true(rig.answers_of[0] >= 1199 && rig.answers_of[3] >= 1199);
        assert_int_equal(rig.reopen_count, 0);
        rig.respond = rig_respond_well;
        rig_run(&rig, 60 * RIG_SECOND);
        assert_int_equal(link_device_health(rig.link, 1), DEVICE_OK);
        assert_true(rig.result.is_answered);
        rig_stop(&rig);
    }
}

/* Replies that are no value. */

static uint8_t exception_code;

static void respond_exception(struct rig *rig)
{
    uint8_t body[3] = {rig->request.unit, (uint8_t) (rig->request.function | 0x80U),
                       exception_code};
    uint8_t frame[RIG_BYTES];
    rig_send(rig, RIG_MS, frame, rig_frame(rig, body, sizeof body, frame));
}

static void a_device_that_fails_is_alive(void **state)
{
    (void) state;
    static const enum link_kind kinds[] = {LINK_TCP, LINK_RTU};
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        rig_start(&rig, kinds[i], 1);
        exception_code = 4;
        rig.respond = respond_exception;
        rig_open(&rig);
        rig_run(&rig, 60 * RIG_SECOND);
        assert_int_equal(rig.result.exception, 4);
        assert_int_equal(rig.result.reason, REASON_EXCEPTION);
        assert_int_equal(rig.value.quality, QUALITY_BAD);
        assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK);
        assert_in_range((uintmax_t) rig.ask_count, 118, 122); /* never given up, never hurried */
        assert_int_equal(link_counters(rig.link)->exceptions, rig.ask_count);
        rig_stop(&rig);
    }
}

static void a_gateway_that_says_its_target_is_silent_is_believed(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    exception_code = 11;
    rig.respond = respond_exception;
    rig_open(&rig);
    rig_await(&rig);
    assert_int_equal(rig.result.exception, 11);
    assert_int_equal(rig.result.reason, REASON_TIMEOUT);
    assert_int_equal(rig.value.quality, QUALITY_NO_ANSWER);
    rig_run(&rig, 60 * RIG_SECOND);
    assert_int_equal(link_device_health(rig.link, 0), DEVICE_DOWN);
    assert_int_equal(rig.reopen_count, 0); /* the connection is ok */
    rig_stop(&rig);
}

static void a_busy_device_is_asked_again_soon(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    exception_code = 6;
    rig.respond = respond_exception;
    rig_open(&rig);
    rig_run(&rig, 10 * RIG_SECOND);
    assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK);
    assert_int_equal(rig.result.reason, REASON_EXCEPTION);
    assert_in_range((uintmax_t) rig.ask_count, 18, 22);
    rig_stop(&rig);
}

static void a_reply_needs_both_opinions(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    rig.refuses_judge = true;
    rig_open(&rig);
    rig_await(&rig);
    assert_false(rig.result.is_answered);
    assert_int_equal(rig.result.reason, REASON_FRAME);
    rig_run(&rig, 10 * RIG_SECOND);
    assert_int_equal(rig.answered_count, 0);
    rig_stop(&rig);
}

static void libmodbus_is_asked_about_each_reply_of_a_slow_poll(void **state)
{
    (void) state;
    struct rig rig;
    rig_start_polling(&rig, LINK_TCP, 1, 10000);
    rig_open(&rig);
    rig_run(&rig, 600 * RIG_SECOND);
    assert_true(rig.answered_count >= 100);
    assert_int_equal(rig.judge_count, rig.answered_count);
    rig_stop(&rig);
}

static void at_any_pace_libmodbus_is_asked_each_ten_seconds(void **state)
{
    (void) state;
    static const int32_t poll_ms[] = {20, 500, 1000, 5000};
    for (size_t i = 0; i < sizeof poll_ms / sizeof poll_ms[0]; i++) {
        struct rig rig;
        rig_start_polling(&rig, LINK_TCP, 1, poll_ms[i]);
        rig_open(&rig);
        rig_run(&rig, 100 * RIG_SECOND);
        assert_true(rig.answered_count >= 2 * 90000 / poll_ms[i]);
        assert_in_range((uintmax_t) rig.judge_count, 2 * 9, 2 * 11); /* of two blocks */
        /* and what it refuses then is not believed */
        rig.refuses_judge = true;
        int32_t answered = rig.answered_count;
        rig_run(&rig, 100 * RIG_SECOND);
        assert_in_range((uintmax_t) (rig.answered_count - answered), 0,
                        (uintmax_t) (2 * 10000 / poll_ms[i]));
        assert_false(rig.result.is_answered);
        rig_stop(&rig);
    }
}

static void over_a_serial_line_libmodbus_is_asked_about_each_reply(void **state)
{
    (void) state;
    struct rig rig;
    rig_start_polling(&rig, LINK_RTU, 1, 100);
    rig_open(&rig);
    rig_run(&rig, 30 * RIG_SECOND);
    assert_true(rig.answered_count >= 100);
    assert_int_equal(rig.judge_count, rig.answered_count);
    rig_stop(&rig);
}

static void a_request_that_libmodbus_refuses_is_not_sent(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    rig.refuses_encode = true;
    rig_open(&rig);
    rig_run(&rig, 10 * RIG_SECOND);
    assert_int_equal(rig.ask_count, 0);
    assert_in_range((uintmax_t) rig.result_count, 19, 22);
    assert_int_equal(rig.result.reason, REASON_FRAME);
    rig_stop(&rig);
}

/* The rest. */

static void calibration_comes_after_the_range(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    static const struct link_calibration calibration[2] = {{2, 1}, {2, 1}};
    rig.device[0].calibration = calibration;
    struct profile *profile = rig_profile();
    for (int32_t i = 0; i < 2; i++) {
        profile->point[i].has_range = true;
        profile->point[i].range[1] = 0x01FFFFFF; /* the doubled value would be outside */
    }
    rig_open(&rig);
    rig_await(&rig);
    assert_int_equal(rig.value.quality, QUALITY_GOOD);
    expect_near(rig.value.value, 2.0 * (double) rig.value.raw + 1.0, 0);
    static const struct link_calibration mad[2] = {{HUGE_VAL, 0}, {HUGE_VAL, 0}};
    rig.device[0].calibration = mad;
    rig_await(&rig);
    assert_int_equal(rig.value.quality, QUALITY_BAD);
    assert_int_equal(rig.value.reason, REASON_NOT_A_NUMBER);
    rig_stop(&rig);
}

static void a_full_mailbox_delays_polls_and_is_counted(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 4);
    rig_open(&rig);
    rig.delay_on_result = 700 * RIG_MS;
    rig_run(&rig, 7 * RIG_SECOND);
    assert_in_range((uintmax_t) rig.ask_count, 9, 11);
    assert_true(link_counters(rig.link)->overruns >= 9);
    rig.delay_on_result = 0;
    rig_run(&rig, 10 * RIG_SECOND);
    assert_true(rig.ask_count >= 85);
    rig_stop(&rig);
}

static void blocks_that_are_rarely_asked_are_rarely_asked(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 1);
    struct arena *arena = arena_new();
    rig_profile()->read[1].every = 10;
    struct link_callbacks callbacks = {
        .context = &rig, .on_result = rig_on_result, .judge = rig_judge, .encode = rig_encode};
    rig.link = link_new(arena, &rig.settings, &callbacks, rig.now);
    rig_open(&rig);
    rig_run(&rig, 100 * RIG_SECOND);
    assert_in_range((uintmax_t) rig.ask_count, 108, 112);
    arena_free(arena);
    rig_stop(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_comes_with_its_time_and_round_trip),
        cmocka_unit_test(an_idle_tcp_link_of_two_blocks_takes_less_than_a_kilobyte),
        cmocka_unit_test(a_reply_cut_into_bytes_is_the_same_reply),
        cmocka_unit_test(a_late_reply_over_tcp_is_dropped_without_a_pause),
        cmocka_unit_test(two_timeouts_running_reopen_a_tcp_connection),
        cmocka_unit_test(a_tcp_connection_out_of_step_is_reopened_at_once),
        cmocka_unit_test(a_closed_link_says_link_of_the_request_in_hand),
        cmocka_unit_test(a_question_that_crosses_a_hang_up_is_asked_again),
        cmocka_unit_test(a_dead_device_is_reported_at_its_pace_and_the_others_go_on),
        cmocka_unit_test(a_device_that_fails_is_alive),
        cmocka_unit_test(a_gateway_that_says_its_target_is_silent_is_believed),
        cmocka_unit_test(a_busy_device_is_asked_again_soon),
        cmocka_unit_test(a_reply_needs_both_opinions),
        cmocka_unit_test(libmodbus_is_asked_about_each_reply_of_a_slow_poll),
        cmocka_unit_test(at_any_pace_libmodbus_is_asked_each_ten_seconds),
        cmocka_unit_test(over_a_serial_line_libmodbus_is_asked_about_each_reply),
        cmocka_unit_test(a_request_that_libmodbus_refuses_is_not_sent),
        cmocka_unit_test(calibration_comes_after_the_range),
        cmocka_unit_test(a_full_mailbox_delays_polls_and_is_counted),
        cmocka_unit_test(blocks_that_are_rarely_asked_are_rarely_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
