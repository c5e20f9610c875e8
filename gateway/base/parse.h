/* parse.h - strings to values. The whole string counts: one extra character is a failure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/check.h"
#include "gateway/base/units.h"

/* Decimal or 0x hexadecimal, with sign; the whole string; within min...max. */
MUST_CHECK bool parse_int(const char *text, int64_t min, int64_t max, int64_t *ret_value);

/* A finite decimal number; the whole string. */
MUST_CHECK bool parse_double(const char *text, double *ret_value);

/* "500ms" "5s" "10m" "24h" "7d": a whole number and its unit. Up to 10 years. */
MUST_CHECK bool parse_duration(const char *text, ms_t *ret_span);

/* The shortest exact form of a span: 90000 is "90s", 86400000 is "1d" . `to` holds 24 bytes. */
void format_duration(ms_t span, char to[static 24]);

/* "01 04 FF": two hexadecimal digits a byte, blanks between bytes only. Returns the number of
 * bytes; 0: not hexadecimal, or more than `max`. */
size_t parse_hex(const char *text, size_t max, uint8_t *to);

enum { PHONE_MAX = 24 }; /* bytes: "+", 15 digits (E.164) and NUL, rounded up */

/* A phone number in any usual form to E.164 "+8613800000001": blanks and hyphens are dropped, 00 is
 * +, and a Chinese mobile number (11 digits from 1) needs no country code. Any other number needs
 * one. */
MUST_CHECK bool parse_phone(const char *text, char ret_number[static PHONE_MAX]);

/* True for [a-z0-9][a-z0-9_-]{0,31}: the ids of everything in the config. */
bool parse_is_id(const char *text);
