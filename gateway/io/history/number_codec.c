#include "gateway/io/history/number_codec.h"

#include <math.h>
#include <string.h>

#include "gateway/base/check.h"

/* Beyond this a scaled number takes as many bytes as the double itself. */
#define NUMBER_MAX ((int64_t) 1 << 47)

struct number_codec_writer number_codec_write_over(uint8_t *bytes, size_t size)
{
    return (struct number_codec_writer){.bytes = bytes, .size = size};
}

void number_codec_write_byte(struct number_codec_writer *writer, uint8_t byte)
{
    CHECK(writer->length < writer->size);
    writer->bytes[writer->length++] = byte;
}

void number_codec_write_unsigned(struct number_codec_writer *writer, uint64_t value)
{
    while (value >= 0x80) {
        number_codec_write_byte(writer, (uint8_t) (0x80 | (value & 0x7F)));
        value >>= 7;
    }
    number_codec_write_byte(writer, (uint8_t) value);
}

void number_codec_write_signed(struct number_codec_writer *writer, int64_t value)
{
    uint64_t bits = (uint64_t) value;
    number_codec_write_unsigned(writer, value < 0 ? ~(bits << 1) : bits << 1);
}

static uint64_t double_bits(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double scale_number(int64_t number, enum number_codec_form form)
{
    static const struct {
        double divisor, factor;
    } scales[] = {[NUMBER_WHOLE] = {1, 1},         [NUMBER_TENTHS] = {10, 1},
                  [NUMBER_HUNDREDTHS] = {100, 1},  [NUMBER_THOUSANDTHS] = {1000, 1},
                  [NUMBER_TIMES_TENTH] = {1, 0.1}, [NUMBER_TIMES_HUNDREDTH] = {1, 0.01}};
    return (double) number / scales[form].divisor * scales[form].factor;
}

struct number_codec_packed number_codec_choose(double value)
{
    static const struct {
        enum number_codec_form form;
        double factor;
    } tries[] = {
        {NUMBER_WHOLE, 1},        {NUMBER_TENTHS, 10},           {NUMBER_TIMES_TENTH, 10},
        {NUMBER_HUNDREDTHS, 100}, {NUMBER_TIMES_HUNDREDTH, 100}, {NUMBER_THOUSANDTHS, 1000}};
    uint64_t bits = double_bits(value);
    if (bits == 0) {
        return (struct number_codec_packed){.form = NUMBER_ZERO};
    }
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        double product = value * tries[i].factor;
        if (!(fabs(product) < (double) NUMBER_MAX)) {
            break; /* NaN, too */
        }
        int64_t number = llround(product);
        if (double_bits(scale_number(number, tries[i].form)) == bits) {
            return (struct number_codec_packed){tries[i].form, number, value};
        }
    }
    return (struct number_codec_packed){.form = NUMBER_BITS, .value = value};
}

void number_codec_write_double(struct number_codec_writer *writer,
                               const struct number_codec_packed *packed)
{
    if (packed->form == NUMBER_BITS) {
        uint64_t bits = double_bits(packed->value);
        for (int i = 0; i < 8; i++) {
            number_codec_write_byte(writer, (uint8_t) (bits >> (8 * i) & 0xFF));
        }
    } else if (packed->form != NUMBER_ZERO) {
        number_codec_write_signed(writer, packed->number);
    }
}

static void mark_damaged(struct number_codec_reader *reader)
{
    reader->is_damaged = true;
    reader->at = reader->length;
}

uint8_t number_codec_read_byte(struct number_codec_reader *reader)
{
    if (reader->at >= reader->length) {
        mark_damaged(reader);
        return 0;
    }
    return reader->bytes[reader->at++];
}

uint64_t number_codec_read_unsigned(struct number_codec_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = number_codec_read_byte(reader);
        uint64_t part = byte & 0x7FU;
        if (shift == 63 && part > 1) {
            break;
        }
        value |= part << shift;
        if ((byte & 0x80U) == 0) {
            return value;
        }
    }
    mark_damaged(reader);
    return 0;
}

int64_t number_codec_read_signed(struct number_codec_reader *reader)
{
    uint64_t folded = number_codec_read_unsigned(reader);
    uint64_t bits = folded >> 1;
    return (folded & 1) == 0 ? (int64_t) bits : -(int64_t) bits - 1;
}

double number_codec_read_double(struct number_codec_reader *reader, enum number_codec_form form)
{
    if (form == NUMBER_ZERO) {
        return 0;
    }
    if (form != NUMBER_BITS) {
        return scale_number(number_codec_read_signed(reader), form);
    }
    uint64_t bits = 0;
    for (unsigned i = 0; i < 8; i++) {
        bits |= (uint64_t) number_codec_read_byte(reader) << (8 * i);
    }
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value)) {
        mark_damaged(reader);
        return 0;
    }
    return value;
}
