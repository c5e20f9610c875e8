#include "tests/unit/frame_rig.h"

static void a_late_reply_of_another_transaction_is_skipped(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    put_mbap(&bytes, 0x1233, BODY(1, 3, 4, 0x99, 0x99, 0x99, 0x99));
    expect_nothing(&bytes, FRAMING_MBAP);
    assert_int_equal(find_in(&bytes, FRAMING_MBAP, 1).stream.foreign_frames, 1);
    put_mbap(&bytes, 0x1234, GOOD_BODY);
    expect_good(&bytes, FRAMING_MBAP);
}

static void every_field_of_the_header_must_fit(void **state)
{
    (void) state;
    struct bytes good = {.length = 0};
    put_mbap(&good, 0x1234, GOOD_BODY);
    for (size_t at = 0; at < 9; at++) { /* transaction, protocol, length, unit, function, count */
        struct bytes bytes = good;
        bytes.byte[at] ^= 0x01;
        expect_nothing(&bytes, FRAMING_MBAP);
    }
    struct bytes long_one = {.length = 0};
    put_mbap(&long_one, 0x1234, BODY(1, 3, 4, 0xAA, 0xBB, 0xCC, 0xDD, 0xEE));
    expect_nothing(&long_one, FRAMING_MBAP);
}

static void garbage_before_an_mbap_frame_is_noise(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    put_text(&bytes, "HTTP/1.1 400 Bad Request\r\n\r\n");
    put_mbap(&bytes, 0x1234, GOOD_BODY);
    expect_good(&bytes, FRAMING_MBAP);
    assert_int_equal(find_in(&bytes, FRAMING_MBAP, 2048).stream.noise_bytes, 28);
}

static void a_frame_that_swallowed_the_next_one_is_not_taken(void **state)
{
    (void) state;
    struct bytes whole = {.length = 0};
    put_mbap(&whole, 0x1234, GOOD_BODY);
    for (size_t cut = 9; cut < whole.length; cut++) { /* the header is complete, the data is not */
        struct bytes bytes = {.length = 0};
        put(&bytes, whole.byte, cut);
        put(&bytes, whole.byte, whole.length);
        struct found found = find_in(&bytes, FRAMING_MBAP, 2048);
        assert_int_equal(found.verdict, FRAME_REPLY);
        assert_int_equal(found.stream.damaged_frames, 1);
        assert_memory_equal(found.frame, whole.byte, whole.length);
    }
}

static void half_a_late_mbap_frame_survives_the_next_request(void **state)
{
    (void) state;
    struct bytes late = {.length = 0};
    put_mbap(&late, 0x1233, BODY(1, 3, 4, 0x99, 0x99, 0x99, 0x99));
    struct bytes good = {.length = 0};
    put_mbap(&good, 0x1234, GOOD_BODY);
    struct frame_stream stream;
    uint8_t frame[MBAP_FRAME_MAX];
    size_t length = 0;
    for (size_t cut = 1; cut < late.length; cut++) {
        frame_reset(&stream, FRAMING_MBAP);
        frame_feed(&stream, late.byte, cut);
        frame_begin(&stream);
        frame_feed(&stream, late.byte + cut, late.length - cut);
        frame_feed(&stream, good.byte, good.length);
        assert_int_equal(frame_find(&stream, &two_registers, frame, &length), FRAME_REPLY);
        assert_int_equal(frame[9], 0xAA);
        assert_int_equal(stream.foreign_frames, 1);
        assert_int_equal(stream.noise_bytes, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_reply_of_another_transaction_is_skipped),
        cmocka_unit_test(every_field_of_the_header_must_fit),
        cmocka_unit_test(garbage_before_an_mbap_frame_is_noise),
        cmocka_unit_test(a_frame_that_swallowed_the_next_one_is_not_taken),
        cmocka_unit_test(half_a_late_mbap_frame_survives_the_next_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
