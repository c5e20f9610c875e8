#include "gateway/io/web/request/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_FIRST = 1024, TEXT_FIRST = 4096, FORMAT_MOST = 2048 };

/* Makes room for `more` bytes and a NUL. */
static bool reserve(struct buffer *buffer, size_t more)
{
    size_t need = buffer->length + more + 1;
    if (buffer->is_cut || need > BUFFER_MAX) {
        buffer->is_cut = true;
        return false;
    }
    if (need <= buffer->size) {
        return true;
    }
    size_t size = buffer->size == 0 ? SIZE_FIRST : buffer->size * 2;
    size = size < need ? need : size;
    char *bytes = realloc(buffer->bytes, size);
    if (bytes == NULL) {
        buffer->is_cut = true;
        return false;
    }
    buffer->bytes = bytes;
    buffer->size = size;
    buffer->bytes[buffer->length] = '\0';
    return true;
}

void buffer_free(struct buffer *buffer)
{
    free(buffer->bytes);
    *buffer = (struct buffer){0};
}

void buffer_add_bytes(struct buffer *buffer, const char *bytes, size_t length)
{
    if (length > 0 && reserve(buffer, length)) {
        memcpy(buffer->bytes + buffer->length, bytes, length);
        buffer->length += length;
        buffer->bytes[buffer->length] = '\0';
    }
}

void buffer_add(struct buffer *buffer, const char *format, ...)
{
    char bytes[FORMAT_MOST]; /* numbers and names; long texts go through buffer_add_json */
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(bytes, sizeof bytes, format, arguments);
    va_end(arguments);
    CHECK(length >= 0 && length < (int) sizeof bytes);
    buffer_add_bytes(buffer, bytes, (size_t) length);
}

void buffer_add_json(struct buffer *buffer, const char *string)
{
    if (string == NULL) {
        buffer_add_bytes(buffer, "null", 4);
        return;
    }
    size_t most = strlen(string) * 6 + 2; /* every byte as \u00xx, and the quotes */
    if (!reserve(buffer, most)) {
        return;
    }
    struct text text = text_over(buffer->bytes + buffer->length, most + 1);
    text_add_json(&text, string);
    CHECK(!text.is_cut);
    buffer->length += text.length;
}

void buffer_add_text(struct buffer *buffer, void (*fill)(void *context, struct text *text),
                     void *context)
{
    for (size_t size = TEXT_FIRST; reserve(buffer, size); size *= 2) {
        struct text text = text_over(buffer->bytes + buffer->length, size + 1);
        fill(context, &text);
        if (!text.is_cut) {
            buffer->length += text.length;
            return;
        }
        buffer->bytes[buffer->length] = '\0';
    }
}
