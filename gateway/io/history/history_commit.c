/* One commit: readings from the batch become rows of the journal, and a full hour is closed. */
#include <string.h>

#include "gateway/base/thread.h"
#include "gateway/io/history/history_parts.h"

enum { AHEAD = 12 }; /* readings to prefetch ahead: about the latency of memory */

/* How many of the batch go into one commit: those up to the next full hour. One commit closes at
 * most one hour, and either both or neither are on the disk. */
static int32_t count_until_full_hour(const struct history *history, int32_t count,
                                     int64_t *ret_hour)
{
    int64_t first = hour_of(history->batch[0].at);
    int64_t hour = first > history->hour ? first : history->hour;
    int32_t length = 1;
    while (length < count && hour_of(history->batch[length].at) <= hour) {
        length++;
    }
    *ret_hour = hour;
    return length;
}

static bool put_minutes(struct history *history, int64_t hour, int32_t number,
                        const struct minute_aggregates *minutes, struct error *error)
{
    uint8_t bytes[MINUTE_AGGREGATES_BYTES_MAX];
    size_t length = minute_aggregates_encode(minutes, bytes);
    struct db_statement *sql = history->sql[SQL_MINUTE_PUT];
    db_bind_int(sql, 1, hour);
    db_bind_int(sql, 2, number);
    db_bind_blob(sql, 3, bytes, length);
    return db_execute(sql, error);
}

/* Before the first reading of a later hour is journalled: after a crash either the hour has its
 * rows, or it is still the newest one and is rebuilt from the journal. */
static bool close_hour(struct history *history, struct error *error)
{
    for (int32_t i = 0; i < history->number_count; i++) {
        struct minute_aggregates minutes;
        if (open_hour_read(&history->open, i, &minutes) &&
            !put_minutes(history, history->hour, i, &minutes, error)) {
            return false;
        }
    }
    return true;
}

/* A reading of an hour that is already closed. */
static bool add_late_reading(struct history *history, const struct reading *reading,
                             struct error *error)
{
    struct minute_aggregates minutes = {0};
    struct db_statement *sql = history->sql[SQL_MINUTE_GET];
    db_bind_int(sql, 1, hour_of(reading->at));
    db_bind_int(sql, 2, reading->point);
    enum db_step step = db_step(sql, error);
    if (step == DB_ROW) {
        history_decode_minutes(sql, &minutes);
    }
    db_reset(sql);
    minute_aggregates_add(&minutes, reading);
    return step != DB_FAILED &&
           put_minutes(history, hour_of(reading->at), reading->point, &minutes, error);
}

ms_t history_latest(const struct reading *readings, int32_t count)
{
    ms_t at = readings[0].at;
    for (int32_t i = 1; i < count; i++) {
        at = max_ms(at, readings[i].at);
    }
    return at;
}

static bool write_row(struct history *history, int64_t sequence, int64_t total,
                      const struct reading *readings, int32_t count, struct error *error)
{
    struct db_statement *sql = history->sql[SQL_JOURNAL];
    size_t length = reading_codec_encode(readings, count, history->blob);
    db_bind_int(sql, 1, sequence);
    db_bind_int(sql, 2, history_latest(readings, count));
    db_bind_int(sql, 3, count);
    db_bind_int(sql, 4, total);
    db_bind_blob(sql, 5, history->blob, length);
    return db_execute(sql, error);
}

/* Journals the first `count` of the batch, and closes the open hour when `hour` is a later one. */
static bool write_batch(struct history *history, int32_t count, int64_t hour, int64_t *ret_sequence,
                        struct error *error)
{
    if (hour > history->hour && !close_hour(history, error)) {
        return false;
    }
    /* A row spans less than a minute, so a batch after a pause becomes several rows. */
    int64_t sequence = history->sequence;
    for (int32_t at = 0; at < count;) {
        int32_t fit = reading_codec_fit(history->batch + at, count - at);
        at += fit;
        sequence++;
        if (!write_row(history, sequence, history->total + at, history->batch + at - fit, fit,
                       error)) {
            return false;
        }
    }
    for (int32_t i = 0; i < count; i++) {
        if (hour_of(history->batch[i].at) < hour &&
            !add_late_reading(history, &history->batch[i], error)) {
            return false;
        }
    }
    *ret_sequence = sequence;
    return true;
}

/* With the lock: adds the committed readings to the open hour. */
static void add_committed(struct history *history, int32_t count, int64_t hour)
{
    if (hour > history->hour) {
        open_hour_clear(&history->open);
        history->hour = hour;
    }
    for (int32_t i = 0; i < count; i++) {
        const struct reading *reading = &history->batch[i];
        if (i + AHEAD < count) {
            open_hour_foresee(&history->open, reading + AHEAD);
        }
        history->newest = max_ms(history->newest, reading->at);
        if (hour_of(reading->at) == hour) {
            open_hour_add(&history->open, reading);
        }
    }
}

static void apply_commit(struct history *history, int64_t first, int32_t count, int64_t hour,
                         int64_t sequence)
{
    thread_lock(&history->lock);
    add_committed(history, count, hour);
    history->sequence = sequence;
    history->total += count;
    history->status.readings += count;
    history->status.commits++;
    history->busy_since = 0;
    int64_t until = first + count;
    if (history->first > first) { /* dropped while they were written: they are not lost after all */
        history->status.dropped -= (history->first < until ? history->first : until) - first;
    }
    /* Only now they leave the buffer: a failed commit is tried again from it. */
    history->first = history->first > until ? history->first : until;
    thread_unlock(&history->lock);
    if (history->callbacks.on_commit != NULL) {
        history->callbacks.on_commit(history->callbacks.context);
    }
}

bool history_commit(struct history *history, int64_t first, int32_t count, struct error *error)
{
    int64_t hour = 0;
    int64_t sequence = 0;
    count = count_until_full_hour(history, count, &hour);
    bool is_ok =
        db_begin(history->db, error) && write_batch(history, count, hour, &sequence, error);
    if (!db_end(history->db, is_ok, error)) {
        return false;
    }
    apply_commit(history, first, count, hour, sequence);
    return true;
}
