/* Reads history.db at start: numbers of points, the open hour, the readings to replay. */
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/io/history/history_parts.h"

#define UNPACKED_AT_START (10 * MS_PER_MINUTE) /* more than a crash can have left unpacked */

static bool store_point_ids(struct history *history, const struct history_settings *settings,
                            struct error *error)
{
    struct db_statement *insert = NULL;
    bool is_ok =
        db_prepare(history->db, "INSERT OR IGNORE INTO point(id) VALUES(?)", &insert, error) &&
        db_begin(history->db, error);
    for (int32_t i = 0; is_ok && i < settings->point_count; i++) {
        db_bind_text(insert, 1, settings->point_id[i]);
        is_ok = db_execute(insert, error);
    }
    return db_end(history->db, is_ok, error);
}

static bool number_points(struct history *history, const struct history_settings *settings,
                          struct error *error)
{
    int64_t last = 0;
    struct db_statement *find = NULL;
    if (!db_read_int(history->db, "SELECT coalesce(max(number), 0) FROM point", 0, &last, error) ||
        !db_prepare(history->db, "SELECT number FROM point WHERE id = ?", &find, error)) {
        return false;
    }
    if (last < 0 || last >= INT32_MAX) {
        return error_set(error, "'%s' has a point numbered %lld; restore a backup", history->path,
                         (long long) last);
    }
    history->point_count = settings->point_count;
    history->number_count = (int32_t) last + 1;
    history->number_of =
        memory_take((size_t) settings->point_count + 1, sizeof *history->number_of);
    history->point_of = memory_take((size_t) history->number_count, sizeof *history->point_of);
    history->open.count = history->number_count;
    memset(history->point_of, -1, (size_t) history->number_count * sizeof *history->point_of);
    for (int32_t i = 0; i < settings->point_count; i++) {
        db_bind_text(find, 1, settings->point_id[i]);
        enum db_step step = db_step(find, error);
        if (step == DB_FAILED) {
            return false;
        }
        int64_t number = step == DB_ROW ? db_int(find, 0) : -1;
        db_reset(find);
        history->number_of[i] = (int32_t) number;
        if (number >= 0) {
            history->point_of[number] = i;
        }
    }
    return true;
}

/* Calls `take` with every reading of the rows from `sequence` on, by number; of a damaged row the
 * readings before the damage. */
static bool visit_readings(struct history *history, int64_t sequence, void *context,
                           void (*take)(void *context, const struct reading *reading),
                           struct error *error)
{
    struct db_statement *rows = NULL;
    if (!db_prepare(history->db, "SELECT blob FROM journal WHERE sequence >= ? ORDER BY sequence",
                    &rows, error)) {
        return false;
    }
    db_bind_int(rows, 1, sequence);
    enum db_step step = DB_ROW;
    while ((step = db_step(rows, error)) == DB_ROW) {
        struct reading_codec_decoder decoder = history_decode(rows, 0);
        struct reading reading;
        while (reading_codec_next(&decoder, &reading)) {
            take(context, &reading);
        }
    }
    return step == DB_DONE;
}

/* The first row that may hold a reading of `since` or later. */
static bool find_row(struct history *history, ms_t since, int64_t *ret_sequence,
                     struct error *error)
{
    return db_read_int(history->db, "SELECT coalesce(min(sequence), 0) FROM journal WHERE at >= ?",
                       since, ret_sequence, error);
}

static void add_to_open_hour(void *context, const struct reading *reading)
{
    struct history *history = context;
    if (hour_of(reading->at) != history->hour || reading->point >= history->number_count) {
        return;
    }
    open_hour_add(&history->open, reading);
}

/* The open hour was only in memory. */
static bool rebuild_open_hour(struct history *history, struct error *error)
{
    int64_t sequence = 0;
    struct db_statement *last = NULL;
    history->hour = NO_HOUR;
    if (!db_prepare(history->db,
                    "SELECT sequence, total, (SELECT max(at) FROM journal) FROM journal"
                    " ORDER BY sequence DESC LIMIT 1",
                    &last, error)) {
        return false;
    }
    enum db_step step = db_step(last, error);
    if (step != DB_ROW) {
        return step == DB_DONE; /* an empty journal has no open hour */
    }
    history->sequence = db_int(last, 0);
    history->total = db_int(last, 1);
    history->newest = db_int(last, 2);
    db_reset(last);
    history->hour = hour_of(history->newest);
    if (!find_row(history, history->newest - UNPACKED_AT_START, &sequence, error)) {
        return false;
    }
    history->packed = sequence - 1;
    return find_row(history, history->hour * MS_PER_HOUR, &sequence, error) &&
           visit_readings(history, sequence, history, add_to_open_hour, error);
}

bool history_load(struct history *history, const struct history_settings *settings,
                  struct error *error)
{
    return (settings->is_read_only || store_point_ids(history, settings, error)) &&
           number_points(history, settings, error) && rebuild_open_hour(history, error);
}

struct replay {
    const struct history *history;
    ms_t since;
    void *context;
    void (*take)(void *context, const struct reading *reading);
};

static void replay_reading(void *context, const struct reading *reading)
{
    const struct replay *replay = context;
    if (reading->at < replay->since || reading->point >= replay->history->number_count) {
        return;
    }
    struct reading copy = *reading;
    copy.point = replay->history->point_of[reading->point];
    if (copy.point >= 0) {
        replay->take(replay->context, &copy);
    }
}

bool history_replay(struct history *history, ms_t since, void *context,
                    void (*take)(void *context, const struct reading *reading),
                    ms_t *ret_last_stamp, struct error *error)
{
    int64_t sequence = 0;
    struct replay replay = {history, since, context, take};
    if (!find_row(history, since, &sequence, error)) {
        return false;
    }
    if (sequence > 0 && !visit_readings(history, sequence, &replay, replay_reading, error)) {
        return false;
    }
    *ret_last_stamp = history->newest;
    return true;
}
