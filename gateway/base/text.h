/* text.h - a string builder over the caller's bytes or over heap memory that grows.
 *
 * It never overflows and always holds a valid string. At its limit, or when the system grants no
 * more memory, the text ends between two characters and is_cut is set. */
#pragma once

#include <stddef.h>

#include "gateway/base/check.h"

struct text {
    char *bytes;   /* always a valid string */
    size_t size;   /* allocated, the closing NUL included */
    size_t length; /* used, without the NUL */
    size_t max;    /* size that a growing text may reach; 0: the bytes are the caller's */
    bool is_cut;   /* something did not fit; nothing is added after that */
};

/* Starts an empty text in `bytes`, size >= 1. */
struct text text_over(char *bytes, size_t size);

/* Starts an empty text on the heap that may grow to max_bytes >= 1, the closing NUL included.
 * Memory is allocated when something is added. The owner calls text_free. */
struct text text_growing(size_t max_bytes);

/* Frees a growing text and makes it empty again, with the same limit. */
void text_free(struct text *text);

void text_add(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);
void text_add_bytes(struct text *text, const char *bytes, size_t length);

/* Adds `string` as a JSON string, quotes included; bytes that are no UTF-8 become U+FFFD. */
void text_add_json(struct text *text, const char *string);

/* Copies the string `from` into a field of `size` >= 1 bytes; if too long, cut between
 * characters. */
void text_copy(char *to, size_t size, const char *from);
