#include "gateway/base/json_scalar.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "gateway/base/utf8.h"

enum { NUMBER_MAX = 60 }; /* characters; cJSON reads no more than 63 of them */

/* Shows the character as 'x', if it can be shown. */
bool json_refuse(const struct json_cursor *cursor, const char *wanted)
{
    if (cursor->at >= cursor->length) {
        return error_set(cursor->error, "the text ends where %s should stand", wanted);
    }
    uint32_t code = 0;
    size_t size = utf8_decode(cursor->bytes + cursor->at, cursor->length - cursor->at, &code);
    if (size == 0 || code < 0x20) {
        return error_set(cursor->error, "a control character stands where %s should stand", wanted);
    }
    return error_set(cursor->error, "'%.*s' stands where %s should stand", (int) size,
                     cursor->bytes + cursor->at, wanted);
}

/* Four hexadecimal digits after \u. */
static bool read_hex_digits(struct json_cursor *cursor, uint32_t *ret_code)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++, cursor->at++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *digit = json_peek(cursor) == '\0' ? NULL : strchr(digits, json_peek(cursor));
        if (digit == NULL) {
            return error_set(cursor->error, "\\u needs four hexadecimal digits");
        }
        code = code << 4U | ((uint32_t) (digit - digits) & 15U);
    }
    *ret_code = code;
    return true;
}

static bool read_unicode(struct json_cursor *cursor)
{
    uint32_t code = 0;
    if (!read_hex_digits(cursor, &code)) {
        return false;
    }
    if (code == 0) {
        return error_set(cursor->error, "\\u0000 cannot be part of a text");
    }
    if (code < 0xD800 || code > 0xDFFF) {
        return true;
    }
    uint32_t low = 0;
    bool has_second = code < 0xDC00 && json_peek(cursor) == '\\' &&
                      cursor->at + 1 < cursor->length && cursor->bytes[cursor->at + 1] == 'u';
    cursor->at += has_second ? 2 : 0;
    if (!has_second || !read_hex_digits(cursor, &low) || low < 0xDC00 || low > 0xDFFF) {
        return error_set(cursor->error, "\\u%04X is half a character: its other half is missing",
                         code);
    }
    return true;
}

static bool read_escape(struct json_cursor *cursor)
{
    char kind = json_peek(cursor);
    if (kind == '\0' || strchr("\"\\/bfnrtu", kind) == NULL) {
        return error_set(cursor->error,
                         "a backslash in a string may stand only before \" \\ / b f n r t u");
    }
    cursor->at++;
    return kind != 'u' || read_unicode(cursor);
}

/* Hands one scalar to cJSON. The walk has checked it, so that only memory can be missing. */
static cJSON *parse_scalar(const struct json_cursor *cursor, size_t from)
{
    cJSON *item = cJSON_ParseWithLength(cursor->bytes + from, cursor->at - from);
    CHECK(item != NULL);
    return item;
}

/* The string from the quote at `from` to the one before `at`. Without escapes its bytes are its
 * value. */
static const char *copy_string_value(struct json_cursor *cursor, size_t from, bool has_escape,
                                     struct arena *arena)
{
    if (has_escape) {
        cJSON *item = parse_scalar(cursor, from);
        const char *copy = arena_copy(arena, item->valuestring);
        cJSON_Delete(item);
        return copy;
    }
    size_t length = cursor->at - from - 2;
    char *copy = arena_take(arena, length + 1, 1);
    memcpy(copy, cursor->bytes + from + 1, length);
    return copy;
}

bool json_read_string(struct json_cursor *cursor, struct arena *arena, const char **ret_string)
{
    size_t from = cursor->at++;
    bool has_escape = false;
    while (cursor->at < cursor->length && json_peek(cursor) != '"') {
        unsigned char byte = (unsigned char) json_peek(cursor);
        if (byte == '\n' || byte == '\r') {
            return error_set(cursor->error, "the string is not closed on its line");
        }
        if (byte < 0x20) {
            return error_set(cursor->error, "a control character in a string: write it as \\u%04x",
                             byte);
        }
        cursor->at++;
        has_escape = has_escape || byte == '\\';
        if (byte == '\\' && !read_escape(cursor)) {
            return false;
        }
    }
    if (cursor->at >= cursor->length) {
        return error_set(cursor->error, "the string is not closed");
    }
    cursor->at++;
    *ret_string = copy_string_value(cursor, from, has_escape, arena);
    return true;
}

static size_t skip_digits(struct json_cursor *cursor)
{
    size_t from = cursor->at;
    while (json_peek(cursor) >= '0' && json_peek(cursor) <= '9') {
        cursor->at++;
    }
    return cursor->at - from;
}

static bool read_exponent(struct json_cursor *cursor)
{
    if (json_peek(cursor) != 'e' && json_peek(cursor) != 'E') {
        return true;
    }
    cursor->at++;
    cursor->at += json_peek(cursor) == '+' || json_peek(cursor) == '-';
    return skip_digits(cursor) > 0;
}

bool json_read_number(struct json_cursor *cursor, double *ret_number)
{
    size_t from = cursor->at;
    cursor->at += json_peek(cursor) == '-';
    bool is_zero = json_peek(cursor) == '0';
    size_t digits = skip_digits(cursor);
    if (is_zero && digits > 1) {
        return error_set(cursor->error, "a number cannot begin with 0: write it without");
    }
    bool is_good = digits > 0;
    if (is_good && json_peek(cursor) == '.') {
        cursor->at++;
        is_good = skip_digits(cursor) > 0;
    }
    if (!is_good || !read_exponent(cursor)) {
        return json_refuse(cursor, "a digit");
    }
    if (cursor->at - from > NUMBER_MAX) {
        return error_set(cursor->error, "a number of more than %d characters", NUMBER_MAX);
    }
    cJSON *item = parse_scalar(cursor, from);
    *ret_number = item->valuedouble;
    cJSON_Delete(item);
    return isfinite(*ret_number) || error_set(cursor->error, "the number is too large");
}
