#include "gateway/io/history/minute_aggregates.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A minute := its number (bits 0-5) and flags, [counts], values. */
enum { VERSION = 1, NUMBER = 0x3F, IS_SINGLE = 0x40, HAS_MISSING = 0x80, FORM_SHIFT = 3 };

void minute_aggregate_add(struct minute_aggregate *minute, const struct reading *reading)
{
    if (!reading_has_value(reading)) {
        minute->missing += minute->missing < UINT32_MAX;
        return;
    }
    double value = reading->value;
    double sum = minute->sum + value;
    minute->min = minute->good == 0 || value < minute->min ? value : minute->min;
    minute->max = minute->good == 0 || value > minute->max ? value : minute->max;
    minute->sum = isfinite(sum) ? sum : copysign(DBL_MAX, sum);
    minute->good += minute->good < UINT32_MAX;
}

void minute_aggregates_add(struct minute_aggregates *minutes, const struct reading *reading)
{
    minute_aggregate_add(&minutes->minute[minute_of(reading->at)], reading);
}

/* The values of a minute with samples: two forms in one byte, so that min and max of a steady value
 * are short. */
static void encode_values(struct number_codec_writer *writer, const struct minute_aggregate *minute)
{
    struct number_codec_packed min = number_codec_choose(minute->min);
    struct number_codec_packed max = number_codec_choose(minute->max);
    struct number_codec_packed sum = number_codec_choose(minute->sum);
    number_codec_write_byte(writer,
                            (uint8_t) ((unsigned) min.form | (unsigned) max.form << FORM_SHIFT));
    number_codec_write_double(writer, &min);
    number_codec_write_double(writer, &max);
    number_codec_write_byte(writer, (uint8_t) sum.form);
    number_codec_write_double(writer, &sum);
}

static void encode_minute(struct number_codec_writer *writer, const struct minute_aggregate *minute,
                          unsigned number)
{
    if (minute->good == 1 && minute->missing == 0) {
        struct number_codec_packed value = number_codec_choose(minute->min);
        number_codec_write_byte(writer, (uint8_t) (number | IS_SINGLE));
        number_codec_write_byte(writer, (uint8_t) value.form);
        number_codec_write_double(writer, &value);
        return;
    }
    number_codec_write_byte(writer, (uint8_t) (number | (minute->missing > 0 ? HAS_MISSING : 0U)));
    number_codec_write_unsigned(writer, minute->good);
    if (minute->missing > 0) {
        number_codec_write_unsigned(writer, minute->missing);
    }
    if (minute->good > 0) {
        encode_values(writer, minute);
    }
}

size_t minute_aggregates_encode(const struct minute_aggregates *minutes,
                                uint8_t bytes[static MINUTE_AGGREGATES_BYTES_MAX])
{
    struct number_codec_writer writer = number_codec_write_over(bytes, MINUTE_AGGREGATES_BYTES_MAX);
    number_codec_write_byte(&writer, VERSION);
    for (unsigned i = 0; i < MINUTES; i++) {
        const struct minute_aggregate *minute = &minutes->minute[i];
        if (minute->good > 0 || minute->missing > 0) {
            encode_minute(&writer, minute, i);
        }
    }
    return writer.length;
}

static uint32_t unpack_count(struct number_codec_reader *reader)
{
    uint64_t count = number_codec_read_unsigned(reader);
    if (count > UINT32_MAX) {
        reader->is_damaged = true;
        return 0;
    }
    return (uint32_t) count;
}

static enum number_codec_form form_of(unsigned bits)
{
    return (enum number_codec_form)(bits & 7U);
}

static struct minute_aggregate decode_minute(struct number_codec_reader *reader, unsigned head)
{
    if ((head & IS_SINGLE) != 0) {
        double value = number_codec_read_double(reader, form_of(number_codec_read_byte(reader)));
        return (struct minute_aggregate){value, value, value, 1, 0};
    }
    struct minute_aggregate minute = {.good = unpack_count(reader)};
    minute.missing = (head & HAS_MISSING) != 0 ? unpack_count(reader) : 0;
    if (minute.good > 0) {
        unsigned forms = number_codec_read_byte(reader);
        minute.min = number_codec_read_double(reader, form_of(forms));
        minute.max = number_codec_read_double(reader, form_of(forms >> FORM_SHIFT));
        minute.sum = number_codec_read_double(reader, form_of(number_codec_read_byte(reader)));
    }
    return minute;
}

bool minute_aggregates_decode(const void *bytes, size_t length,
                              struct minute_aggregates *ret_minutes)
{
    memset(ret_minutes, 0, sizeof *ret_minutes);
    struct number_codec_reader reader = {.bytes = bytes, .length = length};
    if (number_codec_read_byte(&reader) != VERSION) {
        return false;
    }
    while (!reader.is_damaged && reader.at < reader.length) {
        unsigned head = number_codec_read_byte(&reader);
        struct minute_aggregate minute = decode_minute(&reader, head);
        if (reader.is_damaged || (head & NUMBER) >= MINUTES) {
            return false;
        }
        ret_minutes->minute[head & NUMBER] = minute;
    }
    return !reader.is_damaged;
}
