/* utf8.h - text encodings: UTF-8 inside the gateway, UCS-2 in SMS.
 *
 * Bytes that are no UTF-8 (RFC 3629: overlong forms, surrogates, above U+10FFFF) are never text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the character at the start of `bytes`. Returns its length 1...4; 0: invalid. */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *ret_code);

/* Encodes one code point into `to` (at least 4 bytes). Returns 1...4; 0: not a character. */
size_t utf8_encode(uint32_t code, char *to);

bool utf8_is_valid(const char *bytes, size_t length);

/* Cuts a half character off the end of a string that was cut by a byte limit. */
void utf8_trim(char *text);

/* Replaces control characters (below 0x20, 0x7F), NULs too, by blanks. */
void utf8_blank_controls(char *text, size_t length);

/* The UTF-16 units of a valid text in an SMS: 1 a character, 2 outside the basic plane (3GPP
 * 23.038). */
size_t utf8_units(const char *text);

/* Writes `text` as UTF-16BE. Returns the bytes written; 0: `size` is too small or the text
 * invalid. */
size_t utf8_to_utf16be(const char *text, uint8_t *to, size_t size);

/* The other way, with a closing NUL. Unpaired surrogates become U+FFFD, and NULs, with
 * which phones pad, blanks. Cut at `size` between characters. */
size_t utf8_from_utf16be(const uint8_t *bytes, size_t length, char *to, size_t size);

/* The same from ISO 8859-15's common part (a byte is its code point). */
size_t utf8_from_latin1(const uint8_t *bytes, size_t length, char *to, size_t size);
