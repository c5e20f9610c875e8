/* index.h - many short lists of numbers in two arrays: list i is item[first[i]] ... item[first[i +
 * 1] - 1].
 *
 * Built in two rounds over the same pairs: each is counted, then each is added. */
#pragma once

#include <stdint.h>

#include "gateway/base/arena.h"

struct index {
    int32_t *first;
    int32_t *item;
};

/* Empty lists 0...list_count-1. */
static inline struct index index_new(struct arena *arena, int32_t list_count)
{
    return (struct index){.first = arena_take(arena, (size_t) list_count + 2, sizeof(int32_t))};
}

/* First round. */
static inline void index_count(struct index *index, int32_t list)
{
    index->first[list + 2]++;
}

/* Between the rounds: first[list + 1] becomes the place of the list's next item; after the last one
 * it is its end. */
static inline void index_reserve(struct index *index, struct arena *arena, int32_t list_count)
{
    for (int32_t i = 2; i < list_count + 2; i++) {
        index->first[i] += index->first[i - 1];
    }
    index->item = arena_take(arena, (size_t) index->first[list_count + 1], sizeof(int32_t));
}

/* Second round. */
static inline void index_add(struct index *index, int32_t list, int32_t item)
{
    index->item[index->first[list + 1]++] = item;
}
