/* What the history file holds may be damaged by a disk: decoding it never crashes, and what was
 * decoded encodes to a blob that decodes to the same. */
#include "gateway/io/history/reading_codec.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/check.h"
#include "gateway/io/history/minute_aggregates.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static bool is_same(const struct reading *a, const struct reading *b)
{
    return a->point == b->point && a->quality == b->quality && a->reason == b->reason &&
           a->at == b->at && bits_of(a->value) == bits_of(b->value);
}

static void try_journal(const uint8_t *bytes, size_t length)
{
    static struct reading readings[READING_CODEC_READINGS_MAX];
    static uint8_t again[READING_CODEC_BYTES_MAX];
    struct reading_codec_decoder decoder = reading_codec_decode(bytes, length);
    int32_t count = 0;
    while (count < READING_CODEC_READINGS_MAX && reading_codec_next(&decoder, &readings[count])) {
        count++;
    }
    if (count == 0) {
        return;
    }
    size_t used = reading_codec_encode(readings, count, again);
    struct reading_codec_decoder second = reading_codec_decode(again, used);
    for (int32_t i = 0; i < count; i++) {
        struct reading reading;
        CHECK(reading_codec_next(&second, &reading) && is_same(&reading, &readings[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    try_journal(bytes, length);
    struct minute_aggregates minutes;
    struct minute_aggregates second;
    uint8_t again[MINUTE_AGGREGATES_BYTES_MAX];
    if (minute_aggregates_decode(bytes, length, &minutes)) {
        CHECK(minute_aggregates_decode(again, minute_aggregates_encode(&minutes, again), &second));
    }
    return 0;
}
