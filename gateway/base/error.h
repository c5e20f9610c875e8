/* error.h - one sentence for a person when something cannot be set up.
 *
 * A function that can fail so returns bool, true when done. On failure it leaves its ret_
 * parameters untouched and puts one sentence into `error`: what failed, its name in quotes, why,
 * what to do. */
#pragma once

#include "gateway/base/check.h"

enum {
    ERROR_MAX = 512
}; /* bytes; two paths and a sentence. A longer text is cut at a character. */

struct error {
    char text[ERROR_MAX];
};

/* Writes the sentence and returns false, so a failure is one line: return error_set(error, ...).
 * `error` may be NULL; its present text may be an argument. */
bool error_set(struct error *error, const char *format, ...) PRINTF_LIKE(2, 3);

/* The same with the system's text for `code`, an errno: "cannot open 'x': No such file". */
bool error_set_errno(struct error *error, int code, const char *format, ...) PRINTF_LIKE(3, 4);
