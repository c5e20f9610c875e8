/* frame_parts.h - shared by frame.c (frames), frame_shape.c (what bytes may be) and frame_find.c
 * (streams). Inside the room. */
#pragma once

#include "sensors/modbus/frame.h"

enum {
    FRAME_EXCEPTION_BIT = 0x80,
    FRAME_MBAP_HEADER = 6, /* transaction, protocol, length */
    FRAME_RTU_CRC = 2,
    FRAME_FIXED_BODY = 6, /* unit, function, two words */
    FRAME_RTU_FIXED = 8,  /* a read request; functions 5 and 6; a reply to 15 and 16 */
};

/* Of the data in a read's answer. */
static inline size_t frame_byte_count(const struct frame_request *request)
{
    return request->function <= 2 ? (request->count + 7U) / 8U : request->count * 2U;
}

/* A write of one word, answered by a copy of itself. */
static inline bool frame_is_mirrored(const struct frame_request *request)
{
    return request->function == 5 || request->function == 6;
}

/* frame_shape.c, RTU. */

/* Length of the answer that these three bytes would begin, 0 when they cannot. */
size_t frame_answer_length(const uint8_t *header, const struct frame_request *request);

/* Length of the reply of any unit that these three bytes would begin, 0 when they cannot. */
size_t frame_any_length(const uint8_t *header);

/* Another master's request. */
bool frame_is_foreign_request(const uint8_t *frame, size_t length);

/* Do the bytes after the sound answer of `length` at `start` contradict it? A sound frame may begin
 * within it: then its own end was lost, and its check sum is good by chance. Or a sound answer with
 * other values follows. */
bool frame_is_contradicted(const struct frame_stream *stream, size_t start, size_t length,
                           const struct frame_request *request);
