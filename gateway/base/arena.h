/* arena.h - memory that is taken piece by piece and freed all at once.
 *
 * The engine and the policy live in arenas that are built at start, then frozen. Pieces are zeroed.
 * An arena that cannot grow stops the process: it may do so at start only. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/check.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is allowed */

/* Zeroed and aligned for any type; count * size may be 0 (then the pointer must not be read). */
void *arena_take(struct arena *arena, size_t count, size_t size);

/* The array with room for one more item: itself, or a larger copy when `count` has reached `*max`
 * (0: there is no array yet). */
void *arena_grow(struct arena *arena, void *array, int32_t count, int32_t *max, size_t size);

/* A copy of the string with its NUL. */
char *arena_copy(struct arena *arena, const char *string);

/* The output of printf as a string of just that length. */
char *arena_format(struct arena *arena, const char *format, ...) PRINTF_LIKE(2, 3);

/* After this, arena_take is a bug and stops the process. */
void arena_freeze(struct arena *arena);

/* Bytes taken so far. */
size_t arena_used(const struct arena *arena);
