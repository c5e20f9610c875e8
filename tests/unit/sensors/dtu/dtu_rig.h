/* dtu_rig.h - what a DTU sends, put together for the tests. */
#pragma once

#include <string.h>

#include "sensors/dtu/dtu_settings.h"
#include "sensors/modbus/frame.h"
#include "tests/unit/expect.h"

enum { STREAM_MAX = 600 };

struct stream {
    size_t length;
    uint8_t bytes[STREAM_MAX];
};

static inline struct dtu_text dtu_text(const char *text)
{
    return (struct dtu_text){(int32_t) strlen(text), (const uint8_t *) text};
}

static inline void put(struct stream *stream, const void *bytes, size_t length)
{
    assert_true(stream->length + length <= STREAM_MAX);
    memcpy(stream->bytes + stream->length, bytes, length);
    stream->length += length;
}

static inline void put_text(struct stream *stream, const char *text)
{
    put(stream, text, strlen(text));
}

/* With its CRC. */
static inline void put_frame(struct stream *stream, const void *body, size_t length)
{
    uint8_t frame[RTU_FRAME_MAX];
    memcpy(frame, body, length);
    uint16_t crc = frame_crc(frame, length);
    frame[length] = (uint8_t) (crc & 0xFF);
    frame[length + 1] = (uint8_t) (crc >> 8);
    put(stream, frame, length + 2);
}
