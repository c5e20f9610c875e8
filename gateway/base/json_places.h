/* json_places.h - where each value of a JSON text stands. The strict half of json.h.
 *
 * It walks the text after RFC 8259 without building anything: each value gets its line and column,
 * and what a lenient parser lets through (01, a raw line break in a string, a lone surrogate,
 * \u0000, text after the end, too much depth) is refused with a sentence and a line. Non-recursive;
 * its work is linear. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/check.h"
#include "gateway/base/error.h"

struct locate_place {
    int32_t line, column; /* from 1; the column counts characters */
};

/* Overwrites // comments with blanks, so that every place stays as it was. Strings are left alone.
 * */
void locate_blank_comments(char *bytes, size_t length);

/* How many values the text has at most: room to take for locate_values. */
size_t locate_values_max(const char *bytes, size_t length);

/* The line of the byte at `offset`. */
int32_t locate_line(const char *bytes, size_t offset);

/* The places of all values in the order of the text, a container before what it holds; of a member
 * it is the key's place. `bytes` is valid UTF-8 without comments; `places` has room for
 * locate_values_max. */
MUST_CHECK bool locate_values(const char *bytes, size_t length, struct locate_place *places,
                              size_t *ret_count, int32_t *ret_line, struct error *error);
