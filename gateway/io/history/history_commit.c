/* What a commit does to the file.
 *
 * A row of `journal` is one commit, or a minute of them: rows of a minute that is over are packed into one that
 * keeps the last one's sequence. A store whose cursor stood among them gets that minute again, which it takes
 * for the same samples. */
#include <string.h>

#include "gateway/io/history/history_parts.h"

enum {
    PURGE_ROWS = 200,  /* read at a time */
    PURGE_ROUNDS = 50, /* in one transaction */
    VACUUM_FROM = 64,  /* free pages; fewer are used again anyway */
};

static const char schema[] =
    "CREATE TABLE point(number INTEGER PRIMARY KEY, id TEXT UNIQUE);"
    /* `at` is the latest time in the blob, which spans less than a minute; `total` counts all readings up to
     * and with this row since the file was made. The newest row is never removed, so both go on rising. */
    "CREATE TABLE journal(sequence INTEGER PRIMARY KEY, at INTEGER, readings INTEGER,"
    "  total INTEGER, blob BLOB);"
    "CREATE INDEX journal_by_time ON journal(at);"
    "CREATE TABLE minute(hour INTEGER, point INTEGER, blob BLOB, PRIMARY KEY(hour, point))"
    "  WITHOUT ROWID;"
    /* What a store reads next: row * 8192 + readings of it that it has. */
    "CREATE TABLE cursor(store TEXT PRIMARY KEY, position INTEGER) WITHOUT ROWID;";

const char *const history_migrations[] = {schema, NULL};

const char *const history_sql_text[SQL_COUNT] = {
    [SQL_JOURNAL] = "INSERT INTO journal(sequence, at, readings, total, blob) VALUES(?,?,?,?,?)",
    [SQL_MINUTE_GET] = "SELECT blob FROM minute WHERE hour = ? AND point = ?",
    [SQL_MINUTE_PUT] = "INSERT OR REPLACE INTO minute(hour, point, blob) VALUES(?,?,?)",
    [SQL_UNPACKED] = ("SELECT sequence, at, readings, blob FROM journal WHERE sequence > ?"
                      " ORDER BY sequence"),
    [SQL_PACK_REMOVE] = "DELETE FROM journal WHERE sequence >= ? AND sequence < ?",
    [SQL_PACK_KEEP] = "UPDATE journal SET at = ?2, readings = ?3, blob = ?4 WHERE sequence = ?1",
    [SQL_OLDEST] = "SELECT sequence, at, readings FROM journal ORDER BY at LIMIT ?",
    [SQL_REMOVE] = "DELETE FROM journal WHERE sequence = ?",
    [SQL_FORGET_MINUTES] =
        "DELETE FROM minute WHERE hour < (SELECT min(at) FROM journal) / 3600000",
    [SQL_PAGES] = ("SELECT page_count, freelist_count, page_size FROM pragma_page_count,"
                   " pragma_freelist_count, pragma_page_size"),
};

int32_t history_run(const struct history *history, int32_t count, int64_t *ret_hour)
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

/* A reading of an hour that is closed already. */
static bool add_late(struct history *history, const struct reading *reading, struct error *error)
{
    struct minute_aggregates minutes = {0};
    struct db_statement *sql = history->sql[SQL_MINUTE_GET];
    db_bind_int(sql, 1, hour_of(reading->at));
    db_bind_int(sql, 2, reading->point);
    enum db_step step = db_step(sql, error);
    if (step == DB_ROW) {
        size_t length = 0;
        const void *bytes = db_blob(sql, 0, &length);
        (void) minute_aggregates_decode(bytes, length, &minutes); /* damaged: what is left of it */
    }
    db_reset(sql);
    minute_aggregates_add(&minutes, reading);
    return step != DB_FAILED &&
           put_minutes(history, hour_of(reading->at), reading->point, &minutes, error);
}

static ms_t latest_time(const struct reading *readings, int32_t count)
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
    db_bind_int(sql, 2, latest_time(readings, count));
    db_bind_int(sql, 3, count);
    db_bind_int(sql, 4, total);
    db_bind_blob(sql, 5, history->blob, length);
    return db_execute(sql, error);
}

bool history_write(struct history *history, int32_t count, int64_t hour, int64_t *ret_sequence,
                   struct error *error)
{
    if (hour > history->hour && !close_hour(history, error)) {
        return false;
    }
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
        if (hour_of(history->batch[i].at) < hour && !add_late(history, &history->batch[i], error)) {
            return false;
        }
    }
    *ret_sequence = sequence;
    return true;
}

/* --- packing --- */

/* Rows that will become one. */
struct group {
    int64_t first, last; /* sequences */
    int32_t rows, count; /* count of readings, in history->group */
};

/* Takes the row that stands in the statement, or says that the group is full. A damaged row stays as it is. */
static bool group_take(struct history *history, struct group *group, struct db_statement *row)
{
    int64_t readings = db_int(row, 2);
    if (readings <= 0 || readings > READING_CODEC_READINGS_MAX - group->count) {
        return false;
    }
    size_t length = 0;
    const void *bytes = db_blob(row, 3, &length);
    struct reading_codec_decoder decoder = reading_codec_decode(bytes, length);
    int32_t count = group->count;
    int32_t end = group->count + (int32_t) readings;
    while (count < end && reading_codec_next(&decoder, &history->group[count])) {
        count++;
    }
    if (count < end || reading_codec_fit(history->group, count) < count) {
        return false;
    }
    group->first = group->rows == 0 ? db_int(row, 0) : group->first;
    group->last = db_int(row, 0);
    group->rows++;
    group->count = count;
    return true;
}

static bool pack_group(struct history *history, const struct group *group, struct error *error)
{
    struct db_statement *remove = history->sql[SQL_PACK_REMOVE];
    struct db_statement *keep = history->sql[SQL_PACK_KEEP];
    size_t length = reading_codec_encode(history->group, group->count, history->blob);
    db_bind_int(remove, 1, group->first);
    db_bind_int(remove, 2, group->last);
    db_bind_int(keep, 1, group->last);
    db_bind_int(keep, 2, latest_time(history->group, group->count));
    db_bind_int(keep, 3, group->count);
    db_bind_blob(keep, 4, history->blob, length);
    return db_execute(remove, error) && db_execute(keep, error);
}

/* Packs the next group of rows that end before `until`. ret_more: there may be another. */
static bool pack_next(struct history *history, ms_t until, bool *ret_more, struct error *error)
{
    struct db_statement *rows = history->sql[SQL_UNPACKED];
    db_bind_int(rows, 1, history->packed);
    struct group group = {0};
    enum db_step step = DB_ROW;
    bool is_full = false;
    while (!is_full && (step = db_step(rows, error)) == DB_ROW && db_int(rows, 1) < until) {
        is_full = !group_take(history, &group, rows);
    }
    int64_t next = is_full ? db_int(rows, 0) : 0;
    db_reset(rows);
    if (step == DB_FAILED || (group.rows > 1 && !pack_group(history, &group, error))) {
        return false;
    }
    if (group.rows > 0) {
        history->packed = group.last;
    } else if (is_full) {
        history->packed = next; /* fits with nothing */
    }
    *ret_more = is_full;
    return true;
}

/* --- retention --- */

struct pages {
    int64_t count, free, size;
};

static bool read_pages(struct history *history, struct pages *ret_pages, struct error *error)
{
    struct db_statement *sql = history->sql[SQL_PAGES];
    if (db_step(sql, error) != DB_ROW) {
        return false;
    }
    *ret_pages = (struct pages){db_int(sql, 0), db_int(sql, 1), db_int(sql, 2)};
    db_reset(sql);
    return true;
}

struct victims {
    int32_t count;
    int64_t sequence[PURGE_ROWS];
    int64_t readings;
};

/* The oldest rows that end before `until`, and never the newest row. */
static bool find_victims(struct history *history, ms_t until, struct victims *ret_victims,
                         struct error *error)
{
    struct db_statement *oldest = history->sql[SQL_OLDEST];
    struct victims victims = {0};
    db_bind_int(oldest, 1, PURGE_ROWS);
    enum db_step step = DB_ROW;
    while ((step = db_step(oldest, error)) == DB_ROW && db_int(oldest, 1) < until) {
        if (db_int(oldest, 0) < history->sequence) {
            victims.sequence[victims.count++] = db_int(oldest, 0);
            victims.readings += db_int(oldest, 2);
        }
    }
    db_reset(oldest);
    *ret_victims = victims;
    return step != DB_FAILED;
}

static bool remove_victims(struct history *history, const struct victims *victims,
                           struct error *error)
{
    for (int32_t i = 0; i < victims->count; i++) {
        db_bind_int(history->sql[SQL_REMOVE], 1, victims->sequence[i]);
        if (!db_execute(history->sql[SQL_REMOVE], error)) {
            return false;
        }
    }
    history->purged_now += victims->readings;
    return db_execute(history->sql[SQL_FORGET_MINUTES], error);
}

static bool is_too_large(const struct history *history, const struct pages *pages)
{
    return (pages->count - pages->free) * pages->size > history->bytes_max;
}

static bool purge_oldest(struct history *history, struct pages *pages, struct error *error)
{
    ms_t too_old = history->newest - history->keep_ms;
    for (int i = 0; i < PURGE_ROUNDS; i++) {
        struct victims victims;
        ms_t until = is_too_large(history, pages) ? INT64_MAX : too_old;
        if (!find_victims(history, until, &victims, error)) {
            return false;
        }
        if (victims.count == 0) {
            break;
        }
        if (!remove_victims(history, &victims, error) || !read_pages(history, pages, error)) {
            return false;
        }
    }
    return true;
}

bool history_maintain(struct history *history, struct error *error)
{
    struct pages pages;
    if (!read_pages(history, &pages, error)) {
        return false;
    }
    ms_t minute = history->newest - history->newest % MS_PER_MINUTE;
    if (minute == history->maintained_at && !is_too_large(history, &pages)) {
        return true;
    }
    bool is_more = true;
    while (is_more) {
        if (!pack_next(history, minute, &is_more, error)) {
            return false;
        }
    }
    if (!purge_oldest(history, &pages, error) || !read_pages(history, &pages, error)) {
        return false;
    }
    history->maintained_at = minute;
    return pages.free < VACUUM_FROM || db_run(history->db, "PRAGMA incremental_vacuum", error);
}
