/* history.h - history.db: every reading, in a journal with a rising sequence; own thread, commit within 0.5 s.
 *
 * A journal row is one commit: a blob of readings. A store's cursor (how far it has taken the journal) is its
 * queue: history is the queue, so an outage of a store costs no memory. Bounded by age and bytes; the oldest go
 * first, counted. Readings wait in a bounded buffer; when the disk hangs the oldest are dropped and counted, and
 * nobody who judges ever waits. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/base/reading.h"

enum {
    HISTORY_COMMIT_MS = 500,
    HISTORY_BUFFER_MAX = 262144, /* readings in memory; allocated as needed */
    HISTORY_CURVE_MAX = 4000,    /* buckets of one curve */
};

struct history_settings {
    const char *data_dir;
    ms_t keep_ms;      /* older readings go; default 400 days */
    int64_t bytes_max; /* of the file; default 4 GiB */
    int32_t point_count;
    const char *const *
        point_id; /* the policy's, by index: stored as rows so that an id keeps its number for ever */
};

struct history_callbacks {
    void *context;
    void (*on_health)(void *context, bool is_well, const char *text); /* in the history thread */
    /* A new journal row is there: forwarders wake up. */
    void (*on_commit)(void *context);
};

struct history;

MUST_CHECK bool history_open(const struct history_settings *settings, struct history **ret_history,
                             struct error *error);

/* Readings of `since`...now, oldest first, for engine_remember; before history_start. Points that the policy no
 * longer has are left out. Also gives the latest stamp. */
MUST_CHECK bool history_replay(struct history *history, ms_t since, void *context,
                               void (*take)(void *context, const struct reading *reading),
                               ms_t *ret_last_stamp, struct error *error);

MUST_CHECK bool history_start(struct history *history, const struct history_callbacks *callbacks,
                              struct error *error);
void history_stop(struct history *history); /* commits what is buffered */
void history_close(struct history *history);

/* Copies; never blocks on the disk. */
void history_put(struct history *history, const struct reading *reading, int32_t count);

struct history_bucket {
    ms_t at; /* start of the bucket */
    double min, max, mean;
    int32_t good;    /* samples with a value; 0: min, max and mean are 0 */
    int32_t missing; /* samples without one: a gap */
};

/* A curve of `point` over from...to in at most `max` buckets; empty buckets are left out. Any thread. What is
 * still in the buffer is included. Returns the count, -1 with a sentence on failure. */
int32_t history_curve(struct history *history, int32_t point, ms_t from, ms_t to, int32_t max,
                      struct history_bucket *buckets, struct error *error);

/* For forwarders; each has its own. */
struct history_reader;
MUST_CHECK bool history_reader_open(struct history *history, const char *store,
                                    struct history_reader **ret_reader, struct error *error);
void history_reader_close(struct history_reader *reader);

/* Up to `max` readings behind the cursor, in order; points by the policy's index. Returns the count; the cursor
 * does not move. ret_sequence is what to confirm. -1 on failure. */
int32_t history_reader_next(struct history_reader *reader, struct reading *readings, int32_t max,
                            int64_t *ret_sequence, struct error *error);
/* The store has taken all up to and with `sequence`: moves the cursor, durably. */
MUST_CHECK bool history_reader_confirm(struct history_reader *reader, int64_t sequence,
                                       struct error *error);
/* Readings (about) not yet confirmed, and the age of the oldest. */
int64_t history_reader_backlog(struct history_reader *reader, ms_t *ret_oldest_at);

struct history_status {
    int64_t readings, dropped, commits, bytes;
    bool is_well;
    char text[160];
};
struct history_status history_status(struct history *history);
