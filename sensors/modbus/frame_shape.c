/* frame_shape.c - what the bytes at a place of an RTU stream may be. */
#include <string.h>

#include "sensors/modbus/frame_parts.h"

enum {
    RTU_EXCEPTION_LENGTH = 5, /* unit, function, code, CRC */
    RTU_UNIT_MAX = 247,
    BYTE_COUNT_MAX = 250, /* 125 registers or 2000 bits */
};

bool frame_is_crc_good(const uint8_t *frame, size_t length)
{
    uint16_t crc = (uint16_t) (frame[length - 2] | frame[length - 1] << 8U);
    return frame_crc(frame, length - FRAME_RTU_CRC) == crc;
}

size_t frame_answer_length(const uint8_t *header, const struct frame_request *request)
{
    if (header[0] != request->unit) {
        return 0;
    }
    if (header[1] == request->function &&
        (frame_is_write(request) || header[2] == frame_byte_count(request))) {
        return frame_reply_length(request, FRAMING_RTU);
    }
    bool is_exception = header[1] == (request->function | FRAME_EXCEPTION_BIT) && header[2] != 0;
    return is_exception ? RTU_EXCEPTION_LENGTH : 0;
}

size_t frame_any_length(const uint8_t *header)
{
    if (header[0] < 1 || header[0] > RTU_UNIT_MAX) {
        return 0;
    }
    switch (header[1]) {
    case 1:
    case 2:
    case 3:
    case 4:
        return header[2] >= 1 && header[2] <= BYTE_COUNT_MAX ? 5U + header[2] : 0;
    case 5:
    case 6:
    case 15:
    case 16:
        return FRAME_RTU_FIXED;
    default:
        return header[1] > FRAME_EXCEPTION_BIT && header[2] != 0 ? RTU_EXCEPTION_LENGTH : 0;
    }
}

bool frame_is_foreign_request(const uint8_t *frame, size_t length)
{
    return length >= FRAME_RTU_FIXED && frame[0] <= RTU_UNIT_MAX && frame[1] >= 1 &&
           frame[1] <= 6 && frame_is_crc_good(frame, FRAME_RTU_FIXED);
}

/* Does a sound frame stand there that ends after `end`? */
static bool is_overlapped(const struct frame_stream *stream, size_t at, size_t end)
{
    size_t length = frame_any_length(stream->bytes + at);
    return at + length > end && at + length <= stream->length &&
           frame_is_crc_good(stream->bytes + at, length);
}

/* Does a sound answer with other bytes stand there? */
static bool is_other_answer(const struct frame_stream *stream, size_t at, const uint8_t *frame,
                            size_t length, const struct frame_request *request)
{
    size_t other = frame_answer_length(stream->bytes + at, request);
    return other > 0 && at + other <= stream->length &&
           frame_is_crc_good(stream->bytes + at, other) &&
           (other != length || memcmp(stream->bytes + at, frame, length) != 0);
}

bool frame_is_contradicted(const struct frame_stream *stream, size_t start, size_t length,
                           const struct frame_request *request)
{
    size_t end = start + length;
    bool is_contradicted = false;
    for (size_t at = start + 1; stream->length > end && at + 3 <= stream->length; at++) {
        is_contradicted =
            is_contradicted ||
            (at < end ? is_overlapped(stream, at, end)
                      : is_other_answer(stream, at, stream->bytes + start, length, request));
    }
    return is_contradicted;
}
