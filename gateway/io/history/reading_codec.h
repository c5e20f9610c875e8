/* reading_codec.h - many readings as one compact blob, and back, bit for bit.
 *
 * Pure: no database, no clock. Within a blob the order is kept. A point is a number that it keeps
 * for ever (history's table `point`), not an index of the policy.
 *
 *   blob    := version (1), signed first time, reading...
 *   reading := head, [reason], [signed point - point before], [signed time - time before], value
 *   head    := quality (bits 0-1), form of the value (2-4, number_codec.h), a reason follows (5),
 *              same time as the one before (6), point after the one before (7)
 * A poll of one device costs 3 to 6 bytes a reading. */
#pragma once

#include "gateway/base/reading.h"
#include "gateway/io/history/number_codec.h"

enum {
    READING_CODEC_READINGS_MAX = 4096, /* in one blob */
    READING_CODEC_SPAN_MAX = 60000,    /* ms between the earliest and the latest of one blob */
    READING_CODEC_BYTES_MAX =
        1 + NUMBER_VARINT_MAX +
        READING_CODEC_READINGS_MAX * (2 + 2 * NUMBER_VARINT_MAX + NUMBER_DOUBLE_MAX),
};

/* How many of the readings, from the first, may stand in one blob together. */
int32_t reading_codec_fit(const struct reading *readings, int32_t count);

/* Encodes 1...READING_CODEC_READINGS_MAX readings; returns the length. */
size_t reading_codec_encode(const struct reading *readings, int32_t count,
                            uint8_t bytes[static READING_CODEC_BYTES_MAX]);

/* Reads a blob that may be damaged: gives the readings before the damage. */
struct reading_codec_decoder {
    struct number_codec_reader reader;
    int64_t point;
    ms_t at;
};
struct reading_codec_decoder reading_codec_decode(const void *bytes, size_t length);
bool reading_codec_next(struct reading_codec_decoder *decoder,
                        struct reading *ret_reading); /* false: the end */
