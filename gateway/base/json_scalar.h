/* json_scalar.h - the strings and numbers of a JSON text: checked here, read by cJSON. The only
 * user of cJSON. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/base/error.h"

/* How far a text is read. */
struct json_cursor {
    const char *bytes; /* valid UTF-8 without NUL */
    size_t length, at;
    struct error *error;
};

/* The character at hand; NUL at the end of the text. */
static inline char json_peek(const struct json_cursor *cursor)
{
    if (cursor->at >= cursor->length) {
        return '\0';
    }
    return cursor->bytes[cursor->at];
}

/* Always false: "'x' stands where `wanted` should stand". */
bool json_refuse(const struct json_cursor *cursor, const char *wanted);

/* The string that begins at hand with its quote, as a copy in the arena. */
MUST_CHECK bool json_read_string(struct json_cursor *cursor, struct arena *arena,
                                 const char **ret_string);

/* The number that begins at hand with '-' or a digit; finite. */
MUST_CHECK bool json_read_number(struct json_cursor *cursor, double *ret_number);
