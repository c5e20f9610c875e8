/* Once a minute: rows of the minutes that are over are packed into one that keeps the last one's
 * sequence, old rows go, free pages are given back.
 *
 * A store whose cursor stood among the packed rows gets that minute again. It stores the same
 * samples under the same times, so that does no harm. */
#include <string.h>

#include "gateway/base/thread.h"
#include "gateway/io/history/history_parts.h"

enum {
    PURGE_ROWS = 200,  /* read at a time */
    PURGE_ROUNDS = 50, /* in one transaction */
    VACUUM_FROM = 64,  /* free pages; fewer are used again anyway */
};

/* Rows that will become one. */
struct group {
    int64_t first, last; /* sequences */
    int32_t rows, count; /* count of readings, in history->group */
};

/* Adds the current row to the group. False: it does not fit, or it is damaged and must stay as it
 * is. */
static bool take_group_row(struct history *history, struct group *group, struct db_statement *row)
{
    int64_t readings = db_int(row, 2);
    if (readings <= 0 || readings > READING_CODEC_READINGS_MAX - group->count) {
        return false;
    }
    struct reading_codec_decoder decoder = history_decode(row, 3);
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

/* The last row keeps its sequence and total, so cursors and backlog counts stay right. */
static bool pack_group(struct history *history, const struct group *group, struct error *error)
{
    struct db_statement *remove = history->sql[SQL_PACK_REMOVE];
    struct db_statement *keep = history->sql[SQL_PACK_KEEP];
    size_t length = reading_codec_encode(history->group, group->count, history->blob);
    db_bind_int(remove, 1, group->first);
    db_bind_int(remove, 2, group->last);
    db_bind_int(keep, 1, group->last);
    db_bind_int(keep, 2, history_latest(history->group, group->count));
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
        is_full = !take_group_row(history, &group, rows);
    }
    int64_t next = is_full ? db_int(rows, 0) : 0;
    db_reset(rows);
    if (step == DB_FAILED || (group.rows > 1 && !pack_group(history, &group, error))) {
        return false;
    }
    if (group.rows > 0) {
        history->packed = group.last;
    } else if (is_full) {
        history->packed = next; /* cannot be packed: go on after it */
    }
    *ret_more = is_full;
    return true;
}

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

struct old_rows {
    int32_t count;
    int64_t sequence[PURGE_ROWS];
    int64_t readings;
};

/* The oldest rows that end before `until`; never the newest row, which carries sequence and
 * total. */
static bool find_old_rows(struct history *history, ms_t until, struct old_rows *ret_rows,
                          struct error *error)
{
    struct db_statement *oldest = history->sql[SQL_OLDEST];
    struct old_rows rows = {0};
    db_bind_int(oldest, 1, PURGE_ROWS);
    enum db_step step = DB_ROW;
    while ((step = db_step(oldest, error)) == DB_ROW && db_int(oldest, 1) < until) {
        if (db_int(oldest, 0) < history->sequence) {
            rows.sequence[rows.count++] = db_int(oldest, 0);
            rows.readings += db_int(oldest, 2);
        }
    }
    db_reset(oldest);
    *ret_rows = rows;
    return step != DB_FAILED;
}

static bool remove_old_rows(struct history *history, const struct old_rows *rows,
                            struct error *error)
{
    for (int32_t i = 0; i < rows->count; i++) {
        db_bind_int(history->sql[SQL_REMOVE], 1, rows->sequence[i]);
        if (!db_execute(history->sql[SQL_REMOVE], error)) {
            return false;
        }
    }
    history->purged_now += rows->readings;
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
        struct old_rows rows;
        /* Pages are counted without the free ones: removing rows frees pages, it does not shrink
         * the file. */
        ms_t until = is_too_large(history, pages) ? INT64_MAX : too_old;
        if (!find_old_rows(history, until, &rows, error)) {
            return false;
        }
        if (rows.count == 0) {
            break;
        }
        if (!remove_old_rows(history, &rows, error) || !read_pages(history, pages, error)) {
            return false;
        }
    }
    return true;
}

/* Inside the transaction. */
static bool maintain_tables(struct history *history, struct error *error)
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

bool history_maintain(struct history *history, struct error *error)
{
    history->purged_now = 0;
    int64_t packed = history->packed;
    bool is_ok = db_begin(history->db, error) && maintain_tables(history, error);
    if (!db_end(history->db, is_ok, error)) {
        history->packed = packed;   /* the rollback has restored the rows */
        history->maintained_at = 0; /* again with the next commit */
        return false;
    }
    struct pages pages = {0};
    (void) read_pages(history, &pages, NULL);
    thread_lock(&history->lock);
    history->status.purged += history->purged_now;
    history->status.bytes = pages.count * pages.size;
    thread_unlock(&history->lock);
    return true;
}
