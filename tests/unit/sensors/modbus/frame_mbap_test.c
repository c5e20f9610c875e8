#include "tests/unit/sensors/modbus/frame_rig.h"

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
    uint8_t room[FRAME_STREAM_MAX];
    uint8_t frame[MBAP_FRAME_MAX];
    size_t length = 0;
    for (size_t cut = 1; cut < late.length; cut++) {
        frame_init(&stream, FRAMING_MBAP, room, sizeof room);
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

/* Feeds what is left of a segment as the room takes it. */
static enum frame_verdict hear(struct frame_stream *stream, const uint8_t *bytes, size_t length,
                               uint8_t frame[static MBAP_FRAME_MAX])
{
    enum frame_verdict verdict = FRAME_MORE;
    size_t found = 0;
    for (size_t at = 0; at < length;) {
        assert_int_equal(verdict, FRAME_MORE);
        at += frame_feed(stream, bytes + at, length - at);
        verdict = frame_find(stream, &two_registers, frame, &found);
    }
    return verdict;
}

/* A foreign frame of `foreign` bytes, and the good one. */
static void expect_skipped(const struct bytes *all, size_t foreign, size_t segment)
{
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MIN];
    uint8_t frame[MBAP_FRAME_MAX];
    enum frame_verdict verdict = FRAME_MORE;
    frame_init(&stream, FRAMING_MBAP, room, sizeof room);
    for (size_t at = 0; at < all->length; at += segment) {
        size_t end = at + segment < all->length ? at + segment : all->length;
        verdict = hear(&stream, all->byte + at, end - at, frame);
        bool is_border = end == foreign || end == all->length;
        assert_int_equal(frame_is_midway(&stream), !is_border);
    }
    assert_int_equal(verdict, FRAME_REPLY);
    assert_int_equal(frame[9], 0xAA);
    assert_int_equal(stream.foreign_frames, 1);
    assert_int_equal(stream.noise_bytes, 0);
}

/* The good answer stands inside a frame of another function, shorter or longer than the room;
 * behind it stands the real one. However the stream is cut, the foreign one goes as a whole. */
static void a_foreign_frame_longer_than_the_room_is_skipped_as_a_whole(void **state)
{
    (void) state;
    assert_int_equal(frame_room_of(&two_registers), FRAME_STREAM_MIN);
    struct bytes inside = {.length = 0};
    put_mbap(&inside, 0x1234, BODY(1, 3, 4, 0x66, 0x66, 0x66, 0x66));
    for (size_t length = 40; length <= MBAP_FRAME_MAX - 6; length++) {
        uint8_t body[MBAP_FRAME_MAX] = {1, 4, (uint8_t) (length - 3)};
        memcpy(body + 20, inside.byte, inside.length);
        struct bytes all = {.length = 0};
        put_mbap(&all, 0x1233, body, length);
        put_mbap(&all, 0x1234, GOOD_BODY);
        for (size_t segment = 1; segment <= all.length; segment++) {
            expect_skipped(&all, 6 + length, segment);
        }
    }
}

/* It fills the room to its last byte, and what has cut it short is still to come. */
static void an_answer_cut_short_shows_also_where_the_room_ends(void **state)
{
    (void) state;
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MIN];
    uint8_t frame[MBAP_FRAME_MAX];
    size_t length = 0;
    for (size_t before = 0; before < 2 * sizeof room; before++) {
        struct bytes all = {.length = before};
        memset(all.byte, 0xFF, before);
        put_mbap(&all, 0x1234, BODY(1, 3, 4, 0x66)); /* says 4 bytes, has 1 */
        all.byte[before + 5] = 7;
        put_mbap(&all, 0x1234, GOOD_BODY);
        frame_init(&stream, FRAMING_MBAP, room, sizeof room);
        enum frame_verdict verdict = FRAME_MORE;
        for (size_t from = 0; from < all.length && verdict == FRAME_MORE;) {
            from += frame_feed(&stream, all.byte + from, all.length - from);
            verdict = frame_find(&stream, &two_registers, frame, &length);
        }
        assert_int_equal(verdict, FRAME_REPLY);
        assert_int_equal(frame[9], 0xAA);
        assert_int_equal(stream.damaged_frames, 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_reply_of_another_transaction_is_skipped),
        cmocka_unit_test(every_field_of_the_header_must_fit),
        cmocka_unit_test(garbage_before_an_mbap_frame_is_noise),
        cmocka_unit_test(a_frame_that_swallowed_the_next_one_is_not_taken),
        cmocka_unit_test(a_foreign_frame_longer_than_the_room_is_skipped_as_a_whole),
        cmocka_unit_test(an_answer_cut_short_shows_also_where_the_room_ends),
        cmocka_unit_test(half_a_late_mbap_frame_survives_the_next_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
