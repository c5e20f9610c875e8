/* Every hostile stream over every kind of link. The two that concern writes (the answer of another
 * coil, an echo without a device) are in link_output_test.c. */
#include "tests/unit/sensors/link/link_rig.h"

enum { ON_TCP = 1, ON_RTU = 2, ON_RTU_OVER_TCP = 4, ON_DTU = 8 };
enum { ON_BUS = ON_RTU | ON_RTU_OVER_TCP | ON_DTU, ON_ALL = ON_BUS | ON_TCP };

/* What all results must be while the stream is hostile. */
enum expected { EXPECT_VALUE, EXPECT_SILENCE, EXPECT_DAMAGE, EXPECT_EXCEPTION, EXPECT_NO_VALUE };

struct stream_case {
    const char *promise;
    uint32_t kinds;
    enum expected expected;
    void (*respond)(struct rig *rig);
};

/* Bad company. */

static void send_good(struct rig *rig, us_t after)
{
    uint8_t frame[RIG_BYTES];
    rig_send(rig, after, frame, rig_reply(rig, rig->request.unit, frame));
}

static void send_behind(struct rig *rig, const char *text, size_t length)
{
    uint8_t bytes[RIG_BYTES];
    memcpy(bytes, text, length);
    length += rig_reply(rig, rig->request.unit, bytes + length);
    rig_send(rig, 5 * RIG_MS, bytes, length);
}

static void respond_ping_first(struct rig *rig)
{
    rig_send(rig, 2 * RIG_MS, (const uint8_t *) "ping", 4);
    send_good(rig, 10 * RIG_MS);
}

static void respond_with_text_glued_on(struct rig *rig)
{
    send_behind(rig, "www.usr.cn", 10);
}

static void respond_with_an_imei(struct rig *rig)
{
    send_behind(rig, "866971031234567", 15);
}

static void respond_with_zeros(struct rig *rig)
{
    send_behind(rig, "\0\0\0\0", (size_t) (1 + rig->ask_count % 4));
}

static void respond_bytewise(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    size_t length = rig_reply(rig, rig->request.unit, frame);
    for (size_t i = 0; i < length; i++) {
        rig_send(rig, 5 * RIG_MS + (us_t) i * 200, frame + i, 1);
    }
}

static void respond_with_another_unit_first(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    rig_send(rig, 2 * RIG_MS, frame, rig_reply(rig, 9, frame));
    send_good(rig, 60 * RIG_MS);
}

static void respond_with_a_damaged_copy(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    size_t length = rig_reply(rig, rig->request.unit, frame);
    frame[3 + rig->ask_count % 6] ^= (uint8_t) (1U << rig->ask_count % 8);
    rig_send(rig, 5 * RIG_MS, frame, length);
    send_good(rig, 20 * RIG_MS);
}

static void respond_twice_in_one_piece(struct rig *rig)
{
    uint8_t frames[RIG_BYTES];
    size_t length = rig_reply(rig, rig->request.unit, frames);
    length += rig_reply(rig, rig->request.unit, frames + length);
    rig_send(rig, 5 * RIG_MS, frames, length);
}

/* Bad answers. */

static void send_body(struct rig *rig, const uint8_t *body, size_t length)
{
    uint8_t frame[RIG_BYTES];
    rig_send(rig, 5 * RIG_MS, frame, rig_frame(rig, body, length, frame));
}

/* A whole frame of its own length, one register for two. */
static void respond_shorter(struct rig *rig)
{
    const uint8_t body[] = {rig->request.unit, 3, 2, 0, 0};
    send_body(rig, body, sizeof body);
}

/* It says two registers and brings one. */
static void respond_with_a_lying_count(struct rig *rig)
{
    const uint8_t body[] = {rig->request.unit, 3, 4, 0, 0};
    send_body(rig, body, sizeof body);
}

static void respond_longer(struct rig *rig)
{
    const uint8_t body[] = {rig->request.unit, 3, 6, 0, 0, 0, 0, 0, 0};
    send_body(rig, body, sizeof body);
}

static void respond_busy(struct rig *rig)
{
    const uint8_t body[] = {rig->request.unit, 0x83, 6};
    send_body(rig, body, sizeof body);
}

static void respond_flipped(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    size_t length = rig_reply(rig, rig->request.unit, frame);
    uint32_t bit = 24 + (uint32_t) (rig->ask_count * 7) % 48;
    frame[bit / 8] ^= (uint8_t) (1U << bit % 8);
    rig_send(rig, 20 * RIG_MS, frame, length);
}

static void respond_with_swapped_crc(struct rig *rig)
{
    uint8_t frame[RIG_BYTES];
    size_t length = rig_reply(rig, rig->request.unit, frame);
    uint8_t low = frame[length - 2];
    frame[length - 2] = frame[length - 1];
    frame[length - 1] = low;
    bool is_same = low == frame[length - 2];
    frame[length - 1] ^= is_same ? 1 : 0;
    rig_send(rig, 20 * RIG_MS, frame, length);
}

/* Always late, but still before its own unit is asked again: 290 ms behind a timeout of 100. */
static void respond_late(struct rig *rig)
{
    send_good(rig, (rig->framing == FRAMING_MBAP ? 250 : 390) * RIG_MS);
}

static void respond_under(struct rig *rig, uint16_t transaction)
{
    uint8_t frame[RIG_BYTES];
    size_t length = rig_reply(rig, rig->request.unit, frame);
    frame_put_word(frame, transaction);
    rig_send(rig, 5 * RIG_MS, frame, length);
}

static void respond_under_id_zero(struct rig *rig)
{
    respond_under(rig, 0);
}

static void respond_under_swapped_id(struct rig *rig)
{
    uint16_t id = rig->request.transaction;
    respond_under(rig, (uint16_t) (id << 8U | id >> 8U));
}

static const struct stream_case cases[] = {
    {"a_ping_before_the_reply_is_noise", ON_ALL, EXPECT_VALUE, respond_ping_first},
    {"text_glued_before_the_reply_is_noise", ON_ALL, EXPECT_VALUE, respond_with_text_glued_on},
    {"an_imei_before_each_reply_is_noise", ON_ALL, EXPECT_VALUE, respond_with_an_imei},
    {"stray_zeros_before_the_reply_are_noise", ON_BUS, EXPECT_VALUE, respond_with_zeros},
    {"a_reply_of_single_bytes_is_a_reply", ON_ALL, EXPECT_VALUE, respond_bytewise},
    {"another_units_reply_is_passed_over_until_the_deadline", ON_ALL, EXPECT_VALUE,
     respond_with_another_unit_first},
    {"a_damaged_copy_does_not_hide_the_good_one", ON_BUS, EXPECT_VALUE,
     respond_with_a_damaged_copy},
    {"two_replies_in_one_piece_are_one_answer", ON_ALL, EXPECT_VALUE, respond_twice_in_one_piece},
    {"a_shorter_reply_is_never_a_value", ON_ALL, EXPECT_SILENCE, respond_shorter},
    {"a_longer_reply_is_never_a_value", ON_ALL, EXPECT_SILENCE, respond_longer},
    {"a_reply_that_lies_about_its_count_is_never_a_value", ON_ALL, EXPECT_NO_VALUE,
     respond_with_a_lying_count},
    {"an_exception_is_told_as_one", ON_ALL, EXPECT_EXCEPTION, respond_busy},
    {"silence_is_told_as_silence", ON_ALL, EXPECT_SILENCE, rig_respond_never},
    {"a_flipped_bit_is_damage", ON_BUS, EXPECT_DAMAGE, respond_flipped},
    {"swapped_crc_bytes_are_damage", ON_BUS, EXPECT_DAMAGE, respond_with_swapped_crc},
    {"a_late_reply_answers_nothing", ON_ALL, EXPECT_SILENCE, respond_late},
    {"a_reply_under_id_zero_answers_nothing", ON_TCP, EXPECT_SILENCE, respond_under_id_zero},
    {"a_reply_under_a_swapped_id_answers_nothing", ON_TCP, EXPECT_SILENCE,
     respond_under_swapped_id},
};
enum { CASES = sizeof cases / sizeof cases[0] };

/* Running. */

static void expect_result(const struct rig *rig, enum expected expected)
{
    assert_int_equal(rig->result.is_answered, expected == EXPECT_VALUE);
    switch (expected) {
    case EXPECT_VALUE:
        assert_int_equal(rig->value.quality, QUALITY_GOOD);
        break;
    case EXPECT_SILENCE:
        assert_int_equal(rig->result.reason, REASON_TIMEOUT);
        assert_int_equal(rig->value.quality, QUALITY_NO_ANSWER);
        break;
    case EXPECT_DAMAGE:
        assert_int_equal(rig->result.reason, REASON_FRAME);
        assert_int_equal(rig->value.quality, QUALITY_BAD);
        break;
    case EXPECT_EXCEPTION:
        assert_int_equal(rig->result.reason, REASON_EXCEPTION);
        assert_int_equal(rig->result.exception, 6);
        break;
    case EXPECT_NO_VALUE:
        assert_true(rig->value.quality >= QUALITY_BAD);
        break;
    }
}

/* Its second block is longer in every second run: a late reply of the same and of another
 * length. */
static void start(struct rig *rig, enum link_kind kind, uint16_t second_count)
{
    rig_prepare(rig, kind, 2, 1000);
    struct profile *profile = rig_profile();
    profile->read[1].count = second_count;
    rig_make_link(rig);
}

static void run_case(const struct stream_case *stream, enum link_kind kind, uint16_t second_count)
{
    struct rig rig;
    start(&rig, kind, second_count);
    rig.respond = rig_respond_well;
    rig_open(&rig);
    rig_run(&rig, 3 * RIG_SECOND);
    assert_int_equal(rig.answered_count, rig.result_count);
    rig_await(&rig); /* nothing is on its way */
    rig.respond = stream->respond;
    for (int32_t i = 0; i < 12; i++) { /* the link stays open this long, whatever it hears */
        rig_await(&rig);
        bool is_asked = link_device_health(rig.link, rig.result.device) != DEVICE_DOWN;
        if (is_asked && rig.result.reason != REASON_LINK) {
            expect_result(&rig, stream->expected);
        }
    }
    rig_run(&rig, 60 * RIG_SECOND);
    assert_int_equal(rig.wrong_count, 0);
    assert_true(stream->expected == EXPECT_VALUE || rig.answered_count <= 16);
    rig.respond = rig_respond_well;
    rig.chunk_count = 0;
    rig_run(&rig, 60 * RIG_SECOND); /* and it is ok again within a minute */
    rig_await(&rig);
    assert_true(rig.result.is_answered);
    assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK);
    assert_int_equal(link_device_health(rig.link, 1), DEVICE_OK);
    assert_int_equal(rig.wrong_count, 0);
    rig_stop(&rig);
}

static void run_stream(void **state)
{
    static const struct {
        enum link_kind kind;
        uint32_t flag;
    } kinds[] = {{LINK_TCP, ON_TCP},
                 {LINK_RTU, ON_RTU},
                 {LINK_RTU_OVER_TCP, ON_RTU_OVER_TCP},
                 {LINK_DTU, ON_DTU}};
    const struct stream_case *stream = *state;
    for (size_t i = 0; i < 8; i++) {
        if ((stream->kinds & kinds[i / 2].flag) != 0) {
            run_case(stream, kinds[i / 2].kind, i % 2 == 0 ? 2 : 5);
        }
    }
}

static void a_peer_that_closes_ends_the_request_in_hand(void **state)
{
    (void) state;
    static const enum link_kind kinds[] = {LINK_TCP, LINK_RTU, LINK_RTU_OVER_TCP, LINK_DTU};
    for (size_t i = 0; i < 4; i++) {
        struct rig rig;
        start(&rig, kinds[i], 2);
        rig.respond = rig_respond_never;
        rig.keeps_closed = true;
        rig_open(&rig);
        rig_await_ask(&rig);
        rig.now += RIG_MS;
        rig_obey(&rig, link_closed(rig.link, rig.now));
        assert_int_equal(rig.result_count, 1);
        assert_int_equal(rig.result.reason, REASON_LINK);
        assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK);
        rig.respond = rig_respond_well;
        rig_open(&rig);
        rig_await(&rig);
        assert_true(rig.result.is_answered);
        rig_stop(&rig);
    }
}

static void respond_twice(struct rig *rig)
{
    send_good(rig, 20 * RIG_MS);
    send_good(rig, 22 * RIG_MS);
}

/* The same unit's blocks of the same shape follow each other without a pause: the copy must not
 * answer the next one. */
static void a_copy_in_a_segment_of_its_own_answers_nothing(void **state)
{
    (void) state;
    static const enum link_kind kinds[] = {LINK_TCP, LINK_RTU, LINK_RTU_OVER_TCP, LINK_DTU};
    for (size_t i = 0; i < 4; i++) {
        struct rig rig;
        rig_start_polling(&rig, kinds[i], 1, 20);
        rig.respond = respond_twice;
        rig_open(&rig);
        rig_run(&rig, 20 * RIG_SECOND);
        assert_int_equal(rig.answered_count, rig.result_count);
        assert_true(rig.answered_count > 500);
        assert_int_equal(rig.wrong_count, 0);
        rig_stop(&rig);
    }
}

/* Naming what is odd. */

static uint16_t id_ago; /* the reply carries the id of so many requests before */

static void respond_under_an_old_id(struct rig *rig)
{
    respond_under(rig, (uint16_t) (rig->request.transaction - id_ago));
}

static void a_gateway_that_returns_wrong_ids_is_named(void **state)
{
    (void) state;
    void (*const respond[])(struct rig *) = {respond_under_id_zero, respond_under_swapped_id};
    for (size_t i = 0; i < 2; i++) {
        struct rig rig;
        start(&rig, LINK_TCP, 2);
        rig_open(&rig);
        rig_run(&rig, 20 * RIG_SECOND);
        assert_string_equal(link_suspicion(rig.link), "");
        rig.respond = respond[i];
        rig_run(&rig, 10 * RIG_SECOND);
        assert_non_null(strstr(link_suspicion(rig.link), "事务号"));
        assert_true(link_counters(rig.link)->wrong_ids >= 3);
        assert_int_equal(link_counters(rig.link)->late, 0);
        rig.respond = rig_respond_well;
        rig_run(&rig, 60 * RIG_SECOND);
        assert_string_equal(link_suspicion(rig.link), "");
        rig_stop(&rig);
    }
}

static uint16_t only_id;
static uint8_t odd_unit; /* 0: all of them */

static void respond_under_one_id(struct rig *rig)
{
    bool is_odd = odd_unit == 0 || rig->request.unit == odd_unit;
    respond_under(rig, is_odd ? only_id : rig->request.transaction);
}

static void a_gateway_that_knows_one_id_only_is_named_from_its_first_answers_on(void **state)
{
    (void) state;
    static const uint16_t ids[] = {0, 1, 2, 7, 0xFFFF};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct rig rig;
        rig_start(&rig, LINK_TCP, 1);
        odd_unit = 0;
        only_id = ids[i];
        rig.respond = respond_under_one_id;
        rig_open(&rig);
        rig_run(&rig, 30 * RIG_SECOND);
        assert_non_null(strstr(link_suspicion(rig.link), "事务号"));
        assert_true(link_counters(rig.link)->wrong_ids >= 3);
        assert_true(link_counters(rig.link)->late <=
                    1); /* it was right once, and then the one before */
        rig_stop(&rig);
    }
}

static void a_gateway_that_errs_for_one_of_its_devices_is_named(void **state)
{
    (void) state;
    struct rig rig;
    rig_start(&rig, LINK_TCP, 3);
    odd_unit = 2;
    only_id = 0;
    rig.respond = respond_under_one_id;
    rig_open(&rig);
    rig_run(&rig, 30 * RIG_SECOND);
    assert_non_null(strstr(link_suspicion(rig.link), "事务号"));
    assert_int_equal(link_device_health(rig.link, 0), DEVICE_OK);
    rig.respond = rig_respond_well;
    rig_run(&rig, 120 * RIG_SECOND);
    assert_string_equal(link_suspicion(rig.link), "");
    rig_stop(&rig);
}

static void replies_that_are_always_late_are_named_otherwise(void **state)
{
    (void) state;
    struct rig rig;
    start(&rig, LINK_TCP, 2);
    rig_open(&rig);
    rig_run(&rig, 5 * RIG_SECOND);
    id_ago = 1;
    rig.respond = respond_under_an_old_id;
    rig_run(&rig, 10 * RIG_SECOND);
    assert_non_null(strstr(link_suspicion(rig.link), "超时"));
    assert_true(link_counters(rig.link)->late >= 3);
    assert_int_equal(link_counters(rig.link)->wrong_ids, 0);
    rig_stop(&rig);
}

int main(void)
{
    struct CMUnitTest tests[CASES + 6] = {0};
    for (size_t i = 0; i < CASES; i++) {
        static struct stream_case copies[CASES];
        copies[i] = cases[i];
        tests[i] = (struct CMUnitTest){
            .name = cases[i].promise, .test_func = run_stream, .initial_state = &copies[i]};
    }
    tests[CASES] =
        (struct CMUnitTest) cmocka_unit_test(a_peer_that_closes_ends_the_request_in_hand);
    tests[CASES + 1] =
        (struct CMUnitTest) cmocka_unit_test(a_gateway_that_returns_wrong_ids_is_named);
    tests[CASES + 2] =
        (struct CMUnitTest) cmocka_unit_test(replies_that_are_always_late_are_named_otherwise);
    tests[CASES + 3] =
        (struct CMUnitTest) cmocka_unit_test(a_copy_in_a_segment_of_its_own_answers_nothing);
    tests[CASES + 4] = (struct CMUnitTest) cmocka_unit_test(
        a_gateway_that_knows_one_id_only_is_named_from_its_first_answers_on);
    tests[CASES + 5] =
        (struct CMUnitTest) cmocka_unit_test(a_gateway_that_errs_for_one_of_its_devices_is_named);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
