/* dtu_filter_fuzz.c - what a radio sends, cut anywhere: who it is never comes out of thin air, and
 * no good reply is lost.
 *
 * Input: segment length, count of registers, then steps: below 0xF0 the byte itself, above it a
 * heartbeat, the registration, a good reply, a damaged one. */
#include "sensors/dtu/dtu_filter.h"

#include <string.h>

#include "gateway/base/check.h"
#include "sensors/dtu/dtu_registration.h"
#include "sensors/modbus/frame.h"

enum {
    HEAD = 2,
    STREAM_MAX = 480, /* fits what filter and frame hold: nothing is pushed through */
    PING = 0xF0,
    DOLLAR,
    REGISTRATION,
    GOOD,
    DAMAGED,
};

static const struct dtu_text heartbeats[] = {{4, (const uint8_t *) "ping"},
                                             {1, (const uint8_t *) "$"}};
static const struct dtu_settings settings[] = {
    {.registration = {4, (const uint8_t *) "REG1"}, .heartbeat_count = 2, .heartbeat = heartbeats},
    {.registration = {5, (const uint8_t *) "REG12"}, .heartbeat_count = 2, .heartbeat = heartbeats},
    {.registration = {2, (const uint8_t *) "\x7E\x80"}}};
static const struct dtu_settings *const by_link[] = {&settings[0], &settings[1], NULL,
                                                     &settings[2]};

struct stream {
    size_t length;
    uint8_t bytes[STREAM_MAX];
};

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void put(struct stream *stream, const void *bytes, size_t length)
{
    if (stream->length + length <= STREAM_MAX) {
        memcpy(stream->bytes + stream->length, bytes, length);
        stream->length += length;
    }
}

static void put_reply(struct stream *stream, const struct frame_request *request, uint8_t damage)
{
    uint8_t frame[RTU_FRAME_MAX] = {request->unit, request->function,
                                    (uint8_t) (2 * request->count)};
    size_t length = 3 + 2 * (size_t) request->count;
    memset(frame + 3, '$', length - 3);
    uint16_t crc = frame_crc(frame, length);
    frame[length] = (uint8_t) (crc & 0xFF);
    frame[length + 1] = (uint8_t) (crc >> 8);
    frame[3] ^= damage;
    put(stream, frame, length + 2);
}

static void put_step(struct stream *stream, const struct frame_request *request, uint8_t step)
{
    switch (step) {
    case PING:
        put(stream, "ping", 4);
        break;
    case DOLLAR:
        put(stream, "$", 1);
        break;
    case REGISTRATION:
        put(stream, "REG1", 4);
        break;
    case GOOD:
        put_reply(stream, request, 0);
        break;
    case DAMAGED:
        put_reply(stream, request, 1);
        break;
    default:
        put(stream, &step, 1);
        break;
    }
}

/* Does an answer stand anywhere in these bytes? Whether it is believed is the link's business: it
 * may be contradicted. */
static bool has_answer(const struct stream *stream, const struct frame_request *request)
{
    const uint8_t bytes = (uint8_t) (2 * request->count);
    for (size_t at = 0; at + 5 <= stream->length; at++) {
        const uint8_t *frame = stream->bytes + at;
        bool is_reply = frame[1] == request->function && frame[2] == bytes;
        bool is_exception = frame[1] == (request->function | 0x80U);
        size_t end = is_reply ? 3U + bytes : 3U;
        if (frame[0] != request->unit || !(is_reply || is_exception) ||
            at + end + 2 > stream->length) {
            continue;
        }
        if (frame_crc(frame, end) == (frame[end] | frame[end + 1] << 8U)) {
            return true;
        }
    }
    return false;
}

static void check_filter(const struct stream *stream, const struct frame_request *request,
                         size_t segment)
{
    struct dtu_filter filter;
    uint8_t asked[MBAP_FRAME_MAX];
    struct stream passed = {0};
    dtu_filter_reset(&filter, &settings[0]);
    dtu_filter_ask(&filter, asked, frame_encode(request, FRAMING_RTU, asked));
    for (size_t at = 0; at < stream->length; at += segment) {
        uint8_t to[DTU_FILTER_OUT_MAX];
        size_t rest = stream->length - at < segment ? stream->length - at : segment;
        put(&passed, to, dtu_filter_take(&filter, stream->bytes + at, rest, to));
    }
    CHECK(passed.length + filter.length <= stream->length);
    CHECK(has_answer(&passed, request) || !has_answer(stream, request));
    uint8_t to[DTU_FILTER_OUT_MAX];
    size_t held = filter.length;
    CHECK(dtu_filter_give_up(&filter, to) == held);
    CHECK(filter.length == 0);
}

static void check_idle(const struct stream *stream, size_t segment)
{
    struct dtu_filter filter;
    size_t passed = 0;
    dtu_filter_reset(&filter, &settings[0]);
    for (size_t at = 0; at < stream->length; at += segment) {
        uint8_t to[DTU_FILTER_OUT_MAX];
        size_t rest = stream->length - at < segment ? stream->length - at : segment;
        size_t count = dtu_filter_take(&filter, stream->bytes + at, rest, to);
        CHECK(memchr(to, '$', count) == NULL);
        passed += count;
    }
    CHECK(filter.length < 4 && passed + filter.length <= stream->length);
}

static void check_book(const struct stream *stream)
{
    struct arena *arena = arena_new();
    const struct dtu_registrations *book = dtu_registrations_new(arena, by_link, 4);
    size_t most =
        stream->length < DTU_REGISTRATION_HELLO_MAX ? stream->length : DTU_REGISTRATION_HELLO_MAX;
    int32_t link = -1;
    size_t end = 0;
    if (dtu_registrations_find(book, stream->bytes, most, &link, &end) != DTU_REGISTRATION_MORE) {
        CHECK(link >= 0 && link < 4 && by_link[link] != NULL);
        const struct dtu_text *word = &by_link[link]->registration;
        size_t length = (size_t) word->length;
        CHECK(end >= length && end <= most);
        CHECK(memcmp(stream->bytes + end - length, word->bytes, length) == 0);
    }
    arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length < HEAD) {
        return 0;
    }
    size_t segment = 1 + (size_t) bytes[0] % DTU_FILTER_TAKE_MAX;
    const struct frame_request request = {
        .unit = 1, .function = 4, .address = 1, .count = (uint16_t) (1 + bytes[1] % 20)};
    struct stream stream = {0};
    for (size_t i = HEAD; i < length; i++) {
        put_step(&stream, &request, bytes[i]);
    }
    check_filter(&stream, &request, segment);
    check_idle(&stream, segment);
    check_book(&stream);
    return 0;
}
