/* history_parts.h - what the files of history share; for no other module. */
#pragma once

#include <limits.h>
#include <pthread.h>

#include "gateway/io/history/history.h"
#include "gateway/io/history/open_hour.h"
#include "gateway/io/history/reading_codec.h"
#include "gateway/io/system/db.h"

/* Statements of the writer. */
enum history_sql {
    SQL_JOURNAL,
    SQL_MINUTE_GET,
    SQL_MINUTE_PUT,
    SQL_UNPACKED,
    SQL_PACK_REMOVE,
    SQL_PACK_KEEP,
    SQL_OLDEST,
    SQL_REMOVE,
    SQL_FORGET_MINUTES,
    SQL_PAGES,
};
enum { SQL_COUNT = 10 };

enum { HISTORY_BATCH_MAX = 16384, NO_HOUR = -1 };

struct history {
    ms_t keep_ms;
    int64_t bytes_max;
    char path[PATH_MAX];
    int32_t point_count, number_count;
    int32_t *number_of; /* by the policy's index; -1: read-only and never stored */
    int32_t *point_of;  /* by number; -1: the policy no longer has it */

    /* The thread's; before start and after stop the caller's. */
    struct db *db;
    struct db_statement *sql[SQL_COUNT];
    struct reading *batch; /* HISTORY_BATCH_MAX, by number */
    struct reading *group; /* READING_CODEC_READINGS_MAX, for packing */
    uint8_t *blob;         /* READING_CODEC_BYTES_MAX */
    int64_t packed;        /* rows up to this sequence have been packed */
    int64_t total;         /* readings ever journalled */
    ms_t maintained_at;
    int64_t purged_now; /* by the transaction that is open */
    struct history_callbacks callbacks;
    pthread_t thread;

    pthread_mutex_t read_lock; /* of the two below; held over reads of SQLite only */
    struct db *reader;
    struct db_statement *ask_journal, *ask_minutes;

    pthread_mutex_t lock; /* of all below; never held over I/O */
    pthread_cond_t work, ended;
    struct reading *ring; /* by the policy's index; reading i is at i % capacity */
    int64_t capacity, first, next;
    bool is_running, is_stopping, has_ended;
    bool is_hung;    /* the thread did not end: its memory is never freed */
    ms_t busy_since; /* start of the current commit, 0: none */
    /* Committed readings: all hours before `hour` are in table `minute`, this one is here, by
     * number. */
    int64_t hour;
    struct open_hour open;
    int64_t sequence; /* of the last row */
    ms_t newest;      /* the latest time */
    struct history_status status;
};

/* history_schema.c */
extern const char *const history_migrations[];
extern const char *const history_sql_text[SQL_COUNT];

/* history_commit.c: commits the readings of the batch up to the next full hour; `first` is the
 * ring's index of the first one. */
MUST_CHECK bool history_commit(struct history *history, int64_t first, int32_t count,
                               struct error *error);
ms_t history_latest(const struct reading *readings, int32_t count); /* the latest time among them */

/* history_maintain.c: once a minute, and when the file is too large. */
MUST_CHECK bool history_maintain(struct history *history, struct error *error);

/* history_load.c */
MUST_CHECK bool history_load(struct history *history, const struct history_settings *settings,
                             struct error *error);

/* The readings of a blob in this column. */
static inline struct reading_codec_decoder history_decode(struct db_statement *row, int column)
{
    size_t length = 0;
    const void *bytes = db_blob(row, column, &length);
    return reading_codec_decode(bytes, length);
}

/* The minutes of the blob in the first column; of a damaged one those before the damage. */
static inline void history_decode_minutes(struct db_statement *row,
                                          struct minute_aggregates *ret_minutes)
{
    size_t length = 0;
    const void *bytes = db_blob(row, 0, &length);
    (void) minute_aggregates_decode(bytes, length, ret_minutes);
}
