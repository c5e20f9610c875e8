#include "gateway/io/snapshot/snapshot.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/base/text.h"
#include "gateway/base/thread.h"
#include "gateway/base/zero_pages.h"
#include "gateway/io/snapshot/change_order.h"
#include "gateway/io/snapshot/recent_incidents.h"

struct snapshot {
    pthread_mutex_t lock;
    struct snapshot_marks marks;

    int32_t point_count;
    struct snapshot_point *point;
    struct change_order point_recency;

    struct recent_incidents recent;
    struct change_order incident_recency; /* by slot */

    int32_t part_count;
    struct known_part {
        enum health_part part;
        bool is_ok;
        char id[ID_MAX];
        char *text; /* of its own length, NULL: empty as mostly, and links are thousands */
        ms_t since;
    } * part;

    int32_t maintenance_count;
    struct effect_maintenance *maintenance;
};

struct snapshot *snapshot_new(int32_t point_count)
{
    CHECK(point_count >= 0);
    struct snapshot *snapshot = memory_take(1, sizeof *snapshot);
    CHECK(pthread_mutex_init(&snapshot->lock, NULL) == 0);
    snapshot->point_count = point_count;
    snapshot->point = memory_take((size_t) point_count, sizeof *snapshot->point);
    for (int32_t i = 0; i < point_count; i++) {
        snapshot->point[i].reading = (struct reading){.point = i, .quality = QUALITY_NO_ANSWER};
    }
    change_order_open(&snapshot->point_recency, point_count);
    recent_incidents_open(&snapshot->recent);
    change_order_open(&snapshot->incident_recency, RECENT_INCIDENTS_MAX);
    snapshot->part = zero_pages_take(SNAPSHOT_PARTS_MAX * sizeof *snapshot->part);
    snapshot->maintenance = memory_take(SNAPSHOT_MAINTENANCE_MAX, sizeof *snapshot->maintenance);
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
    recent_incidents_close(&snapshot->recent);
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
    bool is_known = snapshot->point_recency.change[point].sequence != 0;
    if (!is_known || !has_same_content(known, value)) {
        *known = *value;
        change_order_touch(&snapshot->point_recency, point, ++snapshot->marks.sequence);
    }
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

void snapshot_set_incident(struct snapshot *snapshot, const struct incident *incident)
{
    thread_lock(&snapshot->lock);
    int32_t slot = recent_incidents_put(&snapshot->recent, incident);
    change_order_touch(&snapshot->incident_recency, slot, ++snapshot->marks.sequence);
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
    *known = (struct known_part){.part = part->part, .is_ok = part->is_ok, .since = part->since};
    text_copy(known->id, sizeof known->id, part->id);
    return known;
}

void snapshot_set_part(struct snapshot *snapshot, const struct snapshot_part *part)
{
    thread_lock(&snapshot->lock);
    struct known_part *known = find_part(snapshot, part->part, part->id);
    known = known == NULL ? add_known_part(snapshot, part) : known;
    if (known != NULL) {
        known->since = known->is_ok == part->is_ok ? known->since : part->since;
        known->is_ok = part->is_ok;
        free(known->text);
        known->text = part->text[0] == '\0' ? NULL : memory_copy(part->text);
    }
    snapshot->marks.parts_sequence = ++snapshot->marks.sequence;
    thread_unlock(&snapshot->lock);
}

void snapshot_touch_parts(struct snapshot *snapshot)
{
    thread_lock(&snapshot->lock);
    snapshot->marks.parts_sequence = ++snapshot->marks.sequence;
    thread_unlock(&snapshot->lock);
}

void snapshot_touch(struct snapshot *snapshot, ms_t now)
{
    thread_lock(&snapshot->lock);
    snapshot->marks.touched_at = now;
    thread_unlock(&snapshot->lock);
}

struct snapshot_marks snapshot_marks(struct snapshot *snapshot)
{
    thread_lock(&snapshot->lock);
    struct snapshot_marks marks = snapshot->marks;
    thread_unlock(&snapshot->lock);
    return marks;
}

struct snapshot_point snapshot_point(struct snapshot *snapshot, int32_t point)
{
    CHECK(point >= 0 && point < snapshot->point_count);
    thread_lock(&snapshot->lock);
    struct snapshot_point value = snapshot->point[point];
    thread_unlock(&snapshot->lock);
    return value;
}

struct incident *snapshot_incidents(struct snapshot *snapshot, int32_t max, int32_t *ret_count)
{
    thread_lock(&snapshot->lock);
    int32_t count = snapshot->recent.count < max ? snapshot->recent.count : max;
    struct incident *incidents = memory_take((size_t) count, sizeof *incidents);
    for (int32_t i = 0; i < count; i++) {
        incidents[i] = *recent_incidents_newest(&snapshot->recent, i);
    }
    thread_unlock(&snapshot->lock);
    *ret_count = count;
    return incidents;
}

bool snapshot_find_incident(struct snapshot *snapshot, const char *id_or_code,
                            struct incident *ret_incident)
{
    int64_t id = 0;
    bool is_number = parse_int(id_or_code, 1, INT64_MAX, &id) && id_or_code[0] != '0';
    thread_lock(&snapshot->lock);
    const struct recent_incidents *recent = &snapshot->recent;
    int32_t slot = is_number ? recent_incidents_find(recent, id) : RECENT_INCIDENTS_NONE;
    if (slot == RECENT_INCIDENTS_NONE && id_or_code[0] != '\0') {
        slot = recent_incidents_find_code(recent, id_or_code);
    }
    if (slot != RECENT_INCIDENTS_NONE) {
        *ret_incident = recent->incident[slot];
    }
    thread_unlock(&snapshot->lock);
    return slot != RECENT_INCIDENTS_NONE;
}

bool snapshot_is_raised(struct snapshot *snapshot, const char *rule, const char *point)
{
    thread_lock(&snapshot->lock);
    bool is_raised = recent_incidents_is_raised(&snapshot->recent, rule, point);
    thread_unlock(&snapshot->lock);
    return is_raised;
}

static struct snapshot_part describe_part(const struct known_part *known)
{
    struct snapshot_part part = {.part = known->part, .is_ok = known->is_ok, .since = known->since};
    text_copy(part.id, sizeof part.id, known->id);
    text_copy(part.text, sizeof part.text, known->text == NULL ? "" : known->text);
    return part;
}

struct snapshot_part *snapshot_parts(struct snapshot *snapshot, int32_t *ret_count)
{
    thread_lock(&snapshot->lock);
    int32_t count = snapshot->part_count;
    struct snapshot_part *parts = memory_take((size_t) count, sizeof *parts);
    for (int32_t i = 0; i < count; i++) {
        parts[i] = describe_part(&snapshot->part[i]);
    }
    thread_unlock(&snapshot->lock);
    *ret_count = count;
    return parts;
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

int64_t snapshot_changes(struct snapshot *snapshot, int64_t sequence,
                         struct snapshot_changes *changes)
{
    thread_lock(&snapshot->lock);
    const struct change_order *points = &snapshot->point_recency;
    const struct change_order *incidents = &snapshot->incident_recency;
    int64_t newest = snapshot->marks.sequence;
    int32_t point = change_order_find_after(points, sequence);
    int32_t slot = change_order_find_after(incidents, sequence);
    int64_t reach = min_ms(change_order_reach(points, point, changes->point_max, newest),
                           change_order_reach(incidents, slot, changes->incident_max, newest));
    changes->point_count = 0;
    for (; point != CHANGE_ORDER_NONE && points->change[point].sequence <= reach;
         point = points->change[point].newer) {
        changes->point[changes->point_count++] = point;
    }
    changes->incident_count = 0;
    for (; slot != CHANGE_ORDER_NONE && incidents->change[slot].sequence <= reach;
         slot = incidents->change[slot].newer) {
        changes->incident[changes->incident_count++] = snapshot->recent.incident[slot].id;
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
    snapshot->marks.parts_sequence = ++snapshot->marks.sequence;
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
