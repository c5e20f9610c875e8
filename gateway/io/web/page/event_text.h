/* event_text.h - what changed between two places in the world's course, as server-sent events.
 *
 * Every event of a piece carries the place before it as its id, and the piece ends with the place behind it: who is
 * cut off in the middle resumes from where nothing is missing. */
#pragma once

#include "gateway/io/web/event_stream.h"
#include "gateway/io/web/request/buffer.h"
#include "gateway/io/web/request/permission.h"

/* How far somebody has heard. */
struct events_place {
    int64_t sequence; /* of the snapshot */
    int64_t health;   /* number of the health report */
};

struct events_changes {
    int32_t point_count, incident_count;
    int32_t point[EVENTS_POINTS_MAX];
    int64_t incident[EVENTS_INCIDENTS_MAX];
};

/* The changes after `from`; returns how far they reach. */
int64_t events_find(const struct world *world, int64_t from, struct events_changes *changes);

/* What one view sees of the way from one place to the next; nothing when it sees none of it. */
void events_write(struct buffer *buffer, const struct world *world, const struct view *view,
                  const struct events_changes *changes, const struct events_place way[2]);
