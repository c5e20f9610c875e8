#include "gateway/core/tables/incident_table.h"

#include <string.h>

struct incident_table {
    int64_t last_id;
    int32_t count;
    int32_t order[INCIDENTS_MAX]; /* places by rising id */
    struct incident incident[INCIDENTS_MAX];
};

struct incident_table *incident_table_new(struct arena *arena)
{
    return arena_take(arena, 1, sizeof(struct incident_table));
}

/* The first position whose id is not below `id`. */
static int32_t position_of_id(const struct incident_table *incidents, int64_t id)
{
    int32_t low = 0;
    int32_t high = incidents->count;
    while (low < high) {
        int32_t middle = (low + high) / 2;
        if (incidents->incident[incidents->order[middle]].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static int32_t oldest_closed(const struct incident_table *incidents)
{
    for (int32_t i = 0; i < incidents->count; i++) {
        if (incidents->incident[incidents->order[i]].state == INCIDENT_CLOSED) {
            return i;
        }
    }
    return -1;
}

/* A free place, or that of the oldest closed incident; -1: none. */
static int32_t free_place(struct incident_table *incidents)
{
    if (incidents->count < INCIDENTS_MAX) {
        return incidents->count; /* places are given in order and then only exchanged */
    }
    int32_t position = oldest_closed(incidents);
    if (position < 0) {
        return -1;
    }
    int32_t place = incidents->order[position];
    incidents->count--;
    memmove(&incidents->order[position], &incidents->order[position + 1],
            (size_t) (incidents->count - position) * sizeof incidents->order[0]);
    return place;
}

static struct incident *insert_place(struct incident_table *incidents, int32_t place, int64_t id)
{
    int32_t position = position_of_id(incidents, id);
    memmove(&incidents->order[position + 1], &incidents->order[position],
            (size_t) (incidents->count - position) * sizeof incidents->order[0]);
    incidents->order[position] = place;
    incidents->count++;
    return &incidents->incident[place];
}

struct incident *incident_table_add(struct incident_table *incidents)
{
    int32_t place = free_place(incidents);
    if (place < 0) {
        return NULL;
    }
    incidents->last_id++;
    incidents->incident[place] = (struct incident){.id = incidents->last_id, .judgement = -1};
    return insert_place(incidents, place, incidents->last_id);
}

struct incident *incident_table_adopt(struct incident_table *incidents,
                                      const struct incident *incident)
{
    struct incident *known = incident_table_find(incidents, incident->id);
    if (known != NULL) {
        *known = *incident;
        return known;
    }
    int32_t place = free_place(incidents);
    if (place < 0) {
        return NULL;
    }
    incidents->incident[place] = *incident;
    incident_table_skip_ids(incidents, incident->id);
    return insert_place(incidents, place, incident->id);
}

void incident_table_skip_ids(struct incident_table *incidents, int64_t last)
{
    incidents->last_id = incidents->last_id < last ? last : incidents->last_id;
}

struct incident *incident_table_find(struct incident_table *incidents, int64_t id)
{
    if (id == 0) {
        return NULL; /* asked for every point once a second, and few have an incident */
    }
    int32_t position = position_of_id(incidents, id);
    if (position == incidents->count || incidents->incident[incidents->order[position]].id != id) {
        return NULL;
    }
    return &incidents->incident[incidents->order[position]];
}

struct incident *incident_table_find_open(struct incident_table *incidents, int64_t id)
{
    struct incident *incident = incident_table_find(incidents, id);
    return incident == NULL || incident->state == INCIDENT_CLOSED ? NULL : incident;
}

bool incident_table_is_active(struct incident_table *incidents, int64_t id)
{
    const struct incident *incident = incident_table_find(incidents, id);
    return incident != NULL && incident->condition != CONDITION_NORMAL;
}

int32_t incident_table_count(const struct incident_table *incidents)
{
    return incidents->count;
}

struct incident *incident_table_at(struct incident_table *incidents, int32_t position)
{
    CHECK(position >= 0 && position < incidents->count);
    return &incidents->incident[incidents->order[position]];
}

int32_t incident_table_place(const struct incident_table *incidents,
                             const struct incident *incident)
{
    return (int32_t) (incident - incidents->incident);
}

struct incident *incident_table_in_place(struct incident_table *incidents, int32_t place)
{
    CHECK(place >= 0 && place < INCIDENTS_MAX);
    return &incidents->incident[place];
}
