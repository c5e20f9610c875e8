#include "gateway/base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/utf8.h"

enum { SIZE_FIRST = 1024 }; /* of a growing text */

static char nothing[1]; /* what a growing text holds before its first byte; never written */

struct text text_over(char *bytes, size_t size)
{
    CHECK(size > 0);
    bytes[0] = '\0';
    return (struct text){.bytes = bytes, .size = size};
}

struct text text_growing(size_t max_bytes)
{
    CHECK(max_bytes > 0);
    return (struct text){.bytes = nothing, .max = max_bytes};
}

void text_free(struct text *text)
{
    CHECK(text->max > 0);
    if (text->size > 0) {
        free(text->bytes);
    }
    *text = text_growing(text->max);
}

/* Grows the text, if it can, until `more` bytes and a NUL fit. Returns the room behind the text,
 * NUL included; 0 is a growing text without memory. */
static size_t reserve_room(struct text *text, size_t more)
{
    size_t need = text->length + more + 1;
    if (need > text->size && text->size < text->max) {
        size_t size = text->size == 0 ? SIZE_FIRST : text->size * 2;
        size = size < need ? need : size;
        size = size > text->max ? text->max : size;
        char *bytes = realloc(text->size == 0 ? NULL : text->bytes, size);
        if (bytes != NULL) {
            bytes[text->length] = '\0';
            text->bytes = bytes;
            text->size = size;
        }
    }
    return text->size - text->length;
}

static void cut_text(struct text *text)
{
    text->is_cut = true;
    utf8_trim(text->bytes);
    text->length = strlen(text->bytes);
}

void text_add(struct text *text, const char *format, ...)
{
    if (text->is_cut) {
        return;
    }
    va_list arguments;
    va_list again;
    va_start(arguments, format);
    va_copy(again, arguments);
    size_t room = text->size - text->length;
    int need = vsnprintf(text->bytes + text->length, room, format, arguments);
    va_end(arguments);
    CHECK(need >= 0);
    if ((size_t) need >= room) {
        room = reserve_room(text, (size_t) need);
        (void) vsnprintf(text->bytes + text->length, room, format, again);
    }
    va_end(again);
    if ((size_t) need < room) {
        text->length += (size_t) need;
    } else {
        cut_text(text);
    }
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    if (text->is_cut || length == 0) {
        return;
    }
    size_t room = reserve_room(text, length);
    bool is_whole = length < room;
    size_t fits = is_whole ? length : room - (room > 0);
    if (room > 0) {
        memcpy(text->bytes + text->length, bytes, fits);
        text->length += fits;
        text->bytes[text->length] = '\0';
    }
    if (!is_whole) {
        cut_text(text);
    }
}

void text_copy(char *to, size_t size, const char *from)
{
    struct text text = text_over(to, size);
    text_add_bytes(&text, from, strlen(from));
}

static void add_escaped_character(struct text *text, const char *bytes, size_t length,
                                  uint32_t code)
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
        add_escaped_character(text, string + at, step, code);
        at += step;
    }
    text_add_bytes(text, "\"", 1);
}
