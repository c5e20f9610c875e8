/* snapshot.h - the copy of the world that the web may read. The loop writes it, web threads read it; one lock,
 * never held over I/O. Each change carries a rising sequence, so that a browser can say what it has seen.
 *
 * Writing a point costs a copy and a move in the order of changes, whatever their number; asking what changed
 * costs as much as did change. When more incidents come than there is room for, the oldest closed one goes,
 * and when none is closed the oldest one: state still knows it. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/core/engine.h"

struct snapshot_point {
    struct reading reading;
    ms_t good_at;
    enum condition condition;
    bool is_silent;
    int64_t sequence; /* of its last change, set by snapshot_set_point; 0: never set */
};

enum {
    SNAPSHOT_INCIDENTS_MAX = 1000,
    SNAPSHOT_PARTS_MAX = 4200,      /* all links, stores, the rest */
    SNAPSHOT_MAINTENANCE_MAX = 256, /* the engine has no more */
};

/* A line of the health strip: a link, a store, sms, disk. Set one for every link and store at start. */
struct snapshot_part {
    enum health_part part;
    char id[ID_MAX];
    bool is_well;
    char text[200];
    ms_t since; /* of its being well or not */
};

struct snapshot;
struct snapshot *snapshot_new(int32_t point_count);
void snapshot_free(struct snapshot *snapshot);

/* By the loop. */
/* Several at once, each the point of its reading: one lock for what one transaction gave. Those of which nothing has
 * changed stay as they are, with their sequence. */
void snapshot_set_points(struct snapshot *snapshot, const struct snapshot_point *values,
                         int32_t count);
/* They will be set soon: asks for their memory, of which thousands of points need more than a cache holds. */
void snapshot_foresee(const struct snapshot *snapshot, const struct reading *reading,
                      int32_t count);
void snapshot_set_point(struct snapshot *snapshot, int32_t point,
                        const struct snapshot_point *value);
void snapshot_set_incident(struct snapshot *snapshot, const struct incident *incident);
/* Known by part and id. `since` is kept from before when is_well is what it was. */
void snapshot_set_part(struct snapshot *snapshot, const struct snapshot_part *part);
/* By anyone: something that is told with the parts and not kept here has changed (an output). */
void snapshot_touch_parts(struct snapshot *snapshot);
void snapshot_touch(struct snapshot *snapshot, ms_t now); /* each turn of the loop: for /healthz */

/* Known by its device; until 0 takes it away. */
void snapshot_set_maintenance(struct snapshot *snapshot,
                              const struct effect_maintenance *maintenance);

/* By anyone; copies. */
int64_t snapshot_sequence(struct snapshot *snapshot);
int64_t snapshot_parts_sequence(struct snapshot *snapshot); /* of the last change of a part */
ms_t snapshot_touched_at(struct snapshot *snapshot);
struct snapshot_point snapshot_point(struct snapshot *snapshot, int32_t point);
/* Newest first; returns the count, at most `max`. */
int32_t snapshot_incidents(struct snapshot *snapshot, struct incident *incidents, int32_t max);
/* An id is looked for first, then a code: of an open incident before a closed one, the newest first. */
bool snapshot_find_incident(struct snapshot *snapshot, const char *id_or_code,
                            struct incident *ret_incident);
/* Is there an incident of this rule and point that is not closed, and whose condition is not normal? */
bool snapshot_is_raised(struct snapshot *snapshot, const char *rule, const char *point);
int32_t snapshot_parts(struct snapshot *snapshot, struct snapshot_part *parts, int32_t max);
bool snapshot_find_part(struct snapshot *snapshot, enum health_part part, const char *id,
                        struct snapshot_part *ret_part);

/* False: the device ("w3/th1") is not under repair. */
bool snapshot_find_maintenance(struct snapshot *snapshot, const char *device,
                               struct effect_maintenance *ret_maintenance);

/* Room for changes, the caller's: indexes of points and ids of incidents, oldest change first. */
struct snapshot_changes {
    int32_t *point;
    int64_t *incident;
    int32_t point_max, incident_max;
    int32_t point_count, incident_count;
};

/* What changed after `sequence`, as far as there is room. Returns the sequence up to which it is complete: ask
 * again from there. */
int64_t snapshot_changes(struct snapshot *snapshot, int64_t sequence,
                         struct snapshot_changes *changes);
