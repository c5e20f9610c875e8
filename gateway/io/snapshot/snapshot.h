/* snapshot.h - the copy of points, incidents and health that the web reads.
 *
 * The loop writes it, web threads read copies; one lock, never held over I/O. Each change carries a
 * rising sequence, so that a browser can say which changes it has.
 *
 * Setting a point costs a copy and a move in the order of changes, whatever their number; reading
 * the changes costs as much as there are. Of incidents the newest stay (recent_incidents.h). */
#pragma once

#include "gateway/base/error.h"
#include "gateway/core/engine.h"
#include "gateway/io/snapshot/recent_incidents.h"

struct snapshot_point {
    struct reading reading;
    ms_t good_at;
    enum condition condition;
    bool is_silent;
};

enum {
    SNAPSHOT_INCIDENTS_MAX = RECENT_INCIDENTS_MAX,
    SNAPSHOT_PARTS_MAX = 4200,      /* all links, stores and the few others */
    SNAPSHOT_MAINTENANCE_MAX = 256, /* the engine has no more */
    SNAPSHOT_CHANGED_POINTS_MAX = 1000,
    SNAPSHOT_CHANGED_INCIDENTS_MAX = 50,
};

/* A line of the health strip: a link, a store, sms, disk. Set one for every link and store at
 * start. */
struct snapshot_part {
    enum health_part part;
    char id[ID_MAX];
    bool is_ok;
    char text[200];
    ms_t since; /* is_ok has been as it is since then */
};

struct snapshot;
struct snapshot *snapshot_new(int32_t point_count);
void snapshot_free(struct snapshot *snapshot);

/* For the loop: */

/* Sets the point of each reading. One lock for all readings of one transaction. A point without a
 * change keeps its sequence. */
void snapshot_set_points(struct snapshot *snapshot, const struct snapshot_point *values,
                         int32_t count);
/* Prefetches the points of these readings, which will be set soon: thousands do not fit into the
 * cache. */
void snapshot_foresee(const struct snapshot *snapshot, const struct reading *reading,
                      int32_t count);
void snapshot_set_incident(struct snapshot *snapshot, const struct incident *incident);
/* Found by part and id. `since` is kept when is_ok does not change. */
void snapshot_set_part(struct snapshot *snapshot, const struct snapshot_part *part);
/* Found by its device; until 0 removes it. */
void snapshot_set_maintenance(struct snapshot *snapshot,
                              const struct effect_maintenance *maintenance);
void snapshot_touch(struct snapshot *snapshot, ms_t now); /* each turn of the loop: for /healthz */

/* For any thread: */

/* Something has changed that the web shows with the parts and that is not kept here (an output). */
void snapshot_touch_parts(struct snapshot *snapshot);

struct snapshot_marks {
    int64_t sequence;       /* of the last change */
    int64_t parts_sequence; /* of the last change of a part */
    ms_t touched_at;
};
struct snapshot_marks snapshot_marks(struct snapshot *snapshot);
struct snapshot_point snapshot_point(struct snapshot *snapshot, int32_t point);
/* At most `max`, newest first, for the caller to free. */
struct incident *snapshot_incidents(struct snapshot *snapshot, int32_t max, int32_t *ret_count);
/* Looks for an id first, then for a code: of an open incident before a closed one, the newest
 * first. */
bool snapshot_find_incident(struct snapshot *snapshot, const char *id_or_code,
                            struct incident *ret_incident);
/* True: an incident of this rule and point is not closed, and its condition is not normal. */
bool snapshot_is_raised(struct snapshot *snapshot, const char *rule, const char *point);
struct snapshot_part *snapshot_parts(struct snapshot *snapshot, int32_t *ret_count); /* to free */
bool snapshot_find_part(struct snapshot *snapshot, enum health_part part, const char *id,
                        struct snapshot_part *ret_part);
/* False: the device ("w3/th1") is not under repair. */
bool snapshot_find_maintenance(struct snapshot *snapshot, const char *device,
                               struct effect_maintenance *ret_maintenance);

/* Indexes of points and ids of incidents, oldest change first. */
struct snapshot_changes {
    int32_t point_max, incident_max; /* how many the caller wants, up to the room below */
    int32_t point_count, incident_count;
    int32_t point[SNAPSHOT_CHANGED_POINTS_MAX];
    int64_t incident[SNAPSHOT_CHANGED_INCIDENTS_MAX];
};

/* Collects the changes after `sequence`, as far as there is room. Returns the sequence up to which
 * they are complete: ask again from there. */
int64_t snapshot_changes(struct snapshot *snapshot, int64_t sequence,
                         struct snapshot_changes *changes);
