/* frame_parts.h - what frame.c (frames) and frame_find.c (streams) share. Only for them. */
#pragma once

#include "sensors/frame.h"

enum {
    FRAME_EXCEPTION_BIT = 0x80,
    FRAME_MBAP_HEADER = 6, /* transaction, protocol, length */
    FRAME_RTU_CRC = 2,
    FRAME_FIXED_BODY = 6, /* unit, function, two words */
    FRAME_RTU_FIXED =
        8, /* a read request; a request or reply of functions 5 and 6, a reply of 15 and 16 */
};

static inline uint16_t frame_word_at(const uint8_t *bytes)
{
    return (uint16_t) (bytes[0] << 8U | bytes[1]);
}

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
