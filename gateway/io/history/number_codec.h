/* number_codec.h - numbers in few bytes, for what history keeps. Little-endian, exact, safe on any input.
 *
 * A whole number is a varint: 7 bits a byte, low ones first; a signed one is folded (0 -1 1 -2 ...) first. A
 * double is stored as a scaled whole number when that gives the very same bits back, else as its 8 bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PACK_VARINT_MAX = 10, /* bytes of the longest varint */
    PACK_DOUBLE_MAX = 8,  /* bytes of the longest double, its form not counted */
};

/* Writes into the caller's bytes. Too little room is a bug of ours. */
struct pack_writer {
    uint8_t *bytes;
    size_t size, length;
};

struct pack_writer pack_over(uint8_t *bytes, size_t size);
void pack_byte(struct pack_writer *writer, uint8_t byte);
void pack_unsigned(struct pack_writer *writer, uint64_t value);
void pack_signed(struct pack_writer *writer, int64_t value);

/* How a double is stored: 3 bits, kept by the caller. The numbers are on disk: never renumber. */
enum pack_form {
    PACK_ZERO = 0,            /* +0: no bytes */
    PACK_BITS = 1,            /* the 8 bytes of the double */
    PACK_WHOLE = 2,           /* n */
    PACK_TENTHS = 3,          /* n / 10 */
    PACK_HUNDREDTHS = 4,      /* n / 100 */
    PACK_THOUSANDTHS = 5,     /* n / 1000 */
    PACK_TIMES_TENTH = 6,     /* n * 0.1: what a register times its scale gives */
    PACK_TIMES_HUNDREDTH = 7, /* n * 0.01 */
};

/* The form that takes the fewest bytes for this value, and the number to store in it. */
struct packed_double {
    enum pack_form form;
    int64_t number; /* unless PACK_BITS */
    double value;
};
struct packed_double pack_choose(double value);
void pack_double(struct pack_writer *writer, const struct packed_double *packed);

/* Reads what may be damaged: past the end, or a varint too long, sets is_damaged and gives 0 from then on. */
struct pack_reader {
    const uint8_t *bytes;
    size_t length, at;
    bool is_damaged;
};

uint8_t unpack_byte(struct pack_reader *reader);
uint64_t unpack_unsigned(struct pack_reader *reader);
int64_t unpack_signed(struct pack_reader *reader);
double unpack_double(struct pack_reader *reader, enum pack_form form); /* always finite */
