#include "gateway/io/history/minute_aggregates.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A minute := its number (bits 0-5) and flags, [counts], values. */
enum { VERSION = 1, NUMBER = 0x3F, IS_SINGLE = 0x40, HAS_MISSING = 0x80, FORM_SHIFT = 3 };

void minute_add(struct minute *minute, const struct reading *reading)
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

void minutes_add(struct minutes *minutes, const struct reading *reading)
{
    minute_add(&minutes->minute[minute_of(reading->at)], reading);
}

/* The values of a minute with samples: two forms in one byte, so min and max of a calm minute are short. */
static void encode_values(struct pack_writer *writer, const struct minute *minute)
{
    struct packed_double min = pack_choose(minute->min);
    struct packed_double max = pack_choose(minute->max);
    struct packed_double sum = pack_choose(minute->sum);
    pack_byte(writer, (uint8_t) ((unsigned) min.form | (unsigned) max.form << FORM_SHIFT));
    pack_double(writer, &min);
    pack_double(writer, &max);
    pack_byte(writer, (uint8_t) sum.form);
    pack_double(writer, &sum);
}

static void encode_one(struct pack_writer *writer, const struct minute *minute, unsigned number)
{
    if (minute->good == 1 && minute->missing == 0) {
        struct packed_double value = pack_choose(minute->min);
        pack_byte(writer, (uint8_t) (number | IS_SINGLE));
        pack_byte(writer, (uint8_t) value.form);
        pack_double(writer, &value);
        return;
    }
    pack_byte(writer, (uint8_t) (number | (minute->missing > 0 ? HAS_MISSING : 0U)));
    pack_unsigned(writer, minute->good);
    if (minute->missing > 0) {
        pack_unsigned(writer, minute->missing);
    }
    if (minute->good > 0) {
        encode_values(writer, minute);
    }
}

size_t minutes_encode(const struct minutes *minutes, uint8_t bytes[static MINUTES_BYTES_MAX])
{
    struct pack_writer writer = pack_over(bytes, MINUTES_BYTES_MAX);
    pack_byte(&writer, VERSION);
    for (unsigned i = 0; i < MINUTES; i++) {
        const struct minute *minute = &minutes->minute[i];
        if (minute->good > 0 || minute->missing > 0) {
            encode_one(&writer, minute, i);
        }
    }
    return writer.length;
}

static uint32_t unpack_count(struct pack_reader *reader)
{
    uint64_t count = unpack_unsigned(reader);
    if (count > UINT32_MAX) {
        reader->is_damaged = true;
        return 0;
    }
    return (uint32_t) count;
}

static enum pack_form form_of(unsigned bits)
{
    return (enum pack_form)(bits & 7U);
}

static struct minute decode_one(struct pack_reader *reader, unsigned head)
{
    if ((head & IS_SINGLE) != 0) {
        double value = unpack_double(reader, form_of(unpack_byte(reader)));
        return (struct minute){value, value, value, 1, 0};
    }
    struct minute minute = {.good = unpack_count(reader)};
    minute.missing = (head & HAS_MISSING) != 0 ? unpack_count(reader) : 0;
    if (minute.good > 0) {
        unsigned forms = unpack_byte(reader);
        minute.min = unpack_double(reader, form_of(forms));
        minute.max = unpack_double(reader, form_of(forms >> FORM_SHIFT));
        minute.sum = unpack_double(reader, form_of(unpack_byte(reader)));
    }
    return minute;
}

bool minutes_decode(const void *bytes, size_t length, struct minutes *ret_minutes)
{
    memset(ret_minutes, 0, sizeof *ret_minutes);
    struct pack_reader reader = {.bytes = bytes, .length = length};
    if (unpack_byte(&reader) != VERSION) {
        return false;
    }
    while (!reader.is_damaged && reader.at < reader.length) {
        unsigned head = unpack_byte(&reader);
        struct minute minute = decode_one(&reader, head);
        if (reader.is_damaged || (head & NUMBER) >= MINUTES) {
            return false;
        }
        ret_minutes->minute[head & NUMBER] = minute;
    }
    return !reader.is_damaged;
}
