/* text.h - a string builder over the caller's buffer. It never overflows, always ends with NUL,
 * cuts between characters and remembers that it was cut. */
#pragma once

#include <stddef.h>

#include "gateway/base/check.h"

struct text {
    char *bytes;   /* the caller's, always a valid string */
    size_t size;   /* of the buffer, the closing NUL included */
    size_t length; /* used, without the NUL */
    bool is_cut;   /* something did not fit; nothing is added after that */
};

/* Starts an empty text in `bytes`, size >= 1. */
struct text text_over(char *bytes, size_t size);

void text_add(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_add_bytes(struct text *text, const char *bytes, size_t length);

/* Adds `string` as a JSON string, quotes included; bytes that are no UTF-8 become U+FFFD. */
void text_add_json(struct text *text, const char *string);
