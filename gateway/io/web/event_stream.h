/* event_stream.h - live updates: what changed since each viewer last heard, on 100 ms ticks, as text/event-stream.
 *
 * A viewer is a place in the snapshot's sequence. One thread looks what changed each tick and writes it once for every
 * role that is watching; who keeps up is sent those bytes. Who lags, resumes or sees only an area gets its own text,
 * with the newest value of what changed meanwhile: a slow viewer costs no more than EVENTS_POINTS_MAX values of
 * memory. Whether it reads at all is the web's business (it drops who takes nothing for 30 s).
 *
 * The web reads with events_read; when there is nothing it is asked to suspend the connection, under the same lock
 * that later asks it to resume. Each hears something at least every EVENTS_HEARTBEAT_MS. */
#pragma once

#include <sys/types.h>

#include "gateway/io/web/request/web_context.h"

enum {
    EVENTS_TICK_MS = 100,
    EVENTS_HEALTH_MS = 5000,
    EVENTS_HEARTBEAT_MS = 15000,
    EVENTS_POINTS_MAX = 1000, /* in one piece; the rest follows in the next */
    EVENTS_INCIDENTS_MAX = 50,
    EVENTS_OVERLAP_MS =
        5000, /* a new viewer hears the last seconds again: none are lost between pages */
};

struct events;
struct viewer;

struct events_hooks { /* of the connection given to events_join; must not block */
    void (*suspend)(void *connection);
    void (*resume)(void *connection);
};

MUST_CHECK bool events_start(struct world *world, const struct events_hooks *hooks,
                             struct events **ret_events, struct error *error);

/* Ends every stream and resumes who is suspended; after it nobody is suspended any more. */
void events_stop(struct events *events);
void events_free(struct events *events); /* after the last events_leave; NULL is allowed */

/* A new viewer; `last_event` is the number it heard last, "" or anything else: none. `session` is watched: the
 * stream ends with it ("" : a token's). NULL when WEB_EVENTS_MAX are there. */
struct viewer *events_join(struct events *events, const struct identity *identity,
                           const char *session, const char *last_event, void *connection);
void events_leave(struct viewer *viewer);

/* Bytes for this viewer, at most `size`. 0: nothing now, and the connection was suspended. -1: the stream ends. */
ssize_t events_read(struct viewer *viewer, char *to, size_t size);
