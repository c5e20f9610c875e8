#include "gateway/base/json_places.h"

#include <string.h>

#include "gateway/base/json.h"
#include "gateway/base/utf8.h"

enum { NUMBER_MAX = 60 }; /* characters; cJSON reads no more than 63 of them */

enum step { STEP_VALUE, STEP_FIRST_ITEM, STEP_FIRST_KEY, STEP_KEY, STEP_AFTER, STEP_DONE };

struct scan {
    const char *bytes;
    size_t length, at;
    size_t mark; /* place was counted up to here */
    struct locate_place place;
    struct locate_place *places;
    size_t count;
    char open[JSON_DEPTH_MAX]; /* '{' or '[' of the containers we are in */
    int32_t depth;
    bool is_after_key; /* the value that comes has its place already */
    struct error *error;
};

static size_t blank_line(char *bytes, size_t length, size_t from)
{
    size_t i = from;
    for (; i < length && bytes[i] != '\n'; i++) {
        bytes[i] = ' ';
    }
    return i;
}

void locate_blank_comments(char *bytes, size_t length)
{
    bool is_string = false;
    for (size_t i = 0; i < length; i++) {
        if (is_string && bytes[i] == '\\') {
            i++;
        } else if (bytes[i] == '"') {
            is_string = !is_string;
        } else if (is_string && bytes[i] == '\n') {
            is_string =
                false; /* an unclosed string ends with its line: the sentence names that line */
        } else if (!is_string && bytes[i] == '/' && i + 1 < length && bytes[i + 1] == '/') {
            i = blank_line(bytes, length, i);
        }
    }
}

size_t locate_values_max(const char *bytes, size_t length)
{
    size_t count = 1;
    for (size_t i = 0; i < length; i++) {
        count += bytes[i] == ',' || bytes[i] == '[' || bytes[i] == '{';
    }
    return count;
}

int32_t locate_line(const char *bytes, size_t offset)
{
    int32_t line = 1;
    for (size_t i = 0; i < offset; i++) {
        line += bytes[i] == '\n';
    }
    return line;
}

/* The character at hand, NUL at the end. */
static char peek(const struct scan *scan)
{
    if (scan->at >= scan->length) {
        return '\0';
    }
    return scan->bytes[scan->at];
}

static void take_place(struct scan *scan)
{
    for (; scan->mark < scan->at; scan->mark++) {
        unsigned char byte = (unsigned char) scan->bytes[scan->mark];
        if (byte == '\n') {
            scan->place = (struct locate_place){scan->place.line + 1, 1};
        } else if ((byte & 0xC0U) != 0x80U) {
            scan->place.column++;
        }
    }
}

static void add_place(struct scan *scan)
{
    take_place(scan);
    scan->places[scan->count++] = scan->place;
}

/* "'x'", or words for what cannot be shown. */
static bool refuse_character(const struct scan *scan, const char *wanted)
{
    if (scan->at >= scan->length) {
        return error_set(scan->error, "the text ends where %s should stand", wanted);
    }
    uint32_t code = 0;
    size_t size = utf8_decode(scan->bytes + scan->at, scan->length - scan->at, &code);
    if (size == 0 || code < 0x20) {
        return error_set(scan->error, "a control character stands where %s should stand", wanted);
    }
    return error_set(scan->error, "'%.*s' stands where %s should stand", (int) size,
                     scan->bytes + scan->at, wanted);
}

/* Four hexadecimal digits after \u. */
static bool read_hex(struct scan *scan, uint32_t *ret_code)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++, scan->at++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *digit = peek(scan) == '\0' ? NULL : strchr(digits, peek(scan));
        if (digit == NULL) {
            return error_set(scan->error, "\\u needs four hexadecimal digits");
        }
        code = code << 4U | ((uint32_t) (digit - digits) & 15U);
    }
    *ret_code = code;
    return true;
}

static bool read_unicode(struct scan *scan)
{
    uint32_t code = 0;
    if (!read_hex(scan, &code)) {
        return false;
    }
    if (code == 0) {
        return error_set(scan->error, "\\u0000 cannot be part of a text");
    }
    if (code < 0xD800 || code > 0xDFFF) {
        return true;
    }
    uint32_t low = 0;
    bool has_second = code < 0xDC00 && peek(scan) == '\\' && scan->at + 1 < scan->length &&
                      scan->bytes[scan->at + 1] == 'u';
    scan->at += has_second ? 2 : 0;
    if (!has_second || !read_hex(scan, &low) || low < 0xDC00 || low > 0xDFFF) {
        return error_set(scan->error, "\\u%04X is half a character: its other half is missing",
                         code);
    }
    return true;
}

static bool read_escape(struct scan *scan)
{
    char kind = peek(scan);
    if (kind == '\0' || strchr("\"\\/bfnrtu", kind) == NULL) {
        return error_set(scan->error,
                         "a backslash in a string may stand only before \" \\ / b f n r t u");
    }
    scan->at++;
    return kind != 'u' || read_unicode(scan);
}

static bool read_string(struct scan *scan)
{
    scan->at++;
    while (scan->at < scan->length && peek(scan) != '"') {
        unsigned char byte = (unsigned char) peek(scan);
        if (byte == '\n' || byte == '\r') {
            return error_set(scan->error, "the string is not closed on its line");
        }
        if (byte < 0x20) {
            return error_set(scan->error, "a control character in a string: write it as \\u%04x",
                             byte);
        }
        scan->at++;
        if (byte == '\\' && !read_escape(scan)) {
            return false;
        }
    }
    if (scan->at >= scan->length) {
        return error_set(scan->error, "the string is not closed");
    }
    scan->at++;
    return true;
}

static size_t skip_digits(struct scan *scan)
{
    size_t from = scan->at;
    while (peek(scan) >= '0' && peek(scan) <= '9') {
        scan->at++;
    }
    return scan->at - from;
}

static bool read_exponent(struct scan *scan)
{
    if (peek(scan) != 'e' && peek(scan) != 'E') {
        return true;
    }
    scan->at++;
    scan->at += peek(scan) == '+' || peek(scan) == '-';
    return skip_digits(scan) > 0;
}

static bool read_number(struct scan *scan)
{
    size_t from = scan->at;
    scan->at += peek(scan) == '-';
    bool is_zero = peek(scan) == '0';
    size_t digits = skip_digits(scan);
    if (is_zero && digits > 1) {
        return error_set(scan->error, "a number cannot begin with 0: write it without");
    }
    bool is_good = digits > 0;
    if (is_good && peek(scan) == '.') {
        scan->at++;
        is_good = skip_digits(scan) > 0;
    }
    if (!is_good || !read_exponent(scan)) {
        return refuse_character(scan, "a digit");
    }
    if (scan->at - from > NUMBER_MAX) {
        return error_set(scan->error, "a number of more than %d characters", NUMBER_MAX);
    }
    return true;
}

static bool read_word(struct scan *scan)
{
    static const char *const words[] = {"true", "false", "null"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i]);
        if (scan->length - scan->at >= length &&
            memcmp(scan->bytes + scan->at, words[i], length) == 0) {
            scan->at += length;
            return true;
        }
    }
    return refuse_character(scan, "a value");
}

static bool open_container(struct scan *scan, enum step *ret_step)
{
    if (scan->depth == JSON_DEPTH_MAX) {
        return error_set(scan->error, "nested deeper than %d", JSON_DEPTH_MAX);
    }
    char kind = peek(scan);
    scan->open[scan->depth++] = kind;
    scan->at++;
    *ret_step = kind == '{' ? STEP_FIRST_KEY : STEP_FIRST_ITEM;
    return true;
}

static bool read_value(struct scan *scan, enum step *ret_step)
{
    if (!scan->is_after_key) {
        add_place(scan);
    }
    scan->is_after_key = false;
    char first = peek(scan);
    if (first == '{' || first == '[') {
        return open_container(scan, ret_step);
    }
    *ret_step = STEP_AFTER;
    if (first == '"') {
        return read_string(scan);
    }
    return first == '-' || (first >= '0' && first <= '9') ? read_number(scan) : read_word(scan);
}

static void skip_blanks(struct scan *scan)
{
    while (peek(scan) != '\0' && strchr(" \t\r\n", peek(scan)) != NULL) {
        scan->at++;
    }
}

static bool read_key(struct scan *scan, enum step *ret_step)
{
    if (peek(scan) != '"') {
        return refuse_character(scan, "a key in double quotes");
    }
    add_place(scan);
    if (!read_string(scan)) {
        return false;
    }
    skip_blanks(scan);
    if (peek(scan) != ':') {
        return refuse_character(scan, "':'");
    }
    scan->at++;
    scan->is_after_key = true;
    *ret_step = STEP_VALUE;
    return true;
}

static enum step close_container(struct scan *scan)
{
    scan->at++;
    scan->depth--;
    return STEP_AFTER;
}

/* After a value: a comma, the end of its container, or the end of all. */
static bool read_after(struct scan *scan, enum step *ret_step)
{
    if (scan->depth == 0) {
        *ret_step = STEP_DONE;
        return scan->at == scan->length ||
               error_set(scan->error, "there is text after the end of the document");
    }
    bool is_object = scan->open[scan->depth - 1] == '{';
    if (peek(scan) == (is_object ? '}' : ']')) {
        *ret_step = close_container(scan);
        return true;
    }
    if (peek(scan) != ',') {
        return refuse_character(scan, is_object ? "',' or '}'" : "',' or ']'");
    }
    scan->at++;
    *ret_step = is_object ? STEP_KEY : STEP_VALUE;
    return true;
}

static bool take_step(struct scan *scan, enum step *step)
{
    skip_blanks(scan);
    switch (*step) {
    case STEP_FIRST_ITEM:
        if (peek(scan) == ']') {
            *step = close_container(scan);
            return true;
        }
        return read_value(scan, step);
    case STEP_FIRST_KEY:
        if (peek(scan) == '}') {
            *step = close_container(scan);
            return true;
        }
        return read_key(scan, step);
    case STEP_VALUE:
        return read_value(scan, step);
    case STEP_KEY:
        return read_key(scan, step);
    case STEP_AFTER:
        return read_after(scan, step);
    case STEP_DONE:
        break;
    }
    return true;
}

bool locate_values(const char *bytes, size_t length, struct locate_place *places, size_t *ret_count,
                   int32_t *ret_line, struct error *error)
{
    struct scan scan = {
        .bytes = bytes, .length = length, .places = places, .place = {1, 1}, .error = error};
    for (enum step step = STEP_VALUE; step != STEP_DONE;) {
        if (!take_step(&scan, &step)) {
            scan.at = scan.at < length ? scan.at : length;
            *ret_line = locate_line(bytes, scan.at);
            return false;
        }
    }
    *ret_count = scan.count;
    return true;
}
