#include "gateway/core/tables/incident_table.h"

#include <string.h>

struct ledger {
    int64_t last_id;
    int32_t count;
    int32_t order[INCIDENTS_MAX]; /* places by rising id */
    struct incident incident[INCIDENTS_MAX];
};

struct ledger *ledger_new(struct arena *arena)
{
    return arena_take(arena, 1, sizeof(struct ledger));
}

/* The first position whose id is not below `id`. */
static int32_t position_of(const struct ledger *ledger, int64_t id)
{
    int32_t low = 0;
    int32_t high = ledger->count;
    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (ledger->incident[ledger->order[middle]].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int32_t oldest_closed(const struct ledger *ledger)
{
    for (int32_t i = 0; i < ledger->count; i++) {
        if (ledger->incident[ledger->order[i]].state == INCIDENT_CLOSED) {
            return i;
        }
    }
    return -1;
}

/* A place that nobody needs, -1: none. */
static int32_t free_place(struct ledger *ledger)
{
    if (ledger->count < INCIDENTS_MAX) {
        return ledger->count; /* places are given in order and then only exchanged */
    }
    int32_t position = oldest_closed(ledger);
    if (position < 0) {
        return -1;
    }
    int32_t place = ledger->order[position];
    ledger->count--;
    memmove(&ledger->order[position], &ledger->order[position + 1],
            (size_t) (ledger->count - position) * sizeof ledger->order[0]);
    return place;
}

static struct incident *insert(struct ledger *ledger, int32_t place, int64_t id)
{
    int32_t position = position_of(ledger, id);
    memmove(&ledger->order[position + 1], &ledger->order[position],
            (size_t) (ledger->count - position) * sizeof ledger->order[0]);
    ledger->order[position] = place;
    ledger->count++;
    return &ledger->incident[place];
}

struct incident *ledger_add(struct ledger *ledger)
{
    int32_t place = free_place(ledger);
    if (place < 0) {
        return NULL;
    }
    ledger->last_id++;
    ledger->incident[place] = (struct incident){.id = ledger->last_id, .judgement = -1};
    return insert(ledger, place, ledger->last_id);
}

struct incident *ledger_adopt(struct ledger *ledger, const struct incident *incident)
{
    struct incident *known = ledger_find(ledger, incident->id);
    if (known != NULL) {
        *known = *incident;
        return known;
    }
    int32_t place = free_place(ledger);
    if (place < 0) {
        return NULL;
    }
    ledger->incident[place] = *incident;
    ledger_skip_ids(ledger, incident->id);
    return insert(ledger, place, incident->id);
}

void ledger_skip_ids(struct ledger *ledger, int64_t last)
{
    ledger->last_id = ledger->last_id < last ? last : ledger->last_id;
}

struct incident *ledger_find(struct ledger *ledger, int64_t id)
{
    int32_t position = position_of(ledger, id);
    if (position == ledger->count || ledger->incident[ledger->order[position]].id != id) {
        return NULL;
    }
    return &ledger->incident[ledger->order[position]];
}

int32_t ledger_count(const struct ledger *ledger)
{
    return ledger->count;
}

struct incident *ledger_at(struct ledger *ledger, int32_t position)
{
    CHECK(position >= 0 && position < ledger->count);
    return &ledger->incident[ledger->order[position]];
}

int32_t ledger_place(const struct ledger *ledger, const struct incident *incident)
{
    return (int32_t) (incident - ledger->incident);
}

struct incident *ledger_in_place(struct ledger *ledger, int32_t place)
{
    CHECK(place >= 0 && place < INCIDENTS_MAX);
    return &ledger->incident[place];
}
