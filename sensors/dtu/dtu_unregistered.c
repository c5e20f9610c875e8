#include "sensors/dtu/dtu_unregistered.h"

#include <arpa/inet.h>
#include <string.h>

#include "gateway/base/check.h"
#include "gateway/base/parse.h"

enum { NONE = -1, V4_BITS = 96 };

/* --- addresses -------------------------------------------------------------- */

static bool parse_address(const char *text, struct source *ret_source, int32_t *ret_skipped)
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    struct source source;
    *ret_skipped = 0;
    if (inet_pton(AF_INET6, text, source.bytes) == 1) {
        *ret_source = source;
        return true;
    }
    memcpy(source.bytes, mapped, sizeof mapped);
    if (inet_pton(AF_INET, text, source.bytes + sizeof mapped) != 1) {
        return false;
    }
    *ret_source = source;
    *ret_skipped = V4_BITS;
    return true;
}

static bool has_bits_behind(const struct source_net *net)
{
    for (int32_t bit = net->bits; bit < 128; bit++) {
        if ((net->base.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0) {
            return true;
        }
    }
    return false;
}

bool source_net_parse(const char *text, struct source_net *ret_net)
{
    char address[INET6_ADDRSTRLEN];
    const char *slash = strchr(text, '/');
    size_t length = slash == NULL ? strlen(text) : (size_t) (slash - text);
    struct source_net net;
    int32_t skipped = 0;
    if (length >= sizeof address) {
        return false;
    }
    memcpy(address, text, length);
    address[length] = '\0';
    if (!parse_address(address, &net.base, &skipped)) {
        return false;
    }
    int64_t bits = 128 - skipped;
    if (slash != NULL && !parse_int(slash + 1, 0, 128 - skipped, &bits)) {
        return false;
    }
    net.bits = (int32_t) bits + skipped;
    if (has_bits_behind(&net)) {
        return false;
    }
    *ret_net = net;
    return true;
}

bool source_is_in(const struct source *source, const struct source_net *net)
{
    size_t whole = (size_t) net->bits / 8;
    if (memcmp(source->bytes, net->base.bytes, whole) != 0) {
        return false;
    }
    uint32_t rest = (uint32_t) net->bits % 8;
    uint32_t mask = 0xFF00U >> rest & 0xFFU;
    return rest == 0 || ((source->bytes[whole] ^ net->base.bytes[whole]) & mask) == 0;
}

/* --- seats -------------------------------------------------------------------- */

/* A queue by time; its links are kept in the seats. */
struct queue {
    int32_t oldest, newest;
};

struct place {
    int32_t older, newer;
};

struct address {
    struct source source;
    int32_t count; /* 0: free */
    struct queue queue;
    int32_t next; /* of the same bucket, or of the free ones */
};

struct seats {
    struct seats_limits limits;
    int32_t count;
    struct queue queue;
    struct place *by_time, *by_source; /* by seat */
    int32_t *address_of;               /* by seat; NONE: free */
    int32_t *next_free;                /* by seat */
    int32_t free_seat, free_address;
    uint32_t mask;
    int32_t *bucket;         /* the first address of each, or NONE */
    struct address *address; /* as many as seats */
};

static void join(struct queue *queue, struct place *places, int32_t seat)
{
    places[seat] = (struct place){.older = queue->newest, .newer = NONE};
    if (queue->newest == NONE) {
        queue->oldest = seat;
    } else {
        places[queue->newest].newer = seat;
    }
    queue->newest = seat;
}

static void part(struct queue *queue, struct place *places, int32_t seat)
{
    struct place place = places[seat];
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

struct seats *seats_new(struct arena *arena, const struct seats_limits *limits)
{
    CHECK(limits->all >= 1 && limits->from_source >= 1);
    struct seats *seats = arena_take(arena, 1, sizeof *seats);
    size_t all = (size_t) limits->all;
    size_t buckets = 16;
    while (buckets < all) {
        buckets *= 2;
    }
    seats->limits = *limits;
    seats->queue = (struct queue){NONE, NONE};
    seats->by_time = arena_take(arena, all, sizeof seats->by_time[0]);
    seats->by_source = arena_take(arena, all, sizeof seats->by_source[0]);
    seats->address_of = arena_take(arena, all, sizeof seats->address_of[0]);
    seats->next_free = arena_take(arena, all, sizeof seats->next_free[0]);
    seats->address = arena_take(arena, all, sizeof seats->address[0]);
    seats->bucket = arena_take(arena, buckets, sizeof seats->bucket[0]);
    seats->mask = (uint32_t) buckets - 1;
    for (size_t i = 0; i < buckets; i++) {
        seats->bucket[i] = NONE;
    }
    for (int32_t i = 0; i < limits->all; i++) {
        int32_t next = i + 1 < limits->all ? i + 1 : NONE;
        seats->address_of[i] = NONE;
        seats->next_free[i] = next;
        seats->address[i].next = next;
    }
    return seats;
}

static int32_t *bucket_of(const struct seats *seats, const struct source *source)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < sizeof source->bytes; i++) {
        hash = (uint32_t) ((uint64_t) (hash ^ source->bytes[i]) * 16777619U & UINT32_MAX);
    }
    return &seats->bucket[hash & seats->mask];
}

static int32_t find(const struct seats *seats, const struct source *source)
{
    int32_t i = *bucket_of(seats, source);
    while (i != NONE && memcmp(&seats->address[i].source, source, sizeof *source) != 0) {
        i = seats->address[i].next;
    }
    return i;
}

/* There is always a free one: there are as many as seats. */
static int32_t add_address(struct seats *seats, const struct source *source)
{
    int32_t i = seats->free_address;
    CHECK(i != NONE);
    struct address *address = &seats->address[i];
    seats->free_address = address->next;
    int32_t *bucket = bucket_of(seats, source);
    *address = (struct address){.source = *source, .queue = {NONE, NONE}, .next = *bucket};
    *bucket = i;
    return i;
}

static void remove_address(struct seats *seats, int32_t i)
{
    int32_t *link = bucket_of(seats, &seats->address[i].source);
    while (*link != i) {
        link = &seats->address[*link].next;
    }
    *link = seats->address[i].next;
    seats->address[i].next = seats->free_address;
    seats->free_address = i;
}

int32_t seats_crowded(const struct seats *seats, const struct source *source)
{
    int32_t i = find(seats, source);
    if (i != NONE && seats->address[i].count >= seats->limits.from_source) {
        return seats->address[i].queue.oldest;
    }
    return seats->count < seats->limits.all ? NONE : seats->queue.oldest;
}

int32_t seats_take(struct seats *seats, const struct source *source)
{
    int32_t seat = seats->free_seat;
    CHECK(seat != NONE);
    seats->free_seat = seats->next_free[seat];
    int32_t i = find(seats, source);
    i = i == NONE ? add_address(seats, source) : i;
    seats->address_of[seat] = i;
    seats->address[i].count++;
    seats->count++;
    join(&seats->queue, seats->by_time, seat);
    join(&seats->address[i].queue, seats->by_source, seat);
    return seat;
}

void seats_leave(struct seats *seats, int32_t seat)
{
    CHECK(seat >= 0 && seat < seats->limits.all && seats->address_of[seat] != NONE);
    int32_t i = seats->address_of[seat];
    part(&seats->queue, seats->by_time, seat);
    part(&seats->address[i].queue, seats->by_source, seat);
    seats->address_of[seat] = NONE;
    seats->next_free[seat] = seats->free_seat;
    seats->free_seat = seat;
    seats->count--;
    if (--seats->address[i].count == 0) {
        remove_address(seats, i);
    }
}

int32_t seats_count(const struct seats *seats)
{
    return seats->count;
}
