#include "gateway/io/history/number_codec.h"

#include <math.h>
#include <string.h>

#include "gateway/base/check.h"

/* Beyond this a scaled number takes as many bytes as the double itself. */
#define NUMBER_MAX ((int64_t) 1 << 47)

struct pack_writer pack_over(uint8_t *bytes, size_t size)
{
    return (struct pack_writer){.bytes = bytes, .size = size};
}

void pack_byte(struct pack_writer *writer, uint8_t byte)
{
    CHECK(writer->length < writer->size);
    writer->bytes[writer->length++] = byte;
}

void pack_unsigned(struct pack_writer *writer, uint64_t value)
{
    while (value >= 0x80) {
        pack_byte(writer, (uint8_t) (0x80 | (value & 0x7F)));
        value >>= 7;
    }
    pack_byte(writer, (uint8_t) value);
}

void pack_signed(struct pack_writer *writer, int64_t value)
{
    uint64_t bits = (uint64_t) value;
    pack_unsigned(writer, value < 0 ? ~(bits << 1) : bits << 1);
}

static uint64_t bits_of(double value)
{
    uint64_t bits = 0;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static double scaled(int64_t number, enum pack_form form)
{
    double value = (double) number;
    switch (form) {
    case PACK_ZERO:
    case PACK_BITS:
        break;
    case PACK_WHOLE:
        return value;
    case PACK_TENTHS:
        return value / 10;
    case PACK_HUNDREDTHS:
        return value / 100;
    case PACK_THOUSANDTHS:
        return value / 1000;
    case PACK_TIMES_TENTH:
        return value * 0.1;
    case PACK_TIMES_HUNDREDTH:
        return value * 0.01;
    }
    return 0;
}

struct packed_double pack_choose(double value)
{
    static const struct {
        enum pack_form form;
        double factor;
    } tries[] = {{PACK_WHOLE, 1},        {PACK_TENTHS, 10},           {PACK_TIMES_TENTH, 10},
                 {PACK_HUNDREDTHS, 100}, {PACK_TIMES_HUNDREDTH, 100}, {PACK_THOUSANDTHS, 1000}};
    uint64_t bits = bits_of(value);
    if (bits == 0) {
        return (struct packed_double){.form = PACK_ZERO};
    }
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        double product = value * tries[i].factor;
        if (!(fabs(product) < (double) NUMBER_MAX)) {
            break; /* NaN, too */
        }
        int64_t number = llround(product);
        if (bits_of(scaled(number, tries[i].form)) == bits) {
            return (struct packed_double){tries[i].form, number, value};
        }
    }
    return (struct packed_double){.form = PACK_BITS, .value = value};
}

void pack_double(struct pack_writer *writer, const struct packed_double *packed)
{
    if (packed->form == PACK_BITS) {
        uint64_t bits = bits_of(packed->value);
        for (int i = 0; i < 8; i++) {
            pack_byte(writer, (uint8_t) (bits >> (8 * i) & 0xFF));
        }
    } else if (packed->form != PACK_ZERO) {
        pack_signed(writer, packed->number);
    }
}

static void give_up(struct pack_reader *reader)
{
    reader->is_damaged = true;
    reader->at = reader->length;
}

uint8_t unpack_byte(struct pack_reader *reader)
{
    if (reader->at >= reader->length) {
        give_up(reader);
        return 0;
    }
    return reader->bytes[reader->at++];
}

uint64_t unpack_unsigned(struct pack_reader *reader)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = unpack_byte(reader);
        uint64_t part = byte & 0x7FU;
        if (shift == 63 && part > 1) {
            break;
        }
        value |= part << shift;
        if ((byte & 0x80U) == 0) {
            return value;
        }
    }
    give_up(reader);
    return 0;
}

int64_t unpack_signed(struct pack_reader *reader)
{
    uint64_t folded = unpack_unsigned(reader);
    uint64_t bits = folded >> 1;
    return (folded & 1) == 0 ? (int64_t) bits : -(int64_t) bits - 1;
}

double unpack_double(struct pack_reader *reader, enum pack_form form)
{
    if (form == PACK_ZERO) {
        return 0;
    }
    if (form != PACK_BITS) {
        return scaled(unpack_signed(reader), form);
    }
    uint64_t bits = 0;
    for (unsigned i = 0; i < 8; i++) {
        bits |= (uint64_t) unpack_byte(reader) << (8 * i);
    }
    double value = 0;
    memcpy(&value, &bits, sizeof value);
    if (!isfinite(value)) {
        give_up(reader);
        return 0;
    }
    return value;
}
