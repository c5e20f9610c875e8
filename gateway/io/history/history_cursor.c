/* A cursor has its own connection. It writes only its position, so the history thread waits for it
 * no longer than one small row takes (SQLite's busy timeout covers that). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/io/history/history_parts.h"

/* A position is row * OFFSETS + readings taken of that row. */
enum { OFFSETS = 8192 };
static_assert((int) OFFSETS > (int) READING_CODEC_READINGS_MAX, "a row has room");

#define NEW_STORE_SPAN MS_PER_DAY /* how much of the past a new store gets */

struct history_cursor {
    struct history *history;
    struct db *db;
    struct db_statement *rows, *move, *behind;
    char *store;
    int64_t position;
};

static bool prepare_cursor(struct history_cursor *cursor, struct error *error)
{
    return db_prepare(cursor->db,
                      "SELECT sequence, blob FROM journal WHERE sequence >= ? ORDER BY sequence",
                      &cursor->rows, error) &&
           db_prepare(cursor->db,
                      "INSERT INTO cursor(store, position) VALUES(?1, ?2) ON CONFLICT(store)"
                      " DO UPDATE SET position = max(position, ?2)",
                      &cursor->move, error) &&
           db_prepare(cursor->db,
                      "SELECT (SELECT total FROM journal ORDER BY sequence DESC LIMIT 1)"
                      " - total + readings, at, sequence FROM journal WHERE sequence >= ?"
                      " ORDER BY sequence LIMIT 1",
                      &cursor->behind, error);
}

/* The first row of the last day, or the next row that will be written. */
static bool find_start(struct history_cursor *cursor, int64_t *ret_position, struct error *error)
{
    int64_t sequence = 0;
    if (!db_read_int(cursor->db,
                     "SELECT coalesce(min(sequence), 1) FROM journal"
                     " WHERE at > (SELECT max(at) FROM journal) - ?",
                     NEW_STORE_SPAN, &sequence, error)) {
        return false;
    }
    *ret_position = sequence * OFFSETS;
    return true;
}

static bool find_cursor(struct history_cursor *cursor, struct error *error)
{
    struct db_statement *find = NULL;
    if (!db_prepare(cursor->db, "SELECT position FROM cursor WHERE store = ?", &find, error)) {
        return false;
    }
    db_bind_text(find, 1, cursor->store);
    enum db_step step = db_step(find, error);
    int64_t position = step == DB_ROW ? db_int(find, 0) : 0;
    db_reset(find);
    if (step == DB_ROW) {
        cursor->position = position > 0 ? position : 0;
        return true;
    }
    return step == DB_DONE && find_start(cursor, &position, error) &&
           history_cursor_confirm(cursor, position, error);
}

bool history_cursor_open(struct history *history, const char *store,
                         struct history_cursor **ret_cursor, struct error *error)
{
    struct history_cursor *cursor = memory_take(1, sizeof *cursor);
    cursor->history = history;
    cursor->store = memory_copy(store);
    if (!db_open(history->path, DB_NORMAL, history_migrations, &cursor->db, error) ||
        !prepare_cursor(cursor, error) || !find_cursor(cursor, error)) {
        history_cursor_close(cursor);
        return false;
    }
    *ret_cursor = cursor;
    return true;
}

void history_cursor_close(struct history_cursor *cursor)
{
    if (cursor != NULL) {
        db_close(cursor->db);
        free(cursor->store);
        free(cursor);
    }
}

/* The readings gathered so far. */
struct gathering {
    struct reading *readings;
    int32_t count, max;
    int64_t position;
};

/* Adds the readings of the row after the first `skip`. False: there was no room for all. */
static bool take_row(const struct history_cursor *cursor, struct gathering *gathering, int64_t skip)
{
    int64_t sequence = db_int(cursor->rows, 0);
    struct reading_codec_decoder decoder = history_decode(cursor->rows, 1);
    struct reading reading;
    for (int64_t i = 0; reading_codec_next(&decoder, &reading); i++) {
        int32_t point = reading.point < cursor->history->number_count
                            ? cursor->history->point_of[reading.point]
                            : -1;
        if (i < skip || point < 0) {
            continue;
        }
        if (gathering->count == gathering->max) {
            gathering->position = sequence * OFFSETS + i;
            return false;
        }
        reading.point = point;
        gathering->readings[gathering->count++] = reading;
    }
    gathering->position = (sequence + 1) * OFFSETS;
    return true;
}

int32_t history_cursor_next(struct history_cursor *cursor, struct reading *readings, int32_t max,
                            int64_t *ret_sequence, struct error *error)
{
    CHECK(max > 0);
    struct gathering gathering = {.readings = readings, .max = max, .position = cursor->position};
    int64_t row = cursor->position / OFFSETS;
    db_bind_int(cursor->rows, 1, row);
    enum db_step step = DB_ROW;
    bool has_room = true;
    while (has_room && gathering.count < max && (step = db_step(cursor->rows, error)) == DB_ROW) {
        bool is_begun = db_int(cursor->rows, 0) == row;
        has_room = take_row(cursor, &gathering, is_begun ? cursor->position % OFFSETS : 0);
    }
    db_reset(cursor->rows);
    if (step == DB_FAILED) {
        return -1;
    }
    *ret_sequence = gathering.position;
    return gathering.count;
}

bool history_cursor_confirm(struct history_cursor *cursor, int64_t sequence, struct error *error)
{
    db_bind_text(cursor->move, 1, cursor->store);
    db_bind_int(cursor->move, 2, sequence);
    if (!db_execute(cursor->move, error)) {
        return false;
    }
    cursor->position = sequence > cursor->position ? sequence : cursor->position;
    return true;
}

int64_t history_cursor_backlog(struct history_cursor *cursor, ms_t *ret_oldest_at)
{
    *ret_oldest_at = 0;
    int64_t row = cursor->position / OFFSETS;
    db_bind_int(cursor->behind, 1, row);
    if (db_step(cursor->behind, NULL) != DB_ROW) {
        return 0; /* nothing after the cursor, or the database failed */
    }
    bool is_begun = db_int(cursor->behind, 2) == row;
    int64_t count = db_int(cursor->behind, 0) - (is_begun ? cursor->position % OFFSETS : 0);
    *ret_oldest_at = db_int(cursor->behind, 1);
    db_reset(cursor->behind);
    return count > 0 ? count : 0;
}
