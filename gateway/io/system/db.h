/* db.h - the only user of SQLite: open, statements, transactions; every failure is a sentence.
 *
 * One handle belongs to one thread. All SQL is a constant; values are bound, never pasted. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"

struct db;
struct db_statement;

enum db_durability { DB_FULL, DB_NORMAL };

/* Opens or makes the file in WAL mode. `migrations` is a NULL-ended list: step i brings the schema
 * from version i to i+1 (PRAGMA user_version), each in a transaction. A newer version than we know
 * is refused. */
MUST_CHECK bool db_open(const char *path, enum db_durability durability,
                        const char *const *migrations, struct db **ret_db, struct error *error);
MUST_CHECK bool db_open_read_only(const char *path, struct db **ret_db, struct error *error);

/* True: the file is there, but is no database any more. Reads it whole; for a file that db_open
 * refused. */
bool db_is_damaged(const char *path);
/* Renames it and its WAL files to "PATH.damaged-STAMP". */
MUST_CHECK bool db_set_aside(const char *path, int64_t stamp, struct error *error);

void db_close(struct db *db); /* NULL is allowed; finalizes its statements */

MUST_CHECK bool db_run(struct db *db, const char *sql, struct error *error);

/* A transaction that writes. db_end commits when `is_ok`, else it rolls back; it may also be called
 * after db_begin has failed. True: committed. */
MUST_CHECK bool db_begin(struct db *db, struct error *error);
MUST_CHECK bool db_end(struct db *db, bool is_ok, struct error *error);

/* The first column of the first row as a number; `parameter` is bound to ?1 if the SQL has one.
 * False: it failed, or there is no row. */
MUST_CHECK bool db_read_int(struct db *db, const char *sql, int64_t parameter, int64_t *ret_number,
                            struct error *error);

/* Prepared once, kept by the caller, closed by db_close at the latest. */
MUST_CHECK bool db_prepare(struct db *db, const char *sql, struct db_statement **ret_statement,
                           struct error *error);

MUST_CHECK bool db_prepare_all(struct db *db, const char *const *sql, int count,
                               struct db_statement **ret_statements, struct error *error);

/* Parameters from 1. Text and blobs are copied. */
void db_bind_int(struct db_statement *statement, int index, int64_t value);
void db_bind_double(struct db_statement *statement, int index, double value);
void db_bind_text(struct db_statement *statement, int index, const char *text);
void db_bind_blob(struct db_statement *statement, int index, const void *bytes, size_t length);
void db_bind_null(struct db_statement *statement, int index);

enum db_step { DB_ROW, DB_DONE, DB_FAILED };

/* Steps; on DONE and FAILED the statement is reset and its bindings cleared. */
enum db_step db_step(struct db_statement *statement, struct error *error);
/* Runs a statement that gives no rows. */
MUST_CHECK bool db_execute(struct db_statement *statement, struct error *error);
void db_reset(struct db_statement *statement);

/* Columns from 0, of the current row. Text and blobs live until the next step. */
int64_t db_int(struct db_statement *statement, int column);
double db_double(struct db_statement *statement, int column);
const char *db_text(struct db_statement *statement, int column); /* "" for NULL */
const void *db_blob(struct db_statement *statement, int column, size_t *ret_length);

int64_t db_changes(struct db *db); /* rows changed by the last statement */
