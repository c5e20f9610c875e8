/* arena.h - memory that is taken once and given back at once.
 *
 * The engine and the policy live in arenas: built at start, frozen, never grown after. What is
 * taken is zeroed. An arena that cannot grow stops the process (start-up is the only time it may). */
#pragma once

#include <stddef.h>

#include "gateway/base/check.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is allowed */

/* Zeroed and aligned for any type; count * size may be 0 (then the pointer must not be read). */
void *arena_take(struct arena *arena, size_t count, size_t size);

/* A copy of the string with its NUL. */
char *arena_copy(struct arena *arena, const char *string);

/* What printf would write, as a string of just that length. */
char *arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* After this arena_take is a bug and stops us. */
void arena_freeze(struct arena *arena);

/* Bytes taken so far. */
size_t arena_used(const struct arena *arena);
