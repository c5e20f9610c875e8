#include "sensors/transport/wake_times.h"

struct wakes {
    int32_t count;
    us_t *at;       /* by index: when it wants to be woken */
    us_t *key;      /* by index: where it stands in the heap, never later than `at` */
    int32_t *place; /* by index: its slot */
    int32_t *slot;  /* the heap: indexes, the earliest key first */
};

struct wakes *wakes_new(struct arena *arena, int32_t count)
{
    struct wakes *wakes = arena_take(arena, 1, sizeof *wakes);
    size_t size = (size_t) count;
    wakes->count = count;
    wakes->at = arena_take(arena, size, sizeof wakes->at[0]);
    wakes->key = arena_take(arena, size, sizeof wakes->key[0]);
    wakes->place = arena_take(arena, size, sizeof wakes->place[0]);
    wakes->slot = arena_take(arena, size, sizeof wakes->slot[0]);
    for (int32_t i = 0; i < count; i++) {
        wakes->at[i] = wakes->key[i] = WAKES_NEVER;
        wakes->place[i] = wakes->slot[i] = i;
    }
    return wakes;
}

static void put(struct wakes *wakes, int32_t slot, int32_t index)
{
    wakes->slot[slot] = index;
    wakes->place[index] = slot;
}

static void rise(struct wakes *wakes, int32_t index)
{
    int32_t slot = wakes->place[index];
    while (slot > 0) {
        int32_t above = (slot - 1) / 2;
        if (wakes->key[wakes->slot[above]] <= wakes->key[index]) {
            break;
        }
        put(wakes, slot, wakes->slot[above]);
        slot = above;
    }
    put(wakes, slot, index);
}

static int32_t earlier_child(const struct wakes *wakes, int32_t slot)
{
    int32_t left = 2 * slot + 1;
    int32_t right = left + 1;
    bool is_right =
        right < wakes->count && wakes->key[wakes->slot[right]] < wakes->key[wakes->slot[left]];
    return is_right ? right : left;
}

static void sink(struct wakes *wakes, int32_t index)
{
    int32_t slot = wakes->place[index];
    while (2 * slot + 1 < wakes->count) {
        int32_t below = earlier_child(wakes, slot);
        if (wakes->key[index] <= wakes->key[wakes->slot[below]]) {
            break;
        }
        put(wakes, slot, wakes->slot[below]);
        slot = below;
    }
    put(wakes, slot, index);
}

void wakes_set(struct wakes *wakes, int32_t index, us_t at)
{
    CHECK(index >= 0 && index < wakes->count);
    wakes->at[index] = at;
    if (at < wakes->key[index]) {
        wakes->key[index] = at;
        rise(wakes, index);
    }
}

/* Until the first of the heap stands where it wants to be. */
static int32_t settle_first(struct wakes *wakes)
{
    int32_t first = wakes->slot[0];
    while (wakes->at[first] > wakes->key[first]) {
        wakes->key[first] = wakes->at[first];
        sink(wakes, first);
        first = wakes->slot[0];
    }
    return first;
}

us_t wakes_next(struct wakes *wakes)
{
    return wakes->count == 0 ? WAKES_NEVER : wakes->key[settle_first(wakes)];
}

int32_t wakes_take(struct wakes *wakes, us_t now)
{
    if (wakes_next(wakes) > now) {
        return -1;
    }
    int32_t first = wakes->slot[0];
    wakes->at[first] = wakes->key[first] = WAKES_NEVER;
    sink(wakes, first);
    return first;
}
