/* history.h - history.db: every reading, in a journal with a rising sequence; own thread, commit
 * within 0.5 s.
 *
 * A journal row is one commit: a blob of readings. The commits of a past minute are packed into one
 * row. The file is bounded by age and bytes; the oldest rows go first and are counted. Ages are
 * measured against the newest reading, not a clock.
 *
 * A store's queue is a cursor into the journal, so an outage of a store costs no memory.
 *
 * Readings wait in a bounded buffer. When the disk hangs the oldest are dropped and counted; the
 * engine never waits. A failed commit is tried again each second, from the buffer.
 *
 * For long curves each point has a row an hour with its minutes (min, max, sum, counts). The
 * current hour is in memory and is rebuilt from the journal at start, so a crash loses none of
 * it. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/base/reading.h"

enum {
    HISTORY_COMMIT_MS = 500,
    HISTORY_BUFFER_MAX = 262144, /* readings in memory; allocated as needed */
    HISTORY_CURVE_MAX = 4000,    /* buckets of one curve */
};
#define HISTORY_TIME_MAX ((ms_t) 1 << 50) /* of a curve; later is cut off */

struct history_settings {
    const char *data_dir;
    ms_t keep_ms;      /* older readings go; default 400 days */
    int64_t bytes_max; /* of the file; default 4 GiB */
    int32_t point_count;
    /* The policy's ids, by index. They are stored as rows, so that an id keeps its number for
     * ever. */
    const char *const *point_id;
    bool is_read_only; /* for replay beside a daemon: the file must exist and is not touched */
};

struct history_callbacks {
    void *context;
    void (*on_health)(void *context, bool is_ok, const char *text); /* in the history thread */
    /* A new journal row is there: forwarders wake up. */
    void (*on_commit)(void *context);
};

struct history;

MUST_CHECK bool history_open(const struct history_settings *settings, struct history **ret_history,
                             struct error *error);

/* Readings since `since` in the order in which they were stored, for engine_remember; before
 * history_start. Points that the policy no longer has are left out. ret_last_stamp: the latest
 * time, 0: none. */
MUST_CHECK bool history_replay(struct history *history, ms_t since, void *context,
                               void (*take)(void *context, const struct reading *reading),
                               ms_t *ret_last_stamp, struct error *error);

MUST_CHECK bool history_start(struct history *history, const struct history_callbacks *callbacks,
                              struct error *error);
/* Commits the buffer, within 3 s. When the disk hangs the thread is left running, and
 * history_close frees nothing. NULL is allowed. */
void history_stop(struct history *history);
void history_close(struct history *history); /* after the cursors; NULL is allowed */

/* Copies; never blocks on the disk. */
void history_put(struct history *history, const struct reading *reading, int32_t count);

struct history_bucket {
    ms_t at; /* start of the bucket */
    double min, max, mean;
    int32_t good;    /* samples with a value; 0: min, max and mean are 0 */
    int32_t missing; /* samples without one: a gap */
};

/* A curve of `point` over from...to in at most `max` buckets; empty buckets are left out. Any
 * thread. The buffer is included. Single samples for up to 3 hours in buckets
 * below a minute, else whole minutes. Then the span is widened to full minutes, and a bucket is at
 * least one. Returns the count, -1 with a sentence on failure. */
int32_t history_curve(struct history *history, int32_t point, ms_t from, ms_t to, int32_t max,
                      struct history_bucket *buckets, struct error *error);

/* A cursor of one store, with its own connection to the file. A new store begins with the last 24
 * hours. `sequence` below is opaque: it may end within a commit. A minute that is packed while a
 * store is in the middle of it is given again from its beginning. */
struct history_cursor;
MUST_CHECK bool history_cursor_open(struct history *history, const char *store,
                                    struct history_cursor **ret_cursor, struct error *error);
void history_cursor_close(struct history_cursor *cursor);

/* Up to `max` readings after the cursor, in order; points by the policy's index. Returns the count,
 * -1 on failure; the cursor does not move. Confirm ret_sequence when the store has them. */
int32_t history_cursor_next(struct history_cursor *cursor, struct reading *readings, int32_t max,
                            int64_t *ret_sequence, struct error *error);
/* Moves the cursor, durably: the store has all readings up to `sequence`. */
MUST_CHECK bool history_cursor_confirm(struct history_cursor *cursor, int64_t sequence,
                                       struct error *error);
/* Readings (about) not yet confirmed, and the age of the oldest. */
int64_t history_cursor_backlog(struct history_cursor *cursor, ms_t *ret_oldest_at);

struct history_status {
    int64_t readings, dropped, commits; /* since start */
    int64_t purged;                     /* readings removed by age or size, since start */
    int64_t bytes;                      /* of the file */
    bool is_ok;
    char text[160];
};
struct history_status history_status(struct history *history);
