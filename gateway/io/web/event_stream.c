#include "gateway/io/web/event_stream.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/base/thread.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/web/page/event_text.h"
#include "gateway/io/web/request/request.h"

enum { PIECES = 8, MARKS = EVENT_STREAM_OVERLAP_MS / 1000 + 1 };
enum { IDLE_MS = 1000 };

/* The changes from one place to the next, written once for each role that watches. */
struct stream_piece {
    struct event_text_place from, to;
    int holders; /* the ring and the viewers that read it */
    struct text role[ROLE_COUNT];
    bool is_for[ROLE_COUNT];
};

struct viewer {
    struct event_stream *events;
    void *connection;
    struct identity identity;
    struct permission permission;
    char session[SECRET_TEXT];
    /* Used by the reading thread only. */
    struct event_text_place place;
    struct stream_piece *piece; /* shared, held; or NULL */
    struct text own;
    size_t sent; /* of the piece or of its own text */
    /* Under the lock. */
    bool is_suspended, must_beat;
    struct viewer *next;
};

struct event_stream {
    struct web_context *context;
    struct event_stream_hooks hooks;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopping;
    int viewer_count;
    struct viewer *viewers;
    struct event_text_place place; /* where the last piece ends */
    struct stream_piece *piece[PIECES];
    int next_piece;
    /* Used by the ticking thread only. */
    ms_t health_at, beat_at, mark_at;
    int64_t parts_sequence;
    int64_t mark[MARKS]; /* the sequence of each of the last seconds; under the lock */
    int next_mark;
};

/* The others follow in the next piece. */
static const struct snapshot_changes all_changes = {.point_max = SNAPSHOT_CHANGED_POINTS_MAX,
                                                    .incident_max = SNAPSHOT_CHANGED_INCIDENTS_MAX};

/* Under the lock, or before the piece is shared. */
static void release_piece(struct stream_piece *piece)
{
    if (piece == NULL || --piece->holders > 0) {
        return;
    }
    for (int i = 0; i < ROLE_COUNT; i++) {
        text_free(&piece->role[i]);
    }
    free(piece);
}

/* NULL: nothing has changed. */
static struct stream_piece *make_piece(struct event_stream *events,
                                       const bool is_for[static ROLE_COUNT], bool has_health)
{
    struct snapshot_changes changes = all_changes;
    const struct event_text_place from = events->place; /* written by this thread only */
    const struct event_text_place to = {
        .sequence = snapshot_changes(events->context->parts.snapshot, from.sequence, &changes),
        .health = from.health + (has_health ? 1 : 0)};
    if (changes.point_count == 0 && changes.incident_count == 0 && !has_health) {
        return NULL;
    }
    struct stream_piece *piece = memory_take(1, sizeof *piece);
    piece->from = from;
    piece->to = to;
    piece->holders = 1;
    const struct event_text_place way[2] = {from, to};
    for (int i = 0; i < ROLE_COUNT; i++) {
        const struct identity identity = {.role = (enum role) i};
        struct permission permission = permission_of(events->context->policy, &identity);
        piece->role[i] = text_growing(ANSWER_BODY_MAX);
        /* A bound role sees an area of its own, so its viewers cannot share a text. */
        piece->is_for[i] = is_for[i] && !permission.is_bound;
        if (piece->is_for[i]) {
            event_text_write(&piece->role[i], events->context, &permission, &changes, way);
        }
    }
    return piece;
}

static bool is_same_place(struct event_text_place a, struct event_text_place b)
{
    return a.sequence == b.sequence && a.health == b.health;
}

/* The piece that begins at the viewer's place, or NULL. */
static struct stream_piece *find_piece(struct event_stream *events, const struct viewer *viewer)
{
    for (int i = 0; i < PIECES; i++) {
        struct stream_piece *piece = events->piece[i];
        if (piece != NULL && piece->is_for[viewer->identity.role] &&
            is_same_place(piece->from, viewer->place)) {
            return piece;
        }
    }
    return NULL;
}

static void publish_piece(struct event_stream *events, struct stream_piece *piece)
{
    if (piece == NULL) {
        return;
    }
    /* A viewer that still reads the oldest piece holds it; one that has not begun it gets its own
     * text. */
    release_piece(events->piece[events->next_piece]);
    events->piece[events->next_piece] = piece;
    events->next_piece = (events->next_piece + 1) % PIECES;
    events->place = piece->to;
}

static void wake_viewer(struct event_stream *events, struct viewer *viewer)
{
    if (viewer->is_suspended) {
        viewer->is_suspended = false;
        events->hooks.resume(viewer->connection);
    }
}

/* Wakes the viewers that are behind; with a heartbeat, all of them. */
static void wake_viewers(struct event_stream *events, bool is_beat)
{
    for (struct viewer *viewer = events->viewers; viewer != NULL; viewer = viewer->next) {
        viewer->must_beat = viewer->must_beat || is_beat;
        if (is_beat || (viewer->is_suspended && !is_same_place(viewer->place, events->place))) {
            wake_viewer(events, viewer);
        }
    }
}

static void mark_second(struct event_stream *events, ms_t now)
{
    if (now - events->mark_at >= MS_PER_SECOND) {
        events->mark_at = now;
        events->mark[events->next_mark] = events->place.sequence;
        events->next_mark = (events->next_mark + 1) % MARKS;
    }
}

static bool is_span_over(ms_t *since, ms_t now, ms_t span)
{
    bool is_due = now - *since >= span;
    *since = is_due ? now : *since;
    return is_due;
}

/* Called with the lock held and returns so. Gives it up while the piece is written, because that
 * takes long. */
static void make_tick(struct event_stream *events)
{
    ms_t now = clock_ms();
    mark_second(events, now);
    if (events->viewers == NULL) {
        /* No viewer, no piece; but the next viewer must begin at the present. */
        events->place.sequence = snapshot_marks(events->context->parts.snapshot).sequence;
        return;
    }
    bool is_for[ROLE_COUNT] = {false};
    for (const struct viewer *viewer = events->viewers; viewer != NULL; viewer = viewer->next) {
        is_for[viewer->identity.role] = true;
    }
    thread_unlock(&events->lock);
    int64_t parts_sequence = snapshot_marks(events->context->parts.snapshot).parts_sequence;
    bool is_turned = parts_sequence != events->parts_sequence;
    events->parts_sequence = parts_sequence;
    bool has_health = is_span_over(&events->health_at, now, EVENT_STREAM_HEALTH_MS) || is_turned;
    struct stream_piece *piece = make_piece(events, is_for, has_health);
    thread_lock(&events->lock);
    publish_piece(events, piece);
    wake_viewers(events, is_span_over(&events->beat_at, now, EVENT_STREAM_HEARTBEAT_MS));
}

static void *run_stream(void *context)
{
    struct event_stream *events = context;
    thread_lock(&events->lock);
    while (!events->is_stopping) {
        make_tick(events);
        struct timespec until =
            clock_deadline(events->viewers == NULL ? IDLE_MS : EVENT_STREAM_TICK_MS);
        (void) pthread_cond_timedwait(&events->changed, &events->lock, &until);
    }
    thread_unlock(&events->lock);
    return NULL;
}

bool event_stream_start(struct web_context *context, const struct event_stream_hooks *hooks,
                        struct event_stream **ret_events, struct error *error)
{
    struct event_stream *events = memory_take(1, sizeof *events);
    events->context = context;
    events->hooks = *hooks;
    events->place.health = 1; /* a new viewer has 0, so it gets the health first */
    CHECK(pthread_mutex_init(&events->lock, NULL) == 0);
    thread_cond_init(&events->changed);
    const struct thread_job job = {.name = "huoyan-live",
                                   .stack_bytes = THREAD_STACK_SMALL,
                                   .run = run_stream,
                                   .context = events};
    if (!thread_start(&job, &events->thread, error)) {
        event_stream_free(events);
        return false;
    }
    *ret_events = events;
    return true;
}

void event_stream_stop(struct event_stream *events)
{
    thread_lock(&events->lock);
    events->is_stopping = true;
    for (struct viewer *viewer = events->viewers; viewer != NULL; viewer = viewer->next) {
        wake_viewer(events, viewer);
    }
    CHECK(pthread_cond_signal(&events->changed) == 0);
    thread_unlock(&events->lock);
    CHECK(pthread_join(events->thread, NULL) == 0);
}

void event_stream_free(struct event_stream *events)
{
    if (events == NULL) {
        return;
    }
    CHECK(events->viewers == NULL);
    for (int i = 0; i < PIECES; i++) {
        release_piece(events->piece[i]);
    }
    CHECK(pthread_cond_destroy(&events->changed) == 0);
    CHECK(pthread_mutex_destroy(&events->lock) == 0);
    free(events);
}

/* A viewer begins after its last event; at 0 if that event was of another run; without one a few
 * seconds back. */
static int64_t find_first_sequence(const struct event_stream *events, const char *last_event)
{
    int64_t number = 0;
    if (!parse_int(last_event, 0, INT64_MAX, &number)) {
        return events->mark[events->next_mark];
    }
    int64_t sequence = number - events->context->event_base;
    /* Beyond the present: the clock was set back between two runs. */
    return sequence < 0 || sequence > events->place.sequence ? 0 : sequence;
}

struct viewer *event_stream_join(struct event_stream *events, const struct identity *identity,
                                 const char *session, const char *last_event, void *connection)
{
    struct viewer *viewer = memory_take(1, sizeof *viewer);
    viewer->events = events;
    viewer->connection = connection;
    viewer->identity = *identity;
    viewer->permission = permission_of(events->context->policy, identity);
    text_copy(viewer->session, sizeof viewer->session, session);
    viewer->own = text_growing(ANSWER_BODY_MAX);
    text_add(&viewer->own, "retry: 2000\n\n");

    thread_lock(&events->lock);
    bool has_room = events->viewer_count < EVENT_STREAM_VIEWERS_MAX && !events->is_stopping;
    if (has_room) {
        viewer->place.sequence = find_first_sequence(events, last_event);
        viewer->next = events->viewers;
        events->viewers = viewer;
        events->viewer_count++;
        CHECK(pthread_cond_signal(&events->changed) == 0);
    }
    atomic_store(&events->context->viewer_count, events->viewer_count);
    thread_unlock(&events->lock);
    if (!has_room) {
        text_free(&viewer->own);
        free(viewer);
        return NULL;
    }
    return viewer;
}

void event_stream_leave(struct viewer *viewer)
{
    struct event_stream *events = viewer->events;
    thread_lock(&events->lock);
    struct viewer **link = &events->viewers;
    while (*link != viewer) {
        link = &(*link)->next;
    }
    *link = viewer->next;
    events->viewer_count--;
    atomic_store(&events->context->viewer_count, events->viewer_count);
    release_piece(viewer->piece);
    thread_unlock(&events->lock);
    text_free(&viewer->own);
    free(viewer);
}

/* Copies from the piece or from the viewer's own text. */
static size_t copy_bytes(struct viewer *viewer, char *to, size_t size)
{
    const struct text *from =
        viewer->piece != NULL ? &viewer->piece->role[viewer->identity.role] : &viewer->own;
    size_t left = from->length - viewer->sent;
    size_t count = left < size ? left : size;
    if (count > 0) {
        memcpy(to, from->bytes + viewer->sent, count);
        viewer->sent += count;
    }
    return count;
}

enum next_step { NEXT_END, NEXT_NOTHING, NEXT_BEAT, NEXT_PIECE, NEXT_OWN };

static enum next_step find_next_step(struct viewer *viewer, struct event_text_place *ret_target)
{
    struct event_stream *events = viewer->events;
    if (events->is_stopping) {
        return NEXT_END;
    }
    if (viewer->must_beat) {
        viewer->must_beat = false;
        return NEXT_BEAT;
    }
    if (is_same_place(viewer->place, events->place)) {
        /* Under the lock that guards the resume: no tick can come between the look and this. */
        viewer->is_suspended = true;
        events->hooks.suspend(viewer->connection);
        return NEXT_NOTHING;
    }
    struct stream_piece *piece = find_piece(events, viewer);
    if (piece != NULL) {
        piece->holders++;
        viewer->piece = piece;
        viewer->place = piece->to;
        return NEXT_PIECE;
    }
    *ret_target = events->place;
    return NEXT_OWN;
}

/* Writes a text for this viewer alone, up to the place of the shared pieces. */
static void write_own_text(struct viewer *viewer, struct event_text_place target)
{
    struct web_context *context = viewer->events->context;
    struct snapshot_changes changes = all_changes;
    int64_t reach = snapshot_changes(context->parts.snapshot, viewer->place.sequence, &changes);
    /* Not beyond the shared pieces, so that the viewer can go on with them. */
    const struct event_text_place way[2] = {
        viewer->place, {.sequence = min_ms(reach, target.sequence), .health = target.health}};
    event_text_write(&viewer->own, context, &viewer->permission, &changes, way);
    viewer->place = way[1];
}

/* False: the session has ended. */
static bool write_heartbeat(struct viewer *viewer)
{
    struct identity identity;
    text_add(&viewer->own, ":\n\n");
    return viewer->session[0] == '\0' || auth_session(viewer->events->context->parts.auth,
                                                      viewer->session, clock_ms(), &identity);
}

ssize_t event_stream_read(struct viewer *viewer, char *to, size_t size)
{
    for (;;) {
        size_t count = copy_bytes(viewer, to, size);
        if (count > 0) {
            return (ssize_t) count;
        }
        struct event_text_place target = {0};
        /* All is sent: find the next bytes, without the lock where that takes long. */
        text_free(&viewer->own);
        viewer->sent = 0;
        thread_lock(&viewer->events->lock);
        release_piece(viewer->piece);
        viewer->piece = NULL;
        enum next_step next = find_next_step(viewer, &target);
        thread_unlock(&viewer->events->lock);
        if (next == NEXT_NOTHING) {
            return 0;
        }
        if (next == NEXT_END || (next == NEXT_BEAT && !write_heartbeat(viewer))) {
            return -1;
        }
        if (next == NEXT_OWN) {
            write_own_text(viewer, target);
        }
    }
}
