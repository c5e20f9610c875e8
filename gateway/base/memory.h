/* memory.h - zeroed heap memory for what is made at start. There is no error to handle: without
 * memory the process stops, and systemd restarts it. */
#pragma once

#include <stddef.h>

/* `count` things of `size` bytes, to be freed with free; count 0 gives memory, too. */
void *memory_take(size_t count, size_t size);

/* A copy of a string. */
char *memory_copy(const char *string);
