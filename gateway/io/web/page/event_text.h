/* event_text.h - the changes between two places in the snapshot's sequence, as server-sent events.
 *
 * The id of every event is the place before the piece; the piece ends with the id of the place
 * behind it. So a viewer that is cut off in the middle resumes without a gap. */
#pragma once

#include "gateway/base/text.h"
#include "gateway/io/web/request/permission.h"
#include "gateway/io/web/request/web_context.h"

/* How far a viewer has been told. */
struct event_text_place {
    int64_t sequence; /* of the snapshot */
    int64_t health;   /* number of the health report */
};

/* Writes the changes from way[0] to way[1] that the permission sees; nothing when it sees none. */
void event_text_write(struct text *text, const struct web_context *context,
                      const struct permission *permission, const struct snapshot_changes *changes,
                      const struct event_text_place way[2]);
