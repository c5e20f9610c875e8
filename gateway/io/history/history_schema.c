/* The tables of history.db and the statements of its writer.
 *
 * A row of `journal` is one commit, or a minute of them (history_maintain.c). */
#include "gateway/io/history/history_parts.h"

static const char schema[] =
    "CREATE TABLE point(number INTEGER PRIMARY KEY, id TEXT UNIQUE);"
    /* `at` is the latest time in the blob, which spans less than a minute; `total` counts all
     * readings up to and with this row since the file was made. The newest row is never removed, so
     * both keep rising. */
    "CREATE TABLE journal(sequence INTEGER PRIMARY KEY, at INTEGER, readings INTEGER,"
    "  total INTEGER, blob BLOB);"
    "CREATE INDEX journal_by_time ON journal(at);"
    "CREATE TABLE minute(hour INTEGER, point INTEGER, blob BLOB, PRIMARY KEY(hour, point))"
    "  WITHOUT ROWID;"
    /* The next reading of a store: row * 8192 + the readings of this row that it has. */
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
