#include "gateway/base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/utf8.h"

struct text text_over(char *bytes, size_t size)
{
    CHECK(size > 0);
    bytes[0] = '\0';
    return (struct text){.bytes = bytes, .size = size};
}

void text_add(struct text *text, const char *format, ...)
{
    if (text->is_cut) {
        return;
    }
    size_t room = text->size - text->length;
    va_list arguments;
    va_start(arguments, format);
    int need = vsnprintf(text->bytes + text->length, room, format, arguments);
    va_end(arguments);
    CHECK(need >= 0);
    text->is_cut = (size_t) need >= room;
    if (text->is_cut) {
        utf8_trim(text->bytes);
    }
    text->length = text->is_cut ? strlen(text->bytes) : text->length + (size_t) need;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    if (text->is_cut) {
        return;
    }
    size_t room = text->size - text->length - 1;
    text->is_cut = length > room;
    size_t fits = text->is_cut ? room : length;
    memcpy(text->bytes + text->length, bytes, fits);
    text->length += fits;
    text->bytes[text->length] = '\0';
    if (text->is_cut) {
        utf8_trim(text->bytes);
        text->length = strlen(text->bytes);
    }
}

static void add_character(struct text *text, const char *bytes, size_t length, uint32_t code)
{
    if (code == '"' || code == '\\') {
        text_add(text, "\\%c", (char) code);
    } else if (code == '\n') {
        text_add(text, "\\n");
    } else if (code < 0x20 || code == 0x7F) {
        text_add(text, "\\u%04x", code);
    } else {
        text_add_bytes(text, bytes, length);
    }
}

void text_add_json(struct text *text, const char *string)
{
    size_t length = strlen(string);
    text_add_bytes(text, "\"", 1);
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t step = utf8_decode(string + at, length - at, &code);
        if (step == 0) {
            text_add(text, "\xEF\xBF\xBD");
            at++;
            continue;
        }
        add_character(text, string + at, step, code);
        at += step;
    }
    text_add_bytes(text, "\"", 1);
}
