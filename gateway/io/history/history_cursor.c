/* A reader has a connection of its own, for rows and for its cursor. It writes nothing else, so the writer waits
 * for it only as long as one small row takes (and SQLite's busy timeout covers that). */
#include <stdlib.h>
#include <string.h>

#include "gateway/io/history/history_parts.h"

enum {
    OFFSETS = 8192
}; /* more than READING_CODEC_READINGS_MAX: a position is row * OFFSETS + readings taken of it */

#define NEW_STORE_SPAN MS_PER_DAY /* how much of the past a store gets that was never here before */

struct history_reader {
    struct history *history;
    struct db *db;
    struct db_statement *rows, *move, *behind;
    char *store;
    int64_t position;
};

static bool prepare_cursor(struct history_reader *reader, struct error *error)
{
    return db_prepare(reader->db,
                      "SELECT sequence, blob FROM journal WHERE sequence >= ? ORDER BY sequence",
                      &reader->rows, error) &&
           db_prepare(reader->db,
                      "INSERT INTO cursor(store, position) VALUES(?1, ?2) ON CONFLICT(store)"
                      " DO UPDATE SET position = max(position, ?2)",
                      &reader->move, error) &&
           db_prepare(reader->db,
                      "SELECT (SELECT total FROM journal ORDER BY sequence DESC LIMIT 1)"
                      " - total + readings, at, sequence FROM journal WHERE sequence >= ?"
                      " ORDER BY sequence LIMIT 1",
                      &reader->behind, error);
}

/* The first row of the last day, or the one that comes next. */
static bool find_start(struct history_reader *reader, int64_t *ret_position, struct error *error)
{
    struct db_statement *find = NULL;
    if (!db_prepare(reader->db,
                    "SELECT coalesce(min(sequence), 1) FROM journal"
                    " WHERE at > (SELECT max(at) FROM journal) - ?",
                    &find, error)) {
        return false;
    }
    db_bind_int(find, 1, NEW_STORE_SPAN);
    if (db_step(find, error) != DB_ROW) {
        return false;
    }
    *ret_position = db_int(find, 0) * OFFSETS;
    db_reset(find);
    return true;
}

static bool find_cursor(struct history_reader *reader, struct error *error)
{
    struct db_statement *find = NULL;
    if (!db_prepare(reader->db, "SELECT position FROM cursor WHERE store = ?", &find, error)) {
        return false;
    }
    db_bind_text(find, 1, reader->store);
    enum db_step step = db_step(find, error);
    int64_t position = step == DB_ROW ? db_int(find, 0) : 0;
    db_reset(find);
    if (step == DB_ROW) {
        reader->position = position > 0 ? position : 0;
        return true;
    }
    return step == DB_DONE && find_start(reader, &position, error) &&
           history_reader_confirm(reader, position, error);
}

bool history_reader_open(struct history *history, const char *store,
                         struct history_reader **ret_reader, struct error *error)
{
    struct history_reader *reader = calloc(1, sizeof *reader);
    CHECK(reader != NULL);
    reader->history = history;
    reader->store = strdup(store);
    CHECK(reader->store != NULL);
    if (!db_open(history->path, DB_NORMAL, history_migrations, &reader->db, error) ||
        !prepare_cursor(reader, error) || !find_cursor(reader, error)) {
        history_reader_close(reader);
        return false;
    }
    *ret_reader = reader;
    return true;
}

void history_reader_close(struct history_reader *reader)
{
    if (reader != NULL) {
        db_close(reader->db);
        free(reader->store);
        free(reader);
    }
}

/* What next() has gathered so far. */
struct harvest {
    struct reading *readings;
    int32_t count, max;
    int64_t position;
};

/* Takes what the row has beyond `skip` readings; false: there was no room for all. */
static bool take_row(const struct history_reader *reader, struct harvest *harvest, int64_t skip)
{
    size_t length = 0;
    int64_t sequence = db_int(reader->rows, 0);
    const void *bytes = db_blob(reader->rows, 1, &length);
    struct reading_decoder decoder = reading_codec_decode(bytes, length);
    struct reading reading;
    for (int64_t i = 0; reading_codec_next(&decoder, &reading); i++) {
        int32_t point = reading.point < reader->history->number_count
                            ? reader->history->point_of[reading.point]
                            : -1;
        if (i < skip || point < 0) {
            continue;
        }
        if (harvest->count == harvest->max) {
            harvest->position = sequence * OFFSETS + i;
            return false;
        }
        reading.point = point;
        harvest->readings[harvest->count++] = reading;
    }
    harvest->position = (sequence + 1) * OFFSETS;
    return true;
}

int32_t history_reader_next(struct history_reader *reader, struct reading *readings, int32_t max,
                            int64_t *ret_sequence, struct error *error)
{
    CHECK(max > 0);
    struct harvest harvest = {.readings = readings, .max = max, .position = reader->position};
    int64_t row = reader->position / OFFSETS;
    db_bind_int(reader->rows, 1, row);
    enum db_step step = DB_ROW;
    bool has_room = true;
    while (has_room && harvest.count < max && (step = db_step(reader->rows, error)) == DB_ROW) {
        bool is_begun = db_int(reader->rows, 0) == row;
        has_room = take_row(reader, &harvest, is_begun ? reader->position % OFFSETS : 0);
    }
    db_reset(reader->rows);
    if (step == DB_FAILED) {
        return -1;
    }
    *ret_sequence = harvest.position;
    return harvest.count;
}

bool history_reader_confirm(struct history_reader *reader, int64_t sequence, struct error *error)
{
    db_bind_text(reader->move, 1, reader->store);
    db_bind_int(reader->move, 2, sequence);
    if (!db_execute(reader->move, error)) {
        return false;
    }
    reader->position = sequence > reader->position ? sequence : reader->position;
    return true;
}

int64_t history_reader_backlog(struct history_reader *reader, ms_t *ret_oldest_at)
{
    *ret_oldest_at = 0;
    int64_t row = reader->position / OFFSETS;
    db_bind_int(reader->behind, 1, row);
    if (db_step(reader->behind, NULL) != DB_ROW) {
        return 0; /* nothing behind the cursor, or no answer */
    }
    bool is_begun = db_int(reader->behind, 2) == row;
    int64_t count = db_int(reader->behind, 0) - (is_begun ? reader->position % OFFSETS : 0);
    *ret_oldest_at = db_int(reader->behind, 1);
    db_reset(reader->behind);
    return count > 0 ? count : 0;
}
