/* event_stream.h - live updates: what changed since each viewer last heard, on 100 ms ticks, as text/event-stream.
 *
 * A viewer is a place in the snapshot's sequence. One thread looks what changed each tick and writes it once for every
 * role that is watching; who keeps up is sent those bytes. Who lags, resumes or sees only an area gets its own text,
 * with the newest value of what changed meanwhile: a slow viewer costs no more than EVENT_TEXT_POINTS_MAX values of
 * memory. Whether it reads at all is the web's business (it drops who takes nothing for 30 s).
 *
 * The web reads with event_stream_read; when there is nothing it is asked to suspend the connection, under the same lock
 * that later asks it to resume. Each hears something at least every EVENT_STREAM_HEARTBEAT_MS. */
#pragma once

#include <sys/types.h>

#include "gateway/io/web/request/web_context.h"

enum {
    EVENT_STREAM_TICK_MS = 100,
    EVENT_STREAM_HEALTH_MS = 5000,
    EVENT_STREAM_HEARTBEAT_MS = 15000,
    EVENT_STREAM_VIEWERS_MAX = 256,
    EVENT_STREAM_OVERLAP_MS =
        5000, /* a new viewer hears the last seconds again: none are lost between pages */
};

struct event_stream;
struct viewer;

struct event_stream_hooks { /* of the connection given to event_stream_join; must not block */
    void (*suspend)(void *connection);
    void (*resume)(void *connection);
};

MUST_CHECK bool event_stream_start(struct web_context *context,
                                   const struct event_stream_hooks *hooks,
                                   struct event_stream **ret_events, struct error *error);

/* Ends every stream and resumes who is suspended; after it nobody is suspended any more. */
void event_stream_stop(struct event_stream *events);
void event_stream_free(
    struct event_stream *events); /* after the last event_stream_leave; NULL is allowed */

/* A new viewer; `last_event` is the number it heard last, "" or anything else: none. `session` is watched: the
 * stream ends with it ("" : a token's). NULL when EVENT_STREAM_VIEWERS_MAX are there. */
struct viewer *event_stream_join(struct event_stream *events, const struct identity *identity,
                                 const char *session, const char *last_event, void *connection);
void event_stream_leave(struct viewer *viewer);

/* Bytes for this viewer, at most `size`. 0: nothing now, and the connection was suspended. -1: the stream ends. */
ssize_t event_stream_read(struct viewer *viewer, char *to, size_t size);
