#include "gateway/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/zero_pages.h"

enum {
    BLOCK_SIZE = 65536 - 64, /* just below a power of two, so malloc wastes nothing */
    LINE = 64,               /* bytes of a cache line */
    FIRST_ITEMS = 64,        /* of a growing array */
};

/* As long as a cache line: a large array, alone in its pages, then begins with one. */
struct block {
    struct block *next;
    size_t size;
    size_t used;
    unsigned char unused[LINE - sizeof(void *) - 2 * sizeof(size_t)];
    alignas(max_align_t) unsigned char bytes[];
};
static_assert(offsetof(struct block, bytes) == LINE, "a large array begins with a line");

struct arena {
    struct block *newest;
    size_t used;
    bool is_frozen;
};

struct arena *arena_new(void)
{
    struct arena *arena = calloc(1, sizeof *arena);
    CHECK(arena != NULL);
    return arena;
}

static bool is_big(size_t size)
{
    return size > BLOCK_SIZE;
}

static struct block *block_new(size_t size)
{
    size_t total = sizeof(struct block) + size;
    struct block *block = is_big(size) ? zero_pages_take(total) : calloc(1, total);
    CHECK(block != NULL);
    block->size = size;
    return block;
}

static void block_free(struct block *block)
{
    if (is_big(block->size)) {
        zero_pages_free(block, sizeof *block + block->size);
    } else {
        free(block);
    }
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    for (struct block *block = arena->newest; block != NULL;) {
        struct block *next = block->next;
        block_free(block);
        block = next;
    }
    free(arena);
}

static struct block *block_with(struct arena *arena, size_t need)
{
    struct block *block = arena->newest;
    if (block != NULL && block->size - block->used >= need) {
        return block;
    }
    size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;
    block = block_new(size);
    if (is_big(size) && arena->newest != NULL) {
        /* A big piece gets its own block behind the newest, which stays open for small ones. */
        block->next = arena->newest->next;
        arena->newest->next = block;
    } else {
        block->next = arena->newest;
        arena->newest = block;
    }
    return block;
}

void *arena_take(struct arena *arena, size_t count, size_t size)
{
    CHECK(!arena->is_frozen);
    CHECK(size == 0 || count <= (SIZE_MAX / 2) / size);
    size_t need = (count * size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
    struct block *block = block_with(arena, need);
    void *place = block->bytes + block->used;
    block->used += need;
    arena->used += need;
    return place;
}

void *arena_grow(struct arena *arena, void *array, int32_t count, int32_t *max, size_t size)
{
    if (count < *max) {
        return array;
    }
    *max = *max == 0 ? FIRST_ITEMS : 2 * *max;
    void *more = arena_take(arena, (size_t) *max, size);
    if (count > 0) {
        memcpy(more, array, (size_t) count * size);
    }
    return more;
}

char *arena_copy(struct arena *arena, const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = arena_take(arena, size, 1);
    memcpy(copy, string, size);
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    CHECK(length >= 0);
    size_t size = (size_t) length + 1;
    char *string = arena_take(arena, size, 1);
    va_start(arguments, format);
    (void) vsnprintf(string, size, format, arguments);
    va_end(arguments);
    return string;
}

void arena_freeze(struct arena *arena)
{
    arena->is_frozen = true;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
