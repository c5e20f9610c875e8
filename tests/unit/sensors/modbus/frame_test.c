#include "tests/unit/sensors/modbus/frame_rig.h"

/* Encoding. */

static void a_request_is_encoded_as_the_manuals_print_it(void **state)
{
    (void) state;
    uint8_t frame[MBAP_FRAME_MAX];
    struct frame_request request = {.unit = 1, .function = 4, .address = 1, .count = 2};
    assert_int_equal(frame_encode(&request, FRAMING_RTU, frame), 8);
    assert_memory_equal(frame, "\x01\x04\x00\x01\x00\x02\x20\x0B", 8);
    request.transaction = 0x1234;
    assert_int_equal(frame_encode(&request, FRAMING_MBAP, frame), 12);
    assert_memory_equal(frame, "\x12\x34\x00\x00\x00\x06\x01\x04\x00\x01\x00\x02", 12);
    frame_put_word(frame, 0xABCD);
    assert_memory_equal(frame, "\xAB\xCD\x00\x00", 4);
    assert_int_equal(frame_request_length(&request, FRAMING_RTU), 8);
    assert_int_equal(frame_request_length(&request, FRAMING_MBAP), 12);
}

static void the_crc_is_that_of_the_printed_frames(void **state)
{
    (void) state;
    assert_int_equal(frame_crc((const uint8_t *) "\x01\x03\x01\x01\x00\x01", 6), 0x36D4);
    assert_int_equal(frame_crc((const uint8_t *) "123456789", 9),
                     0x4B37); /* the catalogue's check */
    assert_int_equal(frame_crc(NULL, 0), 0xFFFF);
}

static void an_answer_is_as_long_as_the_protocol_says(void **state)
{
    (void) state;
    struct frame_request request = {.unit = 1, .function = 3, .count = 125};
    assert_int_equal(frame_reply_length(&request, FRAMING_RTU), 255);
    assert_int_equal(frame_reply_length(&request, FRAMING_MBAP), 259);
    request.function = 1;
    static const uint16_t counts[] = {1, 7, 8, 9, 2000};
    static const size_t lengths[] = {6, 6, 6, 7, 255};
    for (size_t i = 0; i < 5; i++) {
        request.count = counts[i];
        assert_int_equal(frame_reply_length(&request, FRAMING_RTU), lengths[i]);
    }
}

static void only_reads_that_fit_may_be_asked(void **state)
{
    (void) state;
    struct frame_request request = {.unit = 1, .function = 3, .address = 65535, .count = 1};
    assert_true(frame_is_request(&request));
    request.count = 2; /* beyond 65535 */
    assert_false(frame_is_request(&request));
    request = (struct frame_request){.function = 3, .count = 126};
    assert_false(frame_is_request(&request));
    request = (struct frame_request){.function = 2, .count = 2000};
    assert_true(frame_is_request(&request));
    request = (struct frame_request){.function = 7, .count = 1};
    assert_false(frame_is_request(&request));
    request = (struct frame_request){.function = 3, .count = 0};
    assert_false(frame_is_request(&request));
}

static bool is_set(uint32_t bit, uint32_t count)
{
    return bit % 3 == 0 || bit == count - 1;
}

static void expect_bits(uint16_t count)
{
    struct frame_request request = {.unit = 1, .function = 1, .count = count};
    uint8_t frame[MBAP_FRAME_MAX] = {1, 1, (uint8_t) ((count + 7) / 8)};
    uint16_t words[FRAME_WORDS_MAX];
    for (uint32_t bit = 0; bit < count; bit++) { /* written the other way round than read */
        uint32_t weight = is_set(bit, count) ? 1U << (bit & 7U) : 0;
        frame[3 + bit / 8] = (uint8_t) (frame[3 + bit / 8] + weight);
    }
    frame_words(&request, FRAMING_RTU, frame, words);
    for (uint32_t bit = 0; bit < count; bit++) {
        assert_int_equal(words[bit], is_set(bit, count));
    }
}

static void bits_come_lowest_first_across_bytes(void **state)
{
    (void) state;
    static const uint16_t counts[] = {1, 7, 8, 9, 2000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        expect_bits(counts[i]);
    }
}

/* RTU streams: what was tried against real stacks. */

static void a_plain_reply_is_found_however_it_is_cut(void **state)
{
    (void) state;
    struct bytes rtu = {.length = 0};
    put_rtu(&rtu, GOOD_BODY);
    expect_good(&rtu, FRAMING_RTU);
    struct bytes mbap = {.length = 0};
    put_mbap(&mbap, 0x1234, GOOD_BODY);
    expect_good(&mbap, FRAMING_MBAP);
}

static void a_heartbeat_before_the_reply_is_noise(void **state)
{
    (void) state;
    static const char *const texts[] = {"ping", "www.usr.cn", "866971031234567", "LOGIN:1001",
                                        "\1\1\1"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct bytes bytes = {.length = 0};
        put_text(&bytes, texts[i]);
        put_rtu(&bytes, GOOD_BODY);
        expect_good(&bytes, FRAMING_RTU);
        struct found found = find_in(&bytes, FRAMING_RTU, 2048);
        assert_int_equal(found.stream.noise_bytes, strlen(texts[i]));
        assert_int_equal(found.stream.foreign_frames, 0);
    }
}

static void stray_bytes_before_the_reply_are_noise(void **state)
{
    (void) state;
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t count = 1; count <= 4; count++) {
            struct bytes bytes = {.length = 0};
            uint8_t stray[4];
            memset(stray, (int) byte, sizeof(stray));
            put(&bytes, stray, count);
            put_rtu(&bytes, GOOD_BODY);
            expect_good(&bytes, FRAMING_RTU);
        }
    }
}

static void another_units_reply_is_skipped_whole(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    put_rtu(&bytes, BODY(2, 3, 4, 0x11, 0x11, 0x22, 0x22));
    expect_nothing(&bytes, FRAMING_RTU);
    assert_int_equal(find_in(&bytes, FRAMING_RTU, 1).stream.foreign_frames, 1);
    assert_int_equal(find_in(&bytes, FRAMING_RTU, 1).stream.noise_bytes, 0);
    put_rtu(&bytes, GOOD_BODY);
    expect_good(&bytes, FRAMING_RTU);
}

static void an_answer_inside_another_units_reply_is_not_taken(void **state)
{
    (void) state;
    struct bytes inner = {.length = 0};
    put_rtu(&inner, BODY(1, 3, 4, 0x66, 0x66, 0x66, 0x66));
    uint8_t body[32] = {9, 3, 10, 0};
    memcpy(body + 3, inner.byte, inner.length);
    struct bytes bytes = {.length = 0};
    put_rtu(&bytes, body, 13);
    put_rtu(&bytes, GOOD_BODY);
    struct found found = find_in(&bytes, FRAMING_RTU, 2048);
    assert_int_equal(found.verdict, FRAME_REPLY);
    assert_int_equal(found.frame[3], 0xAA);
    struct bytes mbap = {.length = 0};
    put_mbap(&mbap, 0x1233, body, 13);
    put_mbap(&mbap, 0x1234, GOOD_BODY);
    expect_good(&mbap, FRAMING_MBAP);
}

static void a_damaged_copy_is_counted_and_the_good_one_taken(void **state)
{
    (void) state;
    for (size_t bit = 0; bit < (size_t) 9 * 8; bit++) {
        struct bytes bytes = {.length = 0};
        put_rtu(&bytes, GOOD_BODY);
        bytes.byte[bit / 8] ^= (uint8_t) (1U << bit % 8);
        struct found alone = find_in(&bytes, FRAMING_RTU, 2048);
        assert_int_equal(alone.verdict, FRAME_MORE);
        if (bit >= 24) { /* beyond the header */
            assert_int_equal(alone.stream.damaged_frames, 1);
        }
        put_rtu(&bytes, GOOD_BODY);
        expect_good(&bytes, FRAMING_RTU);
    }
}

static void swapped_crc_bytes_are_no_crc(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    put_rtu(&bytes, GOOD_BODY);
    uint8_t low = bytes.byte[7];
    bytes.byte[7] = bytes.byte[8];
    bytes.byte[8] = low;
    expect_nothing(&bytes, FRAMING_RTU);
    assert_int_equal(find_in(&bytes, FRAMING_RTU, 2048).stream.damaged_frames, 1);
}

static void a_wrong_byte_count_is_not_the_answer(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    put_rtu(&bytes, BODY(1, 3, 2, 0x11, 0x11));       /* shorter than asked */
    put_rtu(&bytes, BODY(1, 3, 6, 1, 1, 1, 1, 1, 1)); /* longer */
    put_rtu(&bytes, BODY(1, 4, 4, 1, 1, 1, 1));       /* of another function */
    expect_nothing(&bytes, FRAMING_RTU);
    assert_int_equal(find_in(&bytes, FRAMING_RTU, 2048).stream.foreign_frames, 3);
    put_rtu(&bytes, BODY(1, 3, 4, 0x11, 0x11)); /* says 4, brings 2, and its CRC is good */
    expect_nothing(&bytes, FRAMING_RTU);
    put_rtu(&bytes, GOOD_BODY);
    expect_good(&bytes, FRAMING_RTU);
}

static void an_exception_is_the_answer_too(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    put_rtu(&bytes, BODY(2, 0x83, 2));
    put_rtu(&bytes, BODY(1, 0x84, 2));
    put_rtu(&bytes, BODY(1, 0x83, 2));
    struct found found = find_in(&bytes, FRAMING_RTU, 2048);
    assert_int_equal(found.verdict, FRAME_EXCEPTION);
    assert_int_equal(frame_exception(FRAMING_RTU, found.frame), 2);
    assert_int_equal(found.stream.foreign_frames, 2);
    struct bytes mbap = {.length = 0};
    put_mbap(&mbap, 0x1234, BODY(1, 0x83, 11));
    found = find_in(&mbap, FRAMING_MBAP, 1);
    assert_int_equal(found.verdict, FRAME_EXCEPTION);
    assert_int_equal(frame_exception(FRAMING_MBAP, found.frame), 11);
}

static void silence_is_no_answer(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    expect_nothing(&bytes, FRAMING_RTU);
    expect_nothing(&bytes, FRAMING_MBAP);
}

static void our_own_echo_is_not_the_answer(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    uint8_t echo[MBAP_FRAME_MAX];
    put(&bytes, echo, frame_encode(&two_registers, FRAMING_RTU, echo));
    expect_nothing(&bytes, FRAMING_RTU);
    assert_int_equal(find_in(&bytes, FRAMING_RTU, 2048).stream.echoed_frames, 1);
    assert_int_equal(find_in(&bytes, FRAMING_RTU, 1).stream.echoed_frames, 1);
    assert_int_equal(find_in(&bytes, FRAMING_RTU, 1).stream.noise_bytes, 0);
    put_rtu(&bytes, BODY(1, 5, 0, 1, 0xFF, 0)); /* a write's echo neither */
    expect_nothing(&bytes, FRAMING_RTU);
    put_rtu(&bytes, GOOD_BODY);
    expect_good(&bytes, FRAMING_RTU);
}

static void two_glued_replies_give_the_first_once(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    put_rtu(&bytes, GOOD_BODY);
    put_rtu(&bytes, GOOD_BODY);
    expect_good(&bytes, FRAMING_RTU);
    struct found found = find_in(&bytes, FRAMING_RTU, 2048);
    frame_begin(&found.stream); /* the next request: what was there answers nothing */
    assert_int_equal(frame_find(&found.stream, &two_registers, found.frame, &found.length),
                     FRAME_MORE);
    assert_int_equal(found.stream.noise_bytes, 0);
}

static void expect_none(const struct bytes *bytes)
{
    struct found found = find_in(bytes, FRAMING_RTU, 2048);
    assert_int_equal(found.verdict, FRAME_MORE);
    assert_int_equal(found.stream.damaged_frames, 1);
    assert_false(frame_is_midway(&found.stream));
}

static void of_two_different_answers_neither_is_believed(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    put_rtu(&bytes, BODY(1, 3, 4, 0x99, 0x99, 0x99, 0x99));
    put_text(&bytes, "ping");
    put_rtu(&bytes, GOOD_BODY);
    expect_none(&bytes);
    bytes.length = 0;
    put_rtu(&bytes, GOOD_BODY);
    put_rtu(&bytes, BODY(1, 0x83, 2));
    expect_none(&bytes);
    bytes.length = 0;
    put_rtu(&bytes, GOOD_BODY); /* what others say behind it is nothing against it */
    put_rtu(&bytes, BODY(2, 3, 4, 0x99, 0x99, 0x99, 0x99));
    put_rtu(&bytes, BODY(1, 3, 2, 0x99, 0x99));
    expect_good(&bytes, FRAMING_RTU);
}

/* The end of an answer is lost, and the beginning of the next frame passes for its check sum: found
 * among 10^6 replies. */
static void an_answer_that_another_frame_begins_in_is_not_believed(void **state)
{
    (void) state;
    static const uint8_t splice[] = {1, 3, 4, 2, 0x81, 0x26};
    uint8_t first[9] = {0};
    memcpy(first, splice, sizeof splice);
    size_t found_count = 0;
    for (uint32_t value = 0; value < 0x10000;
         value++) { /* the last register but for its lower half */
        first[4] = (uint8_t) (value >> 8U);
        first[5] = (uint8_t) (value & 0xFFU);
        first[6] = 2;
        if (frame_crc(first, 7) != (3U | 2U << 8U)) {
            continue;
        }
        found_count++;
        struct bytes bytes = {.length = 0};
        put(&bytes, first, 6);
        put_rtu(&bytes, BODY(2, 3, 2, 0x66, 0x66));
        expect_none(&bytes);
        bytes.length = 9; /* nothing more: the sum decides */
        assert_int_equal(find_in(&bytes, FRAMING_RTU, 2048).verdict, FRAME_REPLY);
    }
    assert_int_equal(found_count, 1);
}

static void half_a_header_of_somebody_else_does_not_hold_the_reply_back(void **state)
{
    (void) state;
    struct bytes bytes = {.length = 0};
    put(&bytes, BODY(7, 3, 250, 1, 2)); /* 250 bytes are promised and never come */
    put_rtu(&bytes, GOOD_BODY);
    expect_good(&bytes, FRAMING_RTU);
}

static void noise_without_end_is_bounded(void **state)
{
    (void) state;
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MAX];
    frame_init(&stream, FRAMING_RTU, room, sizeof room);
    uint8_t frame[MBAP_FRAME_MAX];
    size_t length = 0;
    uint8_t noise[977];
    memset(noise, 1, sizeof(noise));
    for (int i = 0; i < 1000; i++) {
        size_t taken = 0;
        while (taken < sizeof(noise)) {
            taken += frame_feed(&stream, noise + taken, sizeof(noise) - taken);
            assert_int_equal(frame_find(&stream, &two_registers, frame, &length), FRAME_MORE);
        }
    }
    assert_true(stream.noise_bytes > 900000);
    struct bytes good = {.length = 0};
    put_rtu(&good, GOOD_BODY);
    frame_feed(&stream, good.byte, good.length);
    assert_int_equal(frame_find(&stream, &two_registers, frame, &length), FRAME_REPLY);
}

/* Texts. */

static void every_exception_has_words_for_people(void **state)
{
    (void) state;
    for (unsigned code = 0; code < 256; code++) {
        assert_true(strlen(frame_exception_text((uint8_t) code)) > 0);
    }
    assert_string_equal(frame_exception_text(2), "寄存器地址不存在");
}

/* At random. */

static uint32_t draw(uint32_t *seed)
{
    *seed ^= *seed << 13U;
    *seed ^= *seed >> 17U;
    *seed ^= *seed << 5U;
    return *seed;
}

static void put_foreign(struct bytes *bytes, uint32_t *seed)
{
    uint8_t body[7] = {(uint8_t) (1 + draw(seed) % 3),
                       (uint8_t) (3 + draw(seed) % 2),
                       4,
                       0x55,
                       (uint8_t) draw(seed),
                       0x55,
                       (uint8_t) draw(seed)};
    body[0] = body[0] == 1 && body[1] == 3 ? 2 : body[0];
    if (draw(seed) % 3 == 0) {
        put(bytes, body, 1 + draw(seed) % 6); /* cut short */
    } else {
        put_rtu(bytes, body, 7);
    }
}

/* Frames and noise in any mixture: the good frame is found behind it, and nothing wrong is. */
static void no_mixture_hides_the_answer_or_invents_one(void **state)
{
    (void) state;
    uint32_t seed = 20260718;
    for (int round = 0; round < 20000; round++) {
        struct bytes bytes = {.length = 0};
        for (uint32_t parts = draw(&seed) % 4; parts > 0; parts--) {
            put_foreign(&bytes, &seed);
        }
        put_rtu(&bytes, GOOD_BODY);
        struct found found = find_in(&bytes, FRAMING_RTU, 1 + draw(&seed) % 40);
        assert_int_equal(found.verdict, FRAME_REPLY);
        assert_int_equal(found.frame[3], 0xAA);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_is_encoded_as_the_manuals_print_it),
        cmocka_unit_test(the_crc_is_that_of_the_printed_frames),
        cmocka_unit_test(an_answer_is_as_long_as_the_protocol_says),
        cmocka_unit_test(only_reads_that_fit_may_be_asked),
        cmocka_unit_test(bits_come_lowest_first_across_bytes),
        cmocka_unit_test(a_plain_reply_is_found_however_it_is_cut),
        cmocka_unit_test(a_heartbeat_before_the_reply_is_noise),
        cmocka_unit_test(stray_bytes_before_the_reply_are_noise),
        cmocka_unit_test(another_units_reply_is_skipped_whole),
        cmocka_unit_test(an_answer_inside_another_units_reply_is_not_taken),
        cmocka_unit_test(a_damaged_copy_is_counted_and_the_good_one_taken),
        cmocka_unit_test(swapped_crc_bytes_are_no_crc),
        cmocka_unit_test(a_wrong_byte_count_is_not_the_answer),
        cmocka_unit_test(an_exception_is_the_answer_too),
        cmocka_unit_test(silence_is_no_answer),
        cmocka_unit_test(our_own_echo_is_not_the_answer),
        cmocka_unit_test(two_glued_replies_give_the_first_once),
        cmocka_unit_test(of_two_different_answers_neither_is_believed),
        cmocka_unit_test(an_answer_that_another_frame_begins_in_is_not_believed),
        cmocka_unit_test(half_a_header_of_somebody_else_does_not_hold_the_reply_back),
        cmocka_unit_test(noise_without_end_is_bounded),
        cmocka_unit_test(every_exception_has_words_for_people),
        cmocka_unit_test(no_mixture_hides_the_answer_or_invents_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
