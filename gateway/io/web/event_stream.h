/* event_stream.h - live updates as text/event-stream: the changes since a viewer's last event.
 *
 * A viewer has a place in the snapshot's sequence. On ticks of 100 ms one thread collects the
 * changes and writes them once for each role that is watching. A viewer that keeps up is sent
 * these shared bytes. A viewer that lags, resumes or may see only an area gets a text of its own,
 * with the newest value of each changed point. So a slow viewer costs no more memory than
 * SNAPSHOT_CHANGED_POINTS_MAX values. The web drops a viewer that reads nothing for 30 s.
 *
 * The web reads with event_stream_read. When there is nothing to send, the stream suspends the
 * connection through its hook, and resumes it later under the same lock. Each viewer receives
 * something at least every EVENT_STREAM_HEARTBEAT_MS. */
#pragma once

#include <sys/types.h>

#include "gateway/io/web/request/web_context.h"

enum {
    EVENT_STREAM_TICK_MS = 100,
    EVENT_STREAM_HEALTH_MS = 5000,
    EVENT_STREAM_HEARTBEAT_MS = 15000,
    EVENT_STREAM_VIEWERS_MAX = 256,
    /* A new viewer gets the last seconds again, so that none are lost after the first page. */
    EVENT_STREAM_OVERLAP_MS = 5000,
};

struct event_stream;
struct viewer;

struct event_stream_hooks { /* act on the connection of event_stream_join; must not block */
    void (*suspend)(void *connection);
    void (*resume)(void *connection);
};

MUST_CHECK bool event_stream_start(struct web_context *context,
                                   const struct event_stream_hooks *hooks,
                                   struct event_stream **ret_events, struct error *error);

/* Ends every stream. Afterwards no connection is suspended. */
void event_stream_stop(struct event_stream *events);
void event_stream_free(
    struct event_stream *events); /* after the last event_stream_leave; NULL is allowed */

/* Adds a viewer. `last_event` is the id of the last event it received; anything but a number means
 * none. The stream ends with `session` ("": a token, which does not end). NULL: there are
 * EVENT_STREAM_VIEWERS_MAX already. */
struct viewer *event_stream_join(struct event_stream *events, const struct identity *identity,
                                 const char *session, const char *last_event, void *connection);
void event_stream_leave(struct viewer *viewer);

/* Copies at most `size` bytes for this viewer. 0: nothing now, and the connection was suspended.
 * -1: the stream ends. */
ssize_t event_stream_read(struct viewer *viewer, char *to, size_t size);
