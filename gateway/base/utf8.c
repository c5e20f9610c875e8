#include "gateway/base/utf8.h"

#include <string.h>

#include "gateway/base/check.h"

static bool is_tail(unsigned char byte)
{
    return (byte & 0xC0U) == 0x80U;
}

static size_t length_of(unsigned char first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        return 2;
    }
    if (first >= 0xE0 && first <= 0xEF) {
        return 3;
    }
    return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

static bool is_shortest(uint32_t code, size_t length)
{
    static const uint32_t first_of[] = {0, 0, 0x80, 0x800, 0x10000};
    return code >= first_of[length];
}

static bool is_character(uint32_t code)
{
    return code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
}

size_t utf8_decode(const char *bytes, size_t length, uint32_t *ret_code)
{
    if (length == 0) {
        return 0;
    }
    unsigned char first = (unsigned char) bytes[0];
    size_t need = length_of(first);
    if (need == 0 || need > length) {
        return 0;
    }
    uint32_t code = need == 1 ? first : first & (0x7FU >> need);
    for (size_t i = 1; i < need; i++) {
        unsigned char byte = (unsigned char) bytes[i];
        if (!is_tail(byte)) {
            return 0;
        }
        code = code << 6 | (byte & 0x3FU);
    }
    if (!is_character(code) || !is_shortest(code, need)) {
        return 0;
    }
    *ret_code = code;
    return need;
}

size_t utf8_encode(uint32_t code, char *to)
{
    if (!is_character(code)) {
        return 0;
    }
    if (code < 0x80) {
        to[0] = (char) code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char) (0xC0U | code >> 6);
        to[1] = (char) (0x80U | (code & 0x3FU));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char) (0xE0U | code >> 12);
        to[1] = (char) (0x80U | (code >> 6 & 0x3FU));
        to[2] = (char) (0x80U | (code & 0x3FU));
        return 3;
    }
    to[0] = (char) (0xF0U | code >> 18);
    to[1] = (char) (0x80U | (code >> 12 & 0x3FU));
    to[2] = (char) (0x80U | (code >> 6 & 0x3FU));
    to[3] = (char) (0x80U | (code & 0x3FU));
    return 4;
}

bool utf8_is_valid(const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t step = utf8_decode(bytes + at, length - at, &code);
        if (step == 0) {
            return false;
        }
        at += step;
    }
    return true;
}

void utf8_trim(char *text)
{
    size_t length = strlen(text);
    size_t start = length;
    while (start > 0 && length - start < 4 && is_tail((unsigned char) text[start - 1])) {
        start--;
    }
    if (start == 0) {
        return;
    }
    start--;
    uint32_t code = 0;
    if (utf8_decode(text + start, length - start, &code) != length - start) {
        text[start] = '\0';
    }
}

void utf8_blank_controls(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char) text[i];
        if (byte < 0x20 || byte == 0x7F) {
            text[i] = ' ';
        }
    }
}

size_t utf8_units(const char *text)
{
    size_t units = 0;
    size_t length = strlen(text);
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t step = utf8_decode(text + at, length - at, &code);
        units += step == 4 ? 2 : 1;
        at += step == 0 ? 1 : step;
    }
    return units;
}

static void put_unit(uint8_t *to, uint32_t unit)
{
    to[0] = (uint8_t) (unit >> 8);
    to[1] = (uint8_t) (unit & 0xFFU);
}

size_t utf8_to_utf16be(const char *text, uint8_t *to, size_t size)
{
    size_t length = strlen(text);
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t step = utf8_decode(text + at, length - at, &code);
        size_t need = code >= 0x10000 ? 4 : 2;
        if (step == 0 || used + need > size) {
            return 0;
        }
        if (need == 2) {
            put_unit(to + used, code);
        } else {
            put_unit(to + used, 0xD800U + ((code - 0x10000U) >> 10));
            put_unit(to + used + 2, 0xDC00U + ((code - 0x10000U) & 0x3FFU));
        }
        used += need;
        at += step;
    }
    return used;
}

static size_t put_code(uint32_t code, char *to, size_t used, size_t size)
{
    char bytes[4];
    size_t step = utf8_encode(code == 0 ? ' ' : code, bytes); /* NULs are padding */
    if (step == 0 || used + step >= size) {
        return 0;
    }
    memcpy(to + used, bytes, step);
    return step;
}

size_t utf8_from_utf16be(const uint8_t *bytes, size_t length, char *to, size_t size)
{
    CHECK(size > 0);
    size_t used = 0;
    for (size_t at = 0; at + 1 < length; at += 2) {
        uint32_t code = (uint32_t) bytes[at] << 8 | bytes[at + 1];
        if (code >= 0xD800 && code <= 0xDFFF) {
            uint32_t low = at + 3 < length ? (uint32_t) bytes[at + 2] << 8 | bytes[at + 3] : 0;
            bool is_pair = code < 0xDC00 && low >= 0xDC00 && low <= 0xDFFF;
            code = is_pair ? 0x10000U + ((code - 0xD800U) << 10) + (low - 0xDC00U) : 0xFFFDU;
            at += is_pair ? 2 : 0;
        }
        size_t step = put_code(code, to, used, size);
        if (step == 0) {
            break;
        }
        used += step;
    }
    to[used] = '\0';
    return used;
}

size_t utf8_from_latin1(const uint8_t *bytes, size_t length, char *to, size_t size)
{
    CHECK(size > 0);
    size_t used = 0;
    for (size_t at = 0; at < length; at++) {
        size_t step = put_code(bytes[at], to, used, size);
        if (step == 0) {
            break;
        }
        used += step;
    }
    to[used] = '\0';
    return used;
}
