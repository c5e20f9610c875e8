/* buffer.h - a text that grows, for answers whose length nobody knows before: JSON, metrics, events.
 *
 * It grows up to BUFFER_MAX; what goes beyond that is left out and remembered, as text.h does. Memory that the
 * system refuses counts as the same. The bytes are the owner's to free. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "gateway/base/text.h"

enum { BUFFER_MAX = 64 * 1024 * 1024 };

struct buffer {
    char *bytes; /* NULL while empty, else a string with its NUL */
    size_t size, length;
    bool is_cut; /* nothing is added after that */
};

void buffer_free(struct buffer *buffer); /* and makes it empty again */

void buffer_add(struct buffer *buffer, const char *format, ...) PRINTF_LIKE(2, 3);
void buffer_add_bytes(struct buffer *buffer, const char *bytes, size_t length);
/* Adds `string` as a JSON string, or `null` when it is NULL. */
void buffer_add_json(struct buffer *buffer, const char *string);

/* Lets `fill` write at the end through a text; its room is doubled until everything fits. */
void buffer_add_text(struct buffer *buffer, void (*fill)(void *context, struct text *text),
                     void *context);
