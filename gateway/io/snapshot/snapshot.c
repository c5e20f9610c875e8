#include "gateway/io/snapshot/snapshot.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/thread.h"
#include "gateway/base/zero_pages.h"
#include "gateway/io/snapshot/change_order.h"

struct snapshot {
    pthread_mutex_t lock;
    int64_t sequence, parts_sequence;
    ms_t touched_at;

    int32_t point_count;
    struct snapshot_point *point;
    struct change_order point_recency;

    int32_t incident_count;
    struct incident *incident; /* SNAPSHOT_INCIDENTS_MAX slots; slots stay where they are */
    int64_t *incident_sequence;
    int32_t *order; /* slots by rising id */
    struct change_order incident_recency;

    int32_t part_count;
    struct known_part {
        enum health_part part;
        bool is_well;
        char id[ID_MAX];
        char *text; /* of its own length, NULL: empty as mostly, and links are thousands */
        ms_t since;
    } * part;

    int32_t maintenance_count;
    struct effect_maintenance *maintenance;
};

static void *take_zeroed(size_t count, size_t size)
{
    void *memory = calloc(count == 0 ? 1 : count, size);
    CHECK(memory != NULL);
    return memory;
}

struct snapshot *snapshot_new(int32_t point_count)
{
    CHECK(point_count >= 0);
    struct snapshot *snapshot = take_zeroed(1, sizeof *snapshot);
    CHECK(pthread_mutex_init(&snapshot->lock, NULL) == 0);
    snapshot->point_count = point_count;
    snapshot->point = take_zeroed((size_t) point_count, sizeof *snapshot->point);
    for (int32_t i = 0; i < point_count; i++) {
        snapshot->point[i].reading = (struct reading){.point = i, .quality = QUALITY_NO_ANSWER};
    }
    change_order_open(&snapshot->point_recency, point_count);
    snapshot->incident = zero_pages_take(SNAPSHOT_INCIDENTS_MAX * sizeof *snapshot->incident);
    snapshot->incident_sequence =
        take_zeroed(SNAPSHOT_INCIDENTS_MAX, sizeof *snapshot->incident_sequence);
    snapshot->order = take_zeroed(SNAPSHOT_INCIDENTS_MAX, sizeof *snapshot->order);
    change_order_open(&snapshot->incident_recency, SNAPSHOT_INCIDENTS_MAX);
    snapshot->part = zero_pages_take(SNAPSHOT_PARTS_MAX * sizeof *snapshot->part);
    snapshot->maintenance = take_zeroed(SNAPSHOT_MAINTENANCE_MAX, sizeof *snapshot->maintenance);
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (snapshot == NULL) {
        return;
    }
    change_order_close(&snapshot->point_recency);
    change_order_close(&snapshot->incident_recency);
    free(snapshot->point);
    zero_pages_free(snapshot->incident, SNAPSHOT_INCIDENTS_MAX * sizeof *snapshot->incident);
    free(snapshot->incident_sequence);
    free(snapshot->order);
    for (int32_t i = 0; i < snapshot->part_count; i++) {
        free(snapshot->part[i].text);
    }
    zero_pages_free(snapshot->part, SNAPSHOT_PARTS_MAX * sizeof *snapshot->part);
    free(snapshot->maintenance);
    CHECK(pthread_mutex_destroy(&snapshot->lock) == 0);
    free(snapshot);
}

static bool has_same_content(const struct snapshot_point *one, const struct snapshot_point *other)
{
    return one->reading.at == other->reading.at && one->good_at == other->good_at &&
           one->reading.quality == other->reading.quality && one->condition == other->condition &&
           one->is_silent == other->is_silent &&
           !islessgreater(one->reading.value, other->reading.value);
}

static void store_point(struct snapshot *snapshot, const struct snapshot_point *value)
{
    int32_t point = value->reading.point;
    CHECK(point >= 0 && point < snapshot->point_count);
    struct snapshot_point *known = &snapshot->point[point];
    if (known->sequence != 0 && has_same_content(known, value)) {
        return;
    }
    *known = *value;
    known->sequence = ++snapshot->sequence;
    change_order_touch(&snapshot->point_recency, point);
}

void snapshot_foresee(const struct snapshot *snapshot, const struct reading *reading, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        __builtin_prefetch(&snapshot->point[reading[i].point], 1);
    }
}

void snapshot_set_points(struct snapshot *snapshot, const struct snapshot_point *values,
                         int32_t count)
{
    thread_lock(&snapshot->lock);
    for (int32_t i = 0; i < count; i++) {
        store_point(snapshot, &values[i]);
    }
    thread_unlock(&snapshot->lock);
}

void snapshot_set_point(struct snapshot *snapshot, int32_t point,
                        const struct snapshot_point *value)
{
    struct snapshot_point named = *value;
    named.reading.point = point;
    snapshot_set_points(snapshot, &named, 1);
}

/* The place in `order` where this id stands or would stand. */
static int32_t find_order_place(const struct snapshot *snapshot, int64_t id)
{
    int32_t low = 0;
    int32_t high = snapshot->incident_count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (snapshot->incident[snapshot->order[middle]].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* The slot of this id, or CHANGE_ORDER_NOBODY. */
static int32_t find_incident_slot(const struct snapshot *snapshot, int64_t id)
{
    int32_t place = find_order_place(snapshot, id);
    if (place == snapshot->incident_count) {
        return CHANGE_ORDER_NOBODY;
    }
    int32_t slot = snapshot->order[place];
    return snapshot->incident[slot].id == id ? slot : CHANGE_ORDER_NOBODY;
}

/* Takes the oldest closed incident out, or the oldest one when none is closed. Returns its slot. */
static int32_t drop_oldest_incident(struct snapshot *snapshot)
{
    int32_t place = 0;
    for (int32_t i = 0; i < snapshot->incident_count; i++) {
        if (snapshot->incident[snapshot->order[i]].state == INCIDENT_CLOSED) {
            place = i;
            break;
        }
    }
    int32_t slot = snapshot->order[place];
    change_order_unlink(&snapshot->incident_recency, slot);
    snapshot->incident_count--;
    memmove(&snapshot->order[place], &snapshot->order[place + 1],
            (size_t) (snapshot->incident_count - place) * sizeof *snapshot->order);
    return slot;
}

static int32_t add_slot(struct snapshot *snapshot, int64_t id)
{
    int32_t slot = snapshot->incident_count == SNAPSHOT_INCIDENTS_MAX
                       ? drop_oldest_incident(snapshot)
                       : snapshot->incident_count;
    int32_t place = find_order_place(snapshot, id);
    memmove(&snapshot->order[place + 1], &snapshot->order[place],
            (size_t) (snapshot->incident_count - place) * sizeof *snapshot->order);
    snapshot->order[place] = slot;
    snapshot->incident_count++;
    return slot;
}

void snapshot_set_incident(struct snapshot *snapshot, const struct incident *incident)
{
    thread_lock(&snapshot->lock);
    int32_t slot = find_incident_slot(snapshot, incident->id);
    if (slot == CHANGE_ORDER_NOBODY) {
        slot = add_slot(snapshot, incident->id);
    }
    snapshot->incident[slot] = *incident;
    snapshot->incident_sequence[slot] = ++snapshot->sequence;
    change_order_touch(&snapshot->incident_recency, slot);
    thread_unlock(&snapshot->lock);
}

static struct known_part *find_part(struct snapshot *snapshot, enum health_part part,
                                    const char *id)
{
    for (int32_t i = 0; i < snapshot->part_count; i++) {
        struct known_part *known = &snapshot->part[i];
        if (known->part == part && strcmp(known->id, id) == 0) {
            return known;
        }
    }
    return NULL;
}

static struct known_part *add_known_part(struct snapshot *snapshot,
                                         const struct snapshot_part *part)
{
    if (snapshot->part_count == SNAPSHOT_PARTS_MAX) {
        return NULL;
    }
    struct known_part *known = &snapshot->part[snapshot->part_count++];
    *known =
        (struct known_part){.part = part->part, .is_well = part->is_well, .since = part->since};
    (void) snprintf(known->id, sizeof known->id, "%s", part->id);
    return known;
}

void snapshot_set_part(struct snapshot *snapshot, const struct snapshot_part *part)
{
    thread_lock(&snapshot->lock);
    struct known_part *known = find_part(snapshot, part->part, part->id);
    known = known == NULL ? add_known_part(snapshot, part) : known;
    if (known != NULL) {
        known->since = known->is_well == part->is_well ? known->since : part->since;
        known->is_well = part->is_well;
        free(known->text);
        known->text = part->text[0] == '\0' ? NULL : strdup(part->text);
        CHECK(known->text != NULL || part->text[0] == '\0');
    }
    snapshot->parts_sequence = ++snapshot->sequence;
    thread_unlock(&snapshot->lock);
}

void snapshot_touch_parts(struct snapshot *snapshot)
{
    thread_lock(&snapshot->lock);
    snapshot->parts_sequence = ++snapshot->sequence;
    thread_unlock(&snapshot->lock);
}

void snapshot_touch(struct snapshot *snapshot, ms_t now)
{
    thread_lock(&snapshot->lock);
    snapshot->touched_at = now;
    thread_unlock(&snapshot->lock);
}

int64_t snapshot_sequence(struct snapshot *snapshot)
{
    thread_lock(&snapshot->lock);
    int64_t sequence = snapshot->sequence;
    thread_unlock(&snapshot->lock);
    return sequence;
}

int64_t snapshot_parts_sequence(struct snapshot *snapshot)
{
    thread_lock(&snapshot->lock);
    int64_t sequence = snapshot->parts_sequence;
    thread_unlock(&snapshot->lock);
    return sequence;
}

ms_t snapshot_touched_at(struct snapshot *snapshot)
{
    thread_lock(&snapshot->lock);
    ms_t at = snapshot->touched_at;
    thread_unlock(&snapshot->lock);
    return at;
}

struct snapshot_point snapshot_point(struct snapshot *snapshot, int32_t point)
{
    CHECK(point >= 0 && point < snapshot->point_count);
    thread_lock(&snapshot->lock);
    struct snapshot_point value = snapshot->point[point];
    thread_unlock(&snapshot->lock);
    return value;
}

int32_t snapshot_incidents(struct snapshot *snapshot, struct incident *incidents, int32_t max)
{
    thread_lock(&snapshot->lock);
    int32_t count = snapshot->incident_count < max ? snapshot->incident_count : max;
    for (int32_t i = 0; i < count; i++) {
        incidents[i] = snapshot->incident[snapshot->order[snapshot->incident_count - 1 - i]];
    }
    thread_unlock(&snapshot->lock);
    return count;
}

/* The newest with this code, open ones first. */
static int32_t find_slot_by_code(const struct snapshot *snapshot, const char *code)
{
    int32_t closed = CHANGE_ORDER_NOBODY;
    for (int32_t i = snapshot->incident_count - 1; i >= 0; i--) {
        int32_t slot = snapshot->order[i];
        const struct incident *incident = &snapshot->incident[slot];
        if (strcmp(incident->code, code) != 0) {
            continue;
        }
        if (incident->state != INCIDENT_CLOSED) {
            return slot;
        }
        closed = closed == CHANGE_ORDER_NOBODY ? slot : closed;
    }
    return closed;
}

bool snapshot_find_incident(struct snapshot *snapshot, const char *id_or_code,
                            struct incident *ret_incident)
{
    int64_t id = 0;
    bool is_number = parse_int(id_or_code, 1, INT64_MAX, &id) && id_or_code[0] != '0';
    thread_lock(&snapshot->lock);
    int32_t slot = is_number ? find_incident_slot(snapshot, id) : CHANGE_ORDER_NOBODY;
    if (slot == CHANGE_ORDER_NOBODY && id_or_code[0] != '\0') {
        slot = find_slot_by_code(snapshot, id_or_code);
    }
    if (slot != CHANGE_ORDER_NOBODY) {
        *ret_incident = snapshot->incident[slot];
    }
    thread_unlock(&snapshot->lock);
    return slot != CHANGE_ORDER_NOBODY;
}

bool snapshot_is_raised(struct snapshot *snapshot, const char *rule, const char *point)
{
    bool is_raised = false;
    thread_lock(&snapshot->lock);
    for (int32_t i = 0; i < snapshot->incident_count && !is_raised; i++) {
        const struct incident *incident = &snapshot->incident[snapshot->order[i]];
        is_raised = incident->state != INCIDENT_CLOSED && incident->condition != CONDITION_NORMAL &&
                    strcmp(incident->rule, rule) == 0 && strcmp(incident->point, point) == 0;
    }
    thread_unlock(&snapshot->lock);
    return is_raised;
}

static struct snapshot_part describe_part(const struct known_part *known)
{
    struct snapshot_part part = {
        .part = known->part, .is_well = known->is_well, .since = known->since};
    (void) snprintf(part.id, sizeof part.id, "%s", known->id);
    (void) snprintf(part.text, sizeof part.text, "%s", known->text == NULL ? "" : known->text);
    return part;
}

int32_t snapshot_parts(struct snapshot *snapshot, struct snapshot_part *parts, int32_t max)
{
    thread_lock(&snapshot->lock);
    int32_t count = snapshot->part_count < max ? snapshot->part_count : max;
    for (int32_t i = 0; i < count; i++) {
        parts[i] = describe_part(&snapshot->part[i]);
    }
    thread_unlock(&snapshot->lock);
    return count;
}

bool snapshot_find_part(struct snapshot *snapshot, enum health_part part, const char *id,
                        struct snapshot_part *ret_part)
{
    thread_lock(&snapshot->lock);
    const struct known_part *known = find_part(snapshot, part, id);
    if (known != NULL) {
        *ret_part = describe_part(known);
    }
    thread_unlock(&snapshot->lock);
    return known != NULL;
}

static int64_t sequence_of_point(const struct snapshot *snapshot, int32_t i)
{
    return snapshot->point[i].sequence;
}

static int64_t sequence_of_incident(const struct snapshot *snapshot, int32_t i)
{
    return snapshot->incident_sequence[i];
}

typedef int64_t sequence_of(const struct snapshot *snapshot, int32_t i);

/* The one that changed first after `sequence`, or CHANGE_ORDER_NOBODY. */
static int32_t find_first_after(const struct snapshot *snapshot, const struct change_order *order,
                                sequence_of *sequence_at, int64_t sequence)
{
    int32_t first = CHANGE_ORDER_NOBODY;
    for (int32_t i = order->newest; i != CHANGE_ORDER_NOBODY && sequence_at(snapshot, i) > sequence;
         i = order->older[i]) {
        first = i;
    }
    return first;
}

/* The sequence up to which at most `max` changes from `first` on are complete. */
static int64_t find_reach(const struct snapshot *snapshot, const struct change_order *order,
                          sequence_of *sequence_at, int32_t first, int32_t max)
{
    for (int32_t i = first; i != CHANGE_ORDER_NOBODY; i = order->newer[i], max--) {
        if (max == 0) {
            return sequence_at(snapshot, i) - 1;
        }
    }
    return snapshot->sequence;
}

int64_t snapshot_changes(struct snapshot *snapshot, int64_t sequence,
                         struct snapshot_changes *changes)
{
    thread_lock(&snapshot->lock);
    const struct change_order *point = &snapshot->point_recency;
    const struct change_order *incident = &snapshot->incident_recency;
    int32_t first_point = find_first_after(snapshot, point, sequence_of_point, sequence);
    int32_t first_incident = find_first_after(snapshot, incident, sequence_of_incident, sequence);
    int64_t reach =
        min_ms(find_reach(snapshot, point, sequence_of_point, first_point, changes->point_max),
               find_reach(snapshot, incident, sequence_of_incident, first_incident,
                          changes->incident_max));

    changes->point_count = 0;
    for (int32_t i = first_point; i != CHANGE_ORDER_NOBODY && snapshot->point[i].sequence <= reach;
         i = point->newer[i]) {
        changes->point[changes->point_count++] = i;
    }
    changes->incident_count = 0;
    for (int32_t i = first_incident;
         i != CHANGE_ORDER_NOBODY && snapshot->incident_sequence[i] <= reach;
         i = incident->newer[i]) {
        changes->incident[changes->incident_count++] = snapshot->incident[i].id;
    }
    thread_unlock(&snapshot->lock);
    return reach;
}

/* With the lock: the place of the device, or maintenance_count. */
static int32_t find_maintenance_place(const struct snapshot *snapshot, const char *device)
{
    int32_t i = 0;
    while (i < snapshot->maintenance_count &&
           strcmp(snapshot->maintenance[i].device, device) != 0) {
        i++;
    }
    return i;
}

void snapshot_set_maintenance(struct snapshot *snapshot,
                              const struct effect_maintenance *maintenance)
{
    thread_lock(&snapshot->lock);
    int32_t place = find_maintenance_place(snapshot, maintenance->device);
    bool is_known = place < snapshot->maintenance_count;
    if (maintenance->until == 0) {
        snapshot->maintenance_count -= is_known ? 1 : 0;
        memmove(&snapshot->maintenance[place], &snapshot->maintenance[place + is_known],
                (size_t) (snapshot->maintenance_count - place) * sizeof *maintenance);
    } else if (is_known || snapshot->maintenance_count < SNAPSHOT_MAINTENANCE_MAX) {
        snapshot->maintenance[place] = *maintenance;
        snapshot->maintenance_count += is_known ? 0 : 1;
    }
    snapshot->parts_sequence = ++snapshot->sequence;
    thread_unlock(&snapshot->lock);
}

bool snapshot_find_maintenance(struct snapshot *snapshot, const char *device,
                               struct effect_maintenance *ret_maintenance)
{
    thread_lock(&snapshot->lock);
    int32_t place = find_maintenance_place(snapshot, device);
    bool is_known = place < snapshot->maintenance_count;
    if (is_known) {
        *ret_maintenance = snapshot->maintenance[place];
    }
    thread_unlock(&snapshot->lock);
    return is_known;
}
