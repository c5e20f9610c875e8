#include "gateway/base/timers.h"

/* `key` is never later than the item's deadline. It is less when the deadline was moved later. */
struct slot {
    int64_t key;
    int32_t item;
};

struct timers {
    int32_t item_count;
    int32_t count;
    struct slot *heap; /* the earliest key first */
    int32_t *place;    /* of an item in the heap, from 1; 0: not in it */
    int64_t *at;       /* by item */
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

static bool is_before(const struct slot *a, const struct slot *b)
{
    return a->key == b->key ? a->item < b->item : a->key < b->key;
}

static void put_slot(struct timers *timers, int32_t place, struct slot slot)
{
    timers->heap[place] = slot;
    timers->place[slot.item] = place + 1;
}

/* Puts the slot at `place` or above it. */
static void rise_from(struct timers *timers, int32_t place, struct slot slot)
{
    while (place > 0) {
        int32_t above = (place - 1) / 2;
        if (!is_before(&slot, &timers->heap[above])) {
            break;
        }
        put_slot(timers, place, timers->heap[above]);
        place = above;
    }
    put_slot(timers, place, slot);
}

/* Puts the slot at the top or below it. */
static void sink_from_top(struct timers *timers, struct slot slot)
{
    int32_t place = 0;
    for (int32_t below = 1; below < timers->count; below = 2 * place + 1) {
        if (below + 1 < timers->count &&
            is_before(&timers->heap[below + 1], &timers->heap[below])) {
            below++;
        }
        if (!is_before(&timers->heap[below], &slot)) {
            break;
        }
        put_slot(timers, place, timers->heap[below]);
        place = below;
    }
    put_slot(timers, place, slot);
}

void timers_set(struct timers *timers, int32_t item, int64_t at)
{
    CHECK(item >= 0 && item < timers->item_count);
    timers->at[item] = at;
    int32_t place = timers->place[item] - 1;
    struct slot slot = {.key = at, .item = item};
    if (place >= 0 && at < timers->heap[place].key) {
        rise_from(timers, place, slot);
    } else if (place < 0 && at != TIMERS_NEVER) {
        timers->count++;
        rise_from(timers, timers->count - 1, slot);
    }
}

void timers_clear(struct timers *timers, int32_t item)
{
    timers_set(timers, item, TIMERS_NEVER);
}

static void remove_first(struct timers *timers)
{
    timers->place[timers->heap[0].item] = 0;
    timers->count--;
    if (timers->count > 0) {
        sink_from_top(timers, timers->heap[timers->count]);
    }
}

int64_t timers_next(struct timers *timers)
{
    while (timers->count > 0) {
        struct slot first = timers->heap[0];
        int64_t at = timers->at[first.item];
        if (at == first.key) {
            return at;
        }
        if (at == TIMERS_NEVER) {
            remove_first(timers);
        } else {
            first.key = at;
            sink_from_top(timers, first);
        }
    }
    return TIMERS_NEVER;
}

bool timers_take(struct timers *timers, int64_t now, int32_t *ret_item)
{
    int64_t next = timers_next(timers);
    if (next == TIMERS_NEVER || next > now) {
        return false;
    }
    *ret_item = timers->heap[0].item;
    remove_first(timers);
    return true;
}
