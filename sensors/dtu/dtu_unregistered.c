#include "sensors/dtu/dtu_unregistered.h"

#include <string.h>

#include "gateway/base/check.h"
#include "gateway/base/hash.h"

enum { NONE = -1 };

/* A queue by age; its places are kept beside, one for each slot. */
struct queue {
    int32_t oldest, newest;
};

struct place {
    int32_t older, newer;
};

struct address {
    struct ip_address source;
    int32_t count; /* 0: free */
    struct queue queue;
    int32_t next; /* of the same bucket, or of the free ones */
};

struct dtu_unregistered {
    struct dtu_unregistered_limits limits;
    int32_t count;
    struct queue queue;
    struct place *by_time, *by_source; /* by slot */
    int32_t *address_of;               /* by slot; NONE: free */
    int32_t *next_free;                /* by slot */
    int32_t free_slot, free_address;
    uint32_t mask;
    int32_t *bucket;         /* the first address of each, or NONE */
    struct address *address; /* as many as slots */
};

static void append_slot(struct queue *queue, struct place *places, int32_t slot)
{
    places[slot] = (struct place){.older = queue->newest, .newer = NONE};
    if (queue->newest == NONE) {
        queue->oldest = slot;
    } else {
        places[queue->newest].newer = slot;
    }
    queue->newest = slot;
}

static void remove_slot(struct queue *queue, struct place *places, int32_t slot)
{
    struct place place = places[slot];
    if (place.older == NONE) {
        queue->oldest = place.newer;
    } else {
        places[place.older].newer = place.newer;
    }
    if (place.newer == NONE) {
        queue->newest = place.older;
    } else {
        places[place.newer].older = place.older;
    }
}

struct dtu_unregistered *dtu_unregistered_new(struct arena *arena,
                                              const struct dtu_unregistered_limits *limits)
{
    CHECK(limits->all >= 1 && limits->from_source >= 1);
    struct dtu_unregistered *unregistered = arena_take(arena, 1, sizeof *unregistered);
    size_t all = (size_t) limits->all;
    size_t buckets = 16;
    while (buckets < all) {
        buckets *= 2;
    }
    unregistered->limits = *limits;
    unregistered->queue = (struct queue){NONE, NONE};
    unregistered->by_time = arena_take(arena, all, sizeof unregistered->by_time[0]);
    unregistered->by_source = arena_take(arena, all, sizeof unregistered->by_source[0]);
    unregistered->address_of = arena_take(arena, all, sizeof unregistered->address_of[0]);
    unregistered->next_free = arena_take(arena, all, sizeof unregistered->next_free[0]);
    unregistered->address = arena_take(arena, all, sizeof unregistered->address[0]);
    unregistered->bucket = arena_take(arena, buckets, sizeof unregistered->bucket[0]);
    unregistered->mask = (uint32_t) buckets - 1;
    for (size_t i = 0; i < buckets; i++) {
        unregistered->bucket[i] = NONE;
    }
    for (int32_t i = 0; i < limits->all; i++) {
        int32_t next = i + 1 < limits->all ? i + 1 : NONE;
        unregistered->address_of[i] = NONE;
        unregistered->next_free[i] = next;
        unregistered->address[i].next = next;
    }
    return unregistered;
}

static int32_t *get_bucket(const struct dtu_unregistered *unregistered,
                           const struct ip_address *source)
{
    return &unregistered->bucket[hash_32(source->bytes, sizeof source->bytes) & unregistered->mask];
}

static int32_t find_source(const struct dtu_unregistered *unregistered,
                           const struct ip_address *source)
{
    int32_t i = *get_bucket(unregistered, source);
    while (i != NONE && memcmp(&unregistered->address[i].source, source, sizeof *source) != 0) {
        i = unregistered->address[i].next;
    }
    return i;
}

/* A free one exists: there are as many as slots. */
static int32_t add_address(struct dtu_unregistered *unregistered, const struct ip_address *source)
{
    int32_t i = unregistered->free_address;
    CHECK(i != NONE);
    struct address *address = &unregistered->address[i];
    unregistered->free_address = address->next;
    int32_t *bucket = get_bucket(unregistered, source);
    *address = (struct address){.source = *source, .queue = {NONE, NONE}, .next = *bucket};
    *bucket = i;
    return i;
}

static void remove_address(struct dtu_unregistered *unregistered, int32_t i)
{
    int32_t *link = get_bucket(unregistered, &unregistered->address[i].source);
    while (*link != i) {
        link = &unregistered->address[*link].next;
    }
    *link = unregistered->address[i].next;
    unregistered->address[i].next = unregistered->free_address;
    unregistered->free_address = i;
}

int32_t dtu_unregistered_crowded(const struct dtu_unregistered *unregistered,
                                 const struct ip_address *source)
{
    int32_t i = find_source(unregistered, source);
    if (i != NONE && unregistered->address[i].count >= unregistered->limits.from_source) {
        return unregistered->address[i].queue.oldest;
    }
    return unregistered->count < unregistered->limits.all ? NONE : unregistered->queue.oldest;
}

int32_t dtu_unregistered_take(struct dtu_unregistered *unregistered,
                              const struct ip_address *source)
{
    int32_t slot = unregistered->free_slot;
    CHECK(slot != NONE);
    unregistered->free_slot = unregistered->next_free[slot];
    int32_t i = find_source(unregistered, source);
    i = i == NONE ? add_address(unregistered, source) : i;
    unregistered->address_of[slot] = i;
    unregistered->address[i].count++;
    unregistered->count++;
    append_slot(&unregistered->queue, unregistered->by_time, slot);
    append_slot(&unregistered->address[i].queue, unregistered->by_source, slot);
    return slot;
}

void dtu_unregistered_leave(struct dtu_unregistered *unregistered, int32_t slot)
{
    CHECK(slot >= 0 && slot < unregistered->limits.all && unregistered->address_of[slot] != NONE);
    int32_t i = unregistered->address_of[slot];
    remove_slot(&unregistered->queue, unregistered->by_time, slot);
    remove_slot(&unregistered->address[i].queue, unregistered->by_source, slot);
    unregistered->address_of[slot] = NONE;
    unregistered->next_free[slot] = unregistered->free_slot;
    unregistered->free_slot = slot;
    unregistered->count--;
    if (--unregistered->address[i].count == 0) {
        remove_address(unregistered, i);
    }
}

int32_t dtu_unregistered_count(const struct dtu_unregistered *unregistered)
{
    return unregistered->count;
}
