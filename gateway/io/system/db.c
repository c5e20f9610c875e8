#include "gateway/io/system/db.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/memory.h"

enum {
    APPLICATION_ID = 0x48756F79, /* "Huoy": file(1) and we recognize our files by it */
    BUSY_MS = 1000,              /* how long one of our connections waits for another */
};

struct db_statement {
    struct db *db;
    sqlite3_stmt *handle;
    struct db_statement *next;
    bool has_failed_bind; /* out of memory or too long: the next step says so */
};

struct db {
    sqlite3 *handle;
    char *path;
    struct db_statement *statements; /* all that were prepared, to be closed with it */
};

static bool fail_with_reason(const struct db *db, const char *what, struct error *error)
{
    int code = sqlite3_errcode(db->handle) & 0xFF; /* the upper bits refine the code */
    int system_code = sqlite3_system_errno(db->handle);
    if (system_code != 0 && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN)) {
        return error_set_errno(error, system_code, "cannot %s '%s'", what, db->path);
    }
    return error_set(error, "cannot %s '%s': %s", what, db->path, sqlite3_errmsg(db->handle));
}

/* SQLite would make the file readable for all. An existing one is not opened: closing any
 * descriptor of a file drops the locks that SQLite holds on it elsewhere in this process. */
static bool make_private_file(const char *path, struct error *error)
{
    int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0) {
        return errno == EEXIST || error_set_errno(error, errno, "cannot make '%s'", path);
    }
    (void) close(fd);
    return true;
}

static bool open_handle(const char *path, int flags, struct db **ret_db, struct error *error)
{
    struct db *db = memory_take(1, sizeof *db);
    db->path = memory_copy(path);
    int code = sqlite3_open_v2(path, &db->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK) {
        (void) fail_with_reason(db, "open", error);
        db_close(db);
        return false;
    }
    (void) sqlite3_extended_result_codes(db->handle, 1);
    (void) sqlite3_busy_timeout(db->handle, BUSY_MS);
    *ret_db = db;
    return true;
}

bool db_read_int(struct db *db, const char *sql, int64_t parameter, int64_t *ret_number,
                 struct error *error)
{
    sqlite3_stmt *statement = NULL;
    bool is_ok = sqlite3_prepare_v2(db->handle, sql, -1, &statement, NULL) == SQLITE_OK &&
                 (sqlite3_bind_parameter_count(statement) == 0 ||
                  sqlite3_bind_int64(statement, 1, parameter) == SQLITE_OK) &&
                 sqlite3_step(statement) == SQLITE_ROW;
    if (is_ok) {
        *ret_number = sqlite3_column_int64(statement, 0);
    } else {
        (void) fail_with_reason(db, "read", error);
    }
    (void) sqlite3_finalize(statement);
    return is_ok;
}

static bool run_migration(struct db *db, const char *migration, int64_t version,
                          struct error *error)
{
    char stamp[64]; /* a pragma takes no bound value; this is a number of ours */
    (void) snprintf(stamp, sizeof stamp, "PRAGMA user_version = %d", (int) version);
    bool is_ok = db_begin(db, error) && db_run(db, migration, error) && db_run(db, stamp, error);
    return db_end(db, is_ok, error);
}

static bool migrate_schema(struct db *db, const char *const *migrations, struct error *error)
{
    int64_t known = 0;
    while (migrations[known] != NULL) {
        known++;
    }
    int64_t version = 0;
    if (!db_read_int(db, "PRAGMA user_version", 0, &version, error)) {
        return false;
    }
    if (version < 0 || version > known) {
        return error_set(error,
                         "'%s' was written by a newer huoyan (schema %d, this one knows %d); "
                         "install that version or restore a backup",
                         db->path, (int) version, (int) known);
    }
    for (int64_t i = version; i < known; i++) {
        if (!run_migration(db, migrations[i], i + 1, error)) {
            return false;
        }
    }
    return true;
}

/* An empty file has no application id and no tables; any other must be ours. */
static bool claim_file(struct db *db, struct error *error)
{
    int64_t id = 0;
    int64_t tables = 0;
    if (!db_read_int(db, "PRAGMA application_id", 0, &id, error) ||
        !db_read_int(db, "SELECT count(*) FROM sqlite_schema", 0, &tables, error)) {
        return false;
    }
    if (id == APPLICATION_ID) {
        return true;
    }
    if (id != 0 || tables != 0) {
        return error_set(error, "'%s' is the database of another program; move it away", db->path);
    }
    char mark[64];
    (void) snprintf(mark, sizeof mark, "PRAGMA application_id = %d", APPLICATION_ID);
    /* Before the first table and before WAL, or the file could never shrink. */
    return db_run(db, "PRAGMA auto_vacuum = INCREMENTAL", error) && db_run(db, mark, error);
}

bool db_open(const char *path, enum db_durability durability, const char *const *migrations,
             struct db **ret_db, struct error *error)
{
    struct db *db = NULL;
    if (!make_private_file(path, error) || !open_handle(path, SQLITE_OPEN_READWRITE, &db, error)) {
        return false;
    }
    const char *synchronous =
        durability == DB_FULL ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL";
    bool is_ok = claim_file(db, error) && db_run(db, "PRAGMA journal_mode = WAL", error) &&
                 db_run(db, synchronous, error) && db_run(db, "PRAGMA foreign_keys = ON", error) &&
                 db_run(db, "PRAGMA journal_size_limit = 16777216", error) &&
                 db_run(db, "PRAGMA cache_size = -1024", error) &&
                 migrate_schema(db, migrations, error);
    if (!is_ok) {
        db_close(db);
        return false;
    }
    *ret_db = db;
    return true;
}

bool db_open_read_only(const char *path, struct db **ret_db, struct error *error)
{
    struct db *db = NULL;
    if (!open_handle(path, SQLITE_OPEN_READONLY, &db, error)) {
        return false;
    }
    if (!db_run(db, "PRAGMA cache_size = -1024", error)) {
        db_close(db);
        return false;
    }
    *ret_db = db;
    return true;
}

bool db_is_damaged(const char *path)
{
    struct db *db = NULL;
    if (access(path, F_OK) != 0 || !open_handle(path, SQLITE_OPEN_READONLY, &db, NULL)) {
        return false;
    }
    sqlite3_stmt *statement = NULL;
    bool is_read = sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1, &statement, NULL) ==
                       SQLITE_OK &&
                   sqlite3_step(statement) == SQLITE_ROW;
    int code = sqlite3_errcode(db->handle) & 0xFF;
    bool is_damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
    if (is_read) {
        const void *result = sqlite3_column_text(statement, 0);
        is_damaged = result == NULL || strcmp(result, "ok") != 0;
    }
    (void) sqlite3_finalize(statement);
    db_close(db);
    return is_damaged;
}

bool db_set_aside(const char *path, int64_t stamp, struct error *error)
{
    static const char *const parts[] = {
        "-wal", "-shm", ""}; /* the file last: without it the others are never found */
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        char from[PATH_MAX];
        char to[PATH_MAX];
        int length =
            snprintf(to, sizeof to, "%s.damaged-%lld%s", path, (long long) stamp, parts[i]);
        (void) snprintf(from, sizeof from, "%s%s", path, parts[i]);
        if (length >= (int) sizeof to || (rename(from, to) != 0 && errno != ENOENT)) {
            return error_set_errno(error, errno, "cannot rename '%s'", from);
        }
    }
    return true;
}

void db_close(struct db *db)
{
    if (db == NULL) {
        return;
    }
    for (struct db_statement *at = db->statements; at != NULL;) {
        struct db_statement *next = at->next;
        (void) sqlite3_finalize(at->handle);
        free(at);
        at = next;
    }
    CHECK(sqlite3_close(db->handle) == SQLITE_OK);
    free(db->path);
    free(db);
}

bool db_run(struct db *db, const char *sql, struct error *error)
{
    return sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK ||
           fail_with_reason(db, "write", error);
}

bool db_begin(struct db *db, struct error *error)
{
    return db_run(db, "BEGIN IMMEDIATE", error);
}

bool db_end(struct db *db, bool is_ok, struct error *error)
{
    if (is_ok && db_run(db, "COMMIT", error)) {
        return true;
    }
    if (sqlite3_get_autocommit(db->handle) == 0) {
        (void) sqlite3_exec(db->handle, "ROLLBACK", NULL, NULL, NULL);
    }
    return false;
}

bool db_prepare(struct db *db, const char *sql, struct db_statement **ret_statement,
                struct error *error)
{
    sqlite3_stmt *handle = NULL;
    int code = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, NULL);
    if (code != SQLITE_OK) {
        return fail_with_reason(db, "read", error);
    }
    struct db_statement *statement = memory_take(1, sizeof *statement);
    *statement = (struct db_statement){.db = db, .handle = handle, .next = db->statements};
    db->statements = statement;
    *ret_statement = statement;
    return true;
}

bool db_prepare_all(struct db *db, const char *const *sql, int count,
                    struct db_statement **ret_statements, struct error *error)
{
    bool is_ok = true;
    for (int i = 0; is_ok && i < count; i++) {
        is_ok = db_prepare(db, sql[i], &ret_statements[i], error);
    }
    return is_ok;
}

/* A parameter number that the statement does not have is our bug; other failures come from
 * outside. */
static void note_bind(struct db_statement *statement, int code)
{
    CHECK(code != SQLITE_RANGE && code != SQLITE_MISUSE);
    if (code != SQLITE_OK) {
        statement->has_failed_bind = true;
    }
}

void db_bind_int(struct db_statement *statement, int index, int64_t value)
{
    note_bind(statement, sqlite3_bind_int64(statement->handle, index, value));
}

void db_bind_double(struct db_statement *statement, int index, double value)
{
    note_bind(statement, sqlite3_bind_double(statement->handle, index, value));
}

void db_bind_text(struct db_statement *statement, int index, const char *text)
{
    note_bind(statement, sqlite3_bind_text(statement->handle, index, text, -1, SQLITE_TRANSIENT));
}

void db_bind_blob(struct db_statement *statement, int index, const void *bytes, size_t length)
{
    note_bind(statement,
              sqlite3_bind_blob64(statement->handle, index, bytes, length, SQLITE_TRANSIENT));
}

void db_bind_null(struct db_statement *statement, int index)
{
    note_bind(statement, sqlite3_bind_null(statement->handle, index));
}

enum db_step db_step(struct db_statement *statement, struct error *error)
{
    if (statement->has_failed_bind) {
        db_reset(statement);
        (void) error_set(error, "cannot write '%s': a value is too large", statement->db->path);
        return DB_FAILED;
    }
    int code = sqlite3_step(statement->handle);
    if (code == SQLITE_ROW) {
        return DB_ROW;
    }
    if (code != SQLITE_DONE) {
        bool is_read = sqlite3_stmt_readonly(statement->handle) != 0;
        (void) fail_with_reason(statement->db, is_read ? "read" : "write", error);
    }
    db_reset(statement);
    return code == SQLITE_DONE ? DB_DONE : DB_FAILED;
}

bool db_execute(struct db_statement *statement, struct error *error)
{
    enum db_step step = db_step(statement, error);
    CHECK(step != DB_ROW);
    return step == DB_DONE;
}

void db_reset(struct db_statement *statement)
{
    (void) sqlite3_reset(statement->handle);
    (void) sqlite3_clear_bindings(statement->handle);
    statement->has_failed_bind = false;
}

int64_t db_int(struct db_statement *statement, int column)
{
    return sqlite3_column_int64(statement->handle, column);
}

double db_double(struct db_statement *statement, int column)
{
    return sqlite3_column_double(statement->handle, column);
}

const char *db_text(struct db_statement *statement, int column)
{
    const void *text = sqlite3_column_text(statement->handle, column);
    return text == NULL ? "" : text;
}

const void *db_blob(struct db_statement *statement, int column, size_t *ret_length)
{
    const void *bytes = sqlite3_column_blob(statement->handle, column);
    int length = sqlite3_column_bytes(statement->handle, column);
    *ret_length = bytes == NULL || length < 0 ? 0 : (size_t) length;
    return bytes;
}

int64_t db_changes(struct db *db)
{
    return sqlite3_changes64(db->handle);
}
