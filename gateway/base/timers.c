#include "gateway/base/timers.h"

struct timers {
    int32_t item_count;
    int32_t count;
    int32_t *heap;  /* items; the earliest first */
    int32_t *place; /* of an item in the heap, from 1; 0: not in it */
    ms_t *at;       /* by item */
};

struct timers *timers_new(struct arena *arena, int32_t item_count)
{
    CHECK(item_count >= 0);
    struct timers *timers = arena_take(arena, 1, sizeof *timers);
    timers->item_count = item_count;
    timers->heap = arena_take(arena, (size_t) item_count, sizeof *timers->heap);
    timers->place = arena_take(arena, (size_t) item_count, sizeof *timers->place);
    timers->at = arena_take(arena, (size_t) item_count, sizeof *timers->at);
    return timers;
}

static bool is_before(const struct timers *timers, int32_t a, int32_t b)
{
    ms_t first = timers->at[a];
    ms_t second = timers->at[b];
    return first == second ? a < b : first < second;
}

static void put(struct timers *timers, int32_t place, int32_t item)
{
    timers->heap[place] = item;
    timers->place[item] = place + 1;
}

static void rise(struct timers *timers, int32_t place)
{
    int32_t item = timers->heap[place];
    while (place > 0) {
        int32_t above = (place - 1) / 2;
        if (!is_before(timers, item, timers->heap[above])) {
            break;
        }
        put(timers, place, timers->heap[above]);
        place = above;
    }
    put(timers, place, item);
}

static void sink(struct timers *timers, int32_t place)
{
    int32_t item = timers->heap[place];
    for (int32_t below = 2 * place + 1; below < timers->count; below = 2 * place + 1) {
        if (below + 1 < timers->count &&
            is_before(timers, timers->heap[below + 1], timers->heap[below])) {
            below++;
        }
        if (!is_before(timers, timers->heap[below], item)) {
            break;
        }
        put(timers, place, timers->heap[below]);
        place = below;
    }
    put(timers, place, item);
}

void timers_set(struct timers *timers, int32_t item, ms_t at)
{
    CHECK(item >= 0 && item < timers->item_count && at > 0);
    if (timers->place[item] == 0) {
        timers->at[item] = at;
        put(timers, timers->count, item);
        timers->count++;
        rise(timers, timers->count - 1);
        return;
    }
    timers->at[item] = at;
    rise(timers, timers->place[item] - 1);
    sink(timers, timers->place[item] - 1);
}

void timers_clear(struct timers *timers, int32_t item)
{
    CHECK(item >= 0 && item < timers->item_count);
    int32_t place = timers->place[item] - 1;
    if (place < 0) {
        return;
    }
    timers->place[item] = 0;
    timers->count--;
    if (place < timers->count) {
        int32_t last = timers->heap[timers->count];
        put(timers, place, last);
        rise(timers, place);
        sink(timers, timers->place[last] - 1);
    }
}

ms_t timers_at(const struct timers *timers, int32_t item)
{
    CHECK(item >= 0 && item < timers->item_count);
    return timers->place[item] == 0 ? 0 : timers->at[item];
}

ms_t timers_next(const struct timers *timers)
{
    return timers->count == 0 ? TIMERS_NEVER : timers->at[timers->heap[0]];
}

bool timers_take(struct timers *timers, ms_t now, int32_t *ret_item)
{
    if (timers_next(timers) > now) {
        return false;
    }
    *ret_item = timers->heap[0];
    timers_clear(timers, *ret_item);
    return true;
}
