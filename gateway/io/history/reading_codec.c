#include "gateway/io/history/reading_codec.h"

#include "gateway/base/check.h"

enum {
    VERSION = 1,
    FORM_SHIFT = 2,
    HAS_REASON = 0x20,
    SAME_TIME = 0x40,
    NEXT_POINT = 0x80,
};

/* Far beyond any date, and sums of two never overflow. */
#define TIME_MAX ((ms_t) 1 << 52)

int32_t reading_codec_fit(const struct reading *readings, int32_t count)
{
    ms_t first = readings[0].at;
    ms_t last = first;
    for (int32_t i = 1; i < count && i < READING_CODEC_READINGS_MAX; i++) {
        first = min_ms(first, readings[i].at);
        last = max_ms(last, readings[i].at);
        if (last - first >= READING_CODEC_SPAN_MAX) {
            return i;
        }
    }
    return count < READING_CODEC_READINGS_MAX ? count : READING_CODEC_READINGS_MAX;
}

static void encode_reading(struct number_codec_writer *writer, const struct reading *reading,
                           int64_t point, ms_t at)
{
    struct number_codec_packed value = number_codec_choose(reading->value);
    bool has_reason = reading->reason != REASON_NONE;
    bool is_next = reading->point == point + 1;
    bool is_same_time = reading->at == at;
    unsigned head = (unsigned) reading->quality | (unsigned) value.form << FORM_SHIFT |
                    (has_reason ? HAS_REASON : 0U) | (is_same_time ? SAME_TIME : 0U) |
                    (is_next ? NEXT_POINT : 0U);
    number_codec_write_byte(writer, (uint8_t) head);
    if (has_reason) {
        number_codec_write_byte(writer, (uint8_t) reading->reason);
    }
    if (!is_next) {
        number_codec_write_signed(writer, reading->point - point);
    }
    if (!is_same_time) {
        number_codec_write_signed(writer, reading->at - at);
    }
    number_codec_write_double(writer, &value);
}

size_t reading_codec_encode(const struct reading *readings, int32_t count,
                            uint8_t bytes[static READING_CODEC_BYTES_MAX])
{
    CHECK(count > 0 && count <= READING_CODEC_READINGS_MAX);
    struct number_codec_writer writer = number_codec_write_over(bytes, READING_CODEC_BYTES_MAX);
    int64_t point = -1;
    ms_t at = readings[0].at;
    number_codec_write_byte(&writer, VERSION);
    number_codec_write_signed(&writer, at);
    for (int32_t i = 0; i < count; i++) {
        encode_reading(&writer, &readings[i], point, at);
        point = readings[i].point;
        at = readings[i].at;
    }
    return writer.length;
}

struct reading_codec_decoder reading_codec_decode(const void *bytes, size_t length)
{
    struct reading_codec_decoder decoder = {.reader = {.bytes = bytes, .length = length},
                                            .point = -1};
    if (number_codec_read_byte(&decoder.reader) != VERSION) {
        decoder.reader.is_damaged = true;
        return decoder;
    }
    decoder.at = number_codec_read_signed(&decoder.reader);
    decoder.reader.is_damaged |= decoder.at < -TIME_MAX || decoder.at > TIME_MAX;
    return decoder;
}

static bool is_in_range(int64_t step, int64_t max)
{
    return step >= -max && step <= max;
}

bool reading_codec_next(struct reading_codec_decoder *decoder, struct reading *ret_reading)
{
    struct number_codec_reader *reader = &decoder->reader;
    if (reader->is_damaged || reader->at >= reader->length) {
        return false;
    }
    unsigned head = number_codec_read_byte(reader);
    unsigned reason = (head & HAS_REASON) != 0 ? number_codec_read_byte(reader) : 0;
    int64_t step = (head & NEXT_POINT) != 0 ? 1 : number_codec_read_signed(reader);
    ms_t span = (head & SAME_TIME) != 0 ? 0 : number_codec_read_signed(reader);
    double value =
        number_codec_read_double(reader, (enum number_codec_form)(head >> FORM_SHIFT & 7U));
    if (reader->is_damaged || reason >= REASON_COUNT || !is_in_range(step, INT32_MAX) ||
        !is_in_range(span, TIME_MAX)) {
        reader->is_damaged = true;
        return false;
    }
    decoder->point += step;
    decoder->at += span;
    if (decoder->point < 0 || decoder->point > INT32_MAX || !is_in_range(decoder->at, TIME_MAX)) {
        reader->is_damaged = true;
        return false;
    }
    *ret_reading = (struct reading){.point = (int32_t) decoder->point,
                                    .quality = (enum quality)(head & 3U),
                                    .reason = (enum reason) reason,
                                    .at = decoder->at,
                                    .value = value};
    return true;
}
