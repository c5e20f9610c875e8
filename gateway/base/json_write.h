/* json_write.h - writes JSON into a text and sets the commas.
 *
 * A comma precedes every value or key, except at the beginning of the text or after an opening
 * bracket, a colon or a blank. Keys are plain ASCII and written as they are; strings are
 * escaped. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/text.h"
#include "gateway/base/zone.h"

/* Opens an object '{' or an array '[', with its comma. */
void json_write_open(struct text *text, char bracket);
/* Closes it with '}' or ']'. */
void json_write_close(struct text *text, char bracket);

/* "key": */
void json_write_key(struct text *text, const char *key);

void json_write_string(struct text *text, const char *string); /* NULL is null */
void json_write_number(struct text *text, double number);      /* 12 digits; null if not finite */
void json_write_int(struct text *text, int64_t number);
void json_write_bool(struct text *text, bool value);
void json_write_hex(struct text *text, const uint8_t *bytes, size_t length); /* "01 04 FF" */

/* "2026-07-18T14:20:40.123+08:00"; 0 is null. */
void json_write_time(struct text *text, const struct zone *zone, ms_t at);

/* The comma alone, before a value or a key that the caller formats. */
void json_write_comma(struct text *text);

/* Members: a key and its value. With `decimals` a number has that many digits behind the point. */
void json_write_key_open(struct text *text, const char *key, char bracket);
void json_write_key_string(struct text *text, const char *key, const char *string);
void json_write_key_number(struct text *text, const char *key, double number);
void json_write_key_decimals(struct text *text, const char *key, double number, int decimals);
void json_write_key_int(struct text *text, const char *key, int64_t number);
void json_write_key_bool(struct text *text, const char *key, bool value);
void json_write_key_hex(struct text *text, const char *key, const uint8_t *bytes, size_t length);
void json_write_key_time(struct text *text, const char *key, const struct zone *zone, ms_t at);
