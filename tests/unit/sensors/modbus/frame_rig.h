/* frame_rig.h - streams built of good and bad frames, and what is found in them. For the tests of
 * frame. */
#pragma once

#include <string.h>

#include "sensors/modbus/frame.h"
#include "tests/unit/expect.h"

static const struct frame_request two_registers = {
    .unit = 1, .function = 3, .address = 0, .count = 2, .transaction = 0x1234};

/* Building streams. */

struct bytes {
    uint8_t byte[2048];
    size_t length;
};

static inline void put(struct bytes *bytes, const void *from, size_t length)
{
    assert_true(bytes->length + length <= sizeof(bytes->byte));
    memcpy(bytes->byte + bytes->length, from, length);
    bytes->length += length;
}

static inline void put_text(struct bytes *bytes, const char *text)
{
    put(bytes, text, strlen(text));
}

/* A body with its CRC. */
static inline void put_rtu(struct bytes *bytes, const uint8_t *body, size_t length)
{
    uint16_t crc = frame_crc(body, length);
    uint8_t tail[2] = {(uint8_t) (crc & 0xFFU), (uint8_t) (crc >> 8U)};
    put(bytes, body, length);
    put(bytes, tail, 2);
}

static inline void put_mbap(struct bytes *bytes, uint16_t transaction, const uint8_t *body,
                            size_t length)
{
    uint8_t header[6] = {(uint8_t) (transaction >> 8U), (uint8_t) (transaction & 0xFFU), 0, 0,
                         (uint8_t) (length >> 8U),      (uint8_t) (length & 0xFFU)};
    put(bytes, header, sizeof(header));
    put(bytes, body, length);
}

#define BODY(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})
#define GOOD_BODY BODY(1, 3, 4, 0xAA, 0xBB, 0xCC, 0xDD)

/* Feeding. */

struct found {
    enum frame_verdict verdict;
    uint8_t frame[MBAP_FRAME_MAX];
    size_t length;
    struct frame_stream stream; /* what it counted; its bytes are the next one's */
};

static uint8_t found_room[FRAME_STREAM_MAX];

/* One segment, in as many bites as it takes. */
static inline void search_in(struct found *found, const struct frame_request *request,
                             const uint8_t *bytes, size_t length)
{
    for (size_t at = 0; at < length && found->verdict == FRAME_MORE;) {
        at += frame_feed(&found->stream, bytes + at, length - at);
        found->verdict = frame_find(&found->stream, request, found->frame, &found->length);
    }
}

static struct found find_in(const struct bytes *bytes, enum framing framing, size_t segment)
{
    struct found found = {.verdict = FRAME_MORE};
    frame_init(&found.stream, framing, found_room, sizeof found_room);
    for (size_t at = 0; at < bytes->length && found.verdict == FRAME_MORE; at += segment) {
        size_t rest = bytes->length - at;
        search_in(&found, &two_registers, bytes->byte + at, rest < segment ? rest : segment);
    }
    return found;
}

/* The answer is found, and it is the good one, however the stream is cut. */
static inline void expect_good(const struct bytes *bytes, enum framing framing)
{
    static const size_t segments[] = {2048, 1, 3, 7};
    for (size_t i = 0; i < sizeof(segments) / sizeof(segments[0]); i++) {
        struct found found = find_in(bytes, framing, segments[i]);
        assert_int_equal(found.verdict, FRAME_REPLY);
        assert_int_equal(found.length, frame_reply_length(&two_registers, framing));
        uint16_t words[FRAME_WORDS_MAX];
        frame_words(&two_registers, framing, found.frame, words);
        assert_int_equal(words[0], 0xAABB);
        assert_int_equal(words[1], 0xCCDD);
    }
}

static inline void expect_nothing(const struct bytes *bytes, enum framing framing)
{
    assert_int_equal(find_in(bytes, framing, 2048).verdict, FRAME_MORE);
    assert_int_equal(find_in(bytes, framing, 1).verdict, FRAME_MORE);
}
