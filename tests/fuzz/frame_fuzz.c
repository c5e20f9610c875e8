/* frame_fuzz.c - any stream, cut anywhere: nothing is taken that is not the answer, and every byte
 * is counted.
 *
 * Input: framing (and whether an echo is due), unit, function, count, segment length, then the
 * stream. */
#include "sensors/modbus/frame.h"

#include <string.h>

#include "gateway/base/check.h"

enum { HEAD = 5, TRANSACTION = 0x0102 };

/* NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct frame_request request_of(const uint8_t *head)
{
    static const uint8_t functions[] = {1, 2, 3, 4, 5, 6, 15, 16};
    bool may_write = head[2] >= 128;
    struct frame_request request = {.unit = (uint8_t) (1 + head[1] % 4),
                                    .function = functions[head[2] % (may_write ? 8 : 4)],
                                    .address = head[3],
                                    .count = (uint16_t) (1 + head[3] % 125),
                                    .transaction = TRANSACTION};
    if (frame_is_write(&request)) {
        request.count = 1;
        request.value = head[3] % 2;
    }
    return request;
}

/* A write is answered by its own first words, and by nothing else. */
static void check_write(const struct frame_request *request, const uint8_t *body)
{
    uint8_t own[MBAP_FRAME_MAX];
    (void) frame_encode(request, FRAMING_RTU, own);
    CHECK(memcmp(body, own, 6) == 0);
}

static void check_answer(const struct frame_request *request, enum framing framing,
                         enum frame_verdict verdict, const uint8_t *frame, size_t length)
{
    const uint8_t *body = framing == FRAMING_RTU ? frame : frame + 6;
    CHECK(body[0] == request->unit);
    CHECK((body[1] & 0x7F) == request->function);
    CHECK((body[1] >= 0x80) == (verdict == FRAME_EXCEPTION));
    if (framing == FRAMING_RTU) {
        uint16_t crc = frame_crc(frame, length - 2);
        CHECK(frame[length - 2] == (crc & 0xFF) && frame[length - 1] == crc >> 8);
    } else {
        CHECK(frame[0] == TRANSACTION >> 8 && frame[1] == (TRANSACTION & 0xFF));
        CHECK(frame[2] == 0 && frame[3] == 0 && frame[5] == length - 6);
    }
    if (verdict == FRAME_REPLY && frame_is_write(request)) {
        CHECK(length == frame_reply_length(request, framing));
        check_write(request, body);
    } else if (verdict == FRAME_REPLY) {
        uint16_t words[FRAME_WORDS_MAX];
        CHECK(length == frame_reply_length(request, framing));
        frame_words(request, framing, frame, words);
    } else {
        CHECK(frame_exception(framing, frame) != 0);
    }
}

/* What a whole input came to. */
struct course {
    size_t answers, answered; /* and their bytes */
    uint16_t sum;             /* over the answers */
};

static void hear(struct frame_stream *stream, const struct frame_request *request,
                 struct course *course)
{
    uint8_t frame[MBAP_FRAME_MAX];
    size_t length = 0;
    for (enum frame_verdict verdict = frame_find(stream, request, frame, &length);
         verdict != FRAME_MORE; verdict = frame_find(stream, request, frame, &length)) {
        check_answer(request, stream->framing, verdict, frame, length);
        course->answers++;
        course->answered += length;
        course->sum = (uint16_t) (course->sum * 31U + frame_crc(frame, length));
    }
}

static struct course play(const uint8_t *bytes, size_t length, size_t room_size)
{
    struct frame_request request = request_of(bytes);
    size_t segment = 1 + (size_t) bytes[4] * 4;
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MAX];
    frame_init(&stream, bytes[0] % 2 == 0 ? FRAMING_RTU : FRAMING_MBAP, room, room_size);
    stream.is_echo_due = bytes[0] >= 128;
    struct course course = {0};
    for (size_t at = HEAD; at < length; at += segment) {
        size_t end = length - at < segment ? length : at + segment;
        for (size_t from = at; from < end;) {
            size_t taken = frame_feed(&stream, bytes + from, end - from);
            CHECK(taken > 0 && taken <= end - from);
            from += taken;
            hear(&stream, &request, &course);
            CHECK(stream.noise_bytes + course.answered + stream.length <= from - HEAD);
        }
    }
    frame_begin(&stream);
    CHECK(stream.noise_bytes == 0);
    return course;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    if (length < HEAD) {
        return 0;
    }
    struct frame_request request = request_of(bytes);
    struct course wide = play(bytes, length, FRAME_STREAM_MAX);
    if (bytes[0] % 2 == 1) { /* the least room for this request changes nothing */
        struct course narrow = play(bytes, length, frame_room_of(&request));
        CHECK(narrow.answers == wide.answers && narrow.sum == wide.sum);
    }
    return 0;
}
