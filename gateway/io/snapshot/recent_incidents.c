#include "gateway/io/snapshot/recent_incidents.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/check.h"
#include "gateway/base/memory.h"
#include "gateway/base/zero_pages.h"

void recent_incidents_open(struct recent_incidents *recent)
{
    *recent = (struct recent_incidents){
        .incident = zero_pages_take(RECENT_INCIDENTS_MAX * sizeof *recent->incident),
        .order = memory_take(RECENT_INCIDENTS_MAX, sizeof *recent->order)};
}

void recent_incidents_close(struct recent_incidents *recent)
{
    zero_pages_free(recent->incident, RECENT_INCIDENTS_MAX * sizeof *recent->incident);
    free(recent->order);
}

/* The place in `order` where this id stands or would stand. */
static int32_t find_order_place(const struct recent_incidents *recent, int64_t id)
{
    int32_t low = 0;
    int32_t high = recent->count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (recent->incident[recent->order[middle]].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

int32_t recent_incidents_find(const struct recent_incidents *recent, int64_t id)
{
    int32_t place = find_order_place(recent, id);
    if (place == recent->count) {
        return RECENT_INCIDENTS_NONE;
    }
    int32_t slot = recent->order[place];
    return recent->incident[slot].id == id ? slot : RECENT_INCIDENTS_NONE;
}

/* Takes the oldest closed incident out, or the oldest one when none is closed. Returns its slot. */
static int32_t drop_oldest_incident(struct recent_incidents *recent)
{
    int32_t place = 0;
    for (int32_t i = 0; i < recent->count; i++) {
        if (recent->incident[recent->order[i]].state == INCIDENT_CLOSED) {
            place = i;
            break;
        }
    }
    int32_t slot = recent->order[place];
    recent->count--;
    memmove(&recent->order[place], &recent->order[place + 1],
            (size_t) (recent->count - place) * sizeof *recent->order);
    return slot;
}

static int32_t add_incident_slot(struct recent_incidents *recent, int64_t id)
{
    int32_t slot =
        recent->count == RECENT_INCIDENTS_MAX ? drop_oldest_incident(recent) : recent->count;
    int32_t place = find_order_place(recent, id);
    memmove(&recent->order[place + 1], &recent->order[place],
            (size_t) (recent->count - place) * sizeof *recent->order);
    recent->order[place] = slot;
    recent->count++;
    return slot;
}

int32_t recent_incidents_put(struct recent_incidents *recent, const struct incident *incident)
{
    int32_t slot = recent_incidents_find(recent, incident->id);
    if (slot == RECENT_INCIDENTS_NONE) {
        slot = add_incident_slot(recent, incident->id);
    }
    recent->incident[slot] = *incident;
    return slot;
}

const struct incident *recent_incidents_newest(const struct recent_incidents *recent, int32_t i)
{
    CHECK(i >= 0 && i < recent->count);
    return &recent->incident[recent->order[recent->count - 1 - i]];
}

int32_t recent_incidents_find_code(const struct recent_incidents *recent, const char *code)
{
    int32_t closed = RECENT_INCIDENTS_NONE;
    for (int32_t i = recent->count - 1; i >= 0; i--) {
        int32_t slot = recent->order[i];
        const struct incident *incident = &recent->incident[slot];
        if (strcmp(incident->code, code) != 0) {
            continue;
        }
        if (incident->state != INCIDENT_CLOSED) {
            return slot;
        }
        closed = closed == RECENT_INCIDENTS_NONE ? slot : closed;
    }
    return closed;
}

bool recent_incidents_is_raised(const struct recent_incidents *recent, const char *rule,
                                const char *point)
{
    for (int32_t i = 0; i < recent->count; i++) {
        const struct incident *incident = &recent->incident[recent->order[i]];
        if (incident->state != INCIDENT_CLOSED && incident->condition != CONDITION_NORMAL &&
            strcmp(incident->rule, rule) == 0 && strcmp(incident->point, point) == 0) {
            return true;
        }
    }
    return false;
}
