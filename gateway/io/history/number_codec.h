/* number_codec.h - numbers in few bytes, for history.db. Little-endian, exact, safe on any input.
 *
 * A whole number is a varint: 7 bits a byte, low ones first; a signed one is folded (0 -1 1 -2 ...)
 * first. A double is stored as a scaled whole number when that gives the very same bits back, else
 * as its 8 bytes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NUMBER_VARINT_MAX = 10, /* bytes of the longest varint */
    NUMBER_DOUBLE_MAX = 8,  /* bytes of the longest double, its form not counted */
};

/* Writes into the caller's bytes. Too little room is a bug of ours. */
struct number_codec_writer {
    uint8_t *bytes;
    size_t size, length;
};

struct number_codec_writer number_codec_write_over(uint8_t *bytes, size_t size);
void number_codec_write_byte(struct number_codec_writer *writer, uint8_t byte);
void number_codec_write_unsigned(struct number_codec_writer *writer, uint64_t value);
void number_codec_write_signed(struct number_codec_writer *writer, int64_t value);

/* How a double is stored: 3 bits, kept by the caller. The numbers are on disk: never renumber. */
enum number_codec_form {
    NUMBER_ZERO = 0,            /* +0: no bytes */
    NUMBER_BITS = 1,            /* the 8 bytes of the double */
    NUMBER_WHOLE = 2,           /* n */
    NUMBER_TENTHS = 3,          /* n / 10 */
    NUMBER_HUNDREDTHS = 4,      /* n / 100 */
    NUMBER_THOUSANDTHS = 5,     /* n / 1000 */
    NUMBER_TIMES_TENTH = 6,     /* n * 0.1: what a register times its scale gives */
    NUMBER_TIMES_HUNDREDTH = 7, /* n * 0.01 */
};

/* The form that takes the fewest bytes for this value, and the number to store in it. */
struct number_codec_packed {
    enum number_codec_form form;
    int64_t number; /* unless NUMBER_BITS */
    double value;
};
struct number_codec_packed number_codec_choose(double value);
void number_codec_write_double(struct number_codec_writer *writer,
                               const struct number_codec_packed *packed);

/* Reads bytes that may be damaged: after the end, or a varint that is too long, is_damaged is set
 * and all further numbers are 0. */
struct number_codec_reader {
    const uint8_t *bytes;
    size_t length, at;
    bool is_damaged;
};

uint8_t number_codec_read_byte(struct number_codec_reader *reader);
uint64_t number_codec_read_unsigned(struct number_codec_reader *reader);
int64_t number_codec_read_signed(struct number_codec_reader *reader);
double number_codec_read_double(struct number_codec_reader *reader,
                                enum number_codec_form form); /* always finite */
