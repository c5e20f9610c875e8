#include "gateway/io/system/db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/expect.h"

static const char *const migrations[] = {
    "CREATE TABLE thing(id INTEGER PRIMARY KEY, name TEXT, size REAL, bytes BLOB);", NULL};
static const char *const newer[] = {
    "CREATE TABLE thing(id INTEGER PRIMARY KEY, name TEXT, size REAL, bytes BLOB);",
    "ALTER TABLE thing ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';", NULL};
static const char *const broken[] = {
    "CREATE TABLE thing(id INTEGER PRIMARY KEY, name TEXT, size REAL, bytes BLOB);",
    "CREATE TABLE other(id); CREATE TABLE thing(id);", NULL};

static char folder[64];
static char path[96];
static struct error error;

static int make_folder(void **unused)
{
    (void) unused;
    (void) snprintf(folder, sizeof folder, "/tmp/huoyan-db-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void) snprintf(path, sizeof path, "%s/test.db", folder);
    return 0;
}

static int remove_folder(void **unused)
{
    (void) unused;
    static const char *const endings[] = {"", "-wal", "-shm"};
    for (int i = 0; i < 3; i++) {
        char file[128];
        (void) snprintf(file, sizeof file, "%s%s", path, endings[i]);
        (void) unlink(file);
    }
    return rmdir(folder);
}

static struct db *open_test(void)
{
    struct db *db = NULL;
    assert_true(db_open(path, DB_NORMAL, migrations, &db, &error));
    return db;
}

static int64_t ask_number(struct db *db, const char *sql)
{
    int64_t number = 0;
    assert_true(db_read_int(db, sql, 0, &number, &error));
    return number;
}

static void what_is_bound_comes_back(void **unused)
{
    (void) unused;
    struct db *db = open_test();
    struct db_statement *insert = NULL;
    struct db_statement *select = NULL;
    assert_true(
        db_prepare(db, "INSERT INTO thing(name, size, bytes) VALUES(?,?,?)", &insert, &error));
    assert_true(db_prepare(db, "SELECT name, size, bytes, id FROM thing", &select, &error));
    db_bind_text(insert, 1, "火眼'); DROP TABLE thing; --");
    db_bind_double(insert, 2, 0.1);
    db_bind_blob(insert, 3, "a\0b", 3);
    assert_true(db_execute(insert, &error));
    assert_int_equal(db_changes(db), 1);

    size_t length = 0;
    assert_int_equal(db_step(select, &error), DB_ROW);
    assert_string_equal(db_text(select, 0), "火眼'); DROP TABLE thing; --");
    expect_near(db_double(select, 1), 0.1, 0);
    assert_memory_equal(db_blob(select, 2, &length), "a\0b", 3);
    assert_int_equal(length, 3);
    assert_int_equal(db_int(select, 3), 1);
    assert_int_equal(db_step(select, &error), DB_DONE);
    assert_true(db_execute(insert, &error)); /* the bindings were cleared */
    assert_int_equal(ask_number(db, "SELECT count(*) FROM thing WHERE name IS NULL"), 1);
    db_close(db);
}

static void the_file_is_for_its_owner_alone(void **unused)
{
    (void) unused;
    struct db *db = open_test();
    struct stat status;
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(ask_number(db, "PRAGMA foreign_keys"), 1);
    assert_int_equal(ask_number(db, "PRAGMA auto_vacuum"), 2);
    db_close(db);
}

static void a_schema_is_brought_up_to_date_with_its_rows(void **unused)
{
    (void) unused;
    struct db *db = open_test();
    assert_true(db_run(db, "INSERT INTO thing(name) VALUES('old')", &error));
    db_close(db);
    assert_true(db_open(path, DB_FULL, newer, &db, &error));
    assert_int_equal(ask_number(db, "SELECT count(*) FROM thing WHERE colour = 'red'"), 1);
    assert_int_equal(ask_number(db, "PRAGMA user_version"), 2);
    db_close(db);
}

static void a_newer_schema_is_refused_with_a_sentence(void **unused)
{
    (void) unused;
    struct db *db = NULL;
    assert_true(db_open(path, DB_FULL, newer, &db, &error));
    db_close(db);
    db = NULL;
    assert_false(db_open(path, DB_FULL, migrations, &db, &error));
    assert_null(db);
    assert_non_null(strstr(error.text, "newer huoyan (schema 2, this one knows 1)"));
    assert_non_null(strstr(error.text, path));
}

static void a_migration_that_fails_leaves_nothing_behind(void **unused)
{
    (void) unused;
    db_close(open_test());
    struct db *db = NULL;
    assert_false(db_open(path, DB_FULL, broken, &db, &error));
    db = open_test();
    assert_int_equal(ask_number(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'other'"), 0);
    db_close(db);
}

static void a_foreign_file_is_left_alone(void **unused)
{
    (void) unused;
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_true(fputs("this is a text file, longer than a header needs to be, so SQLite reads it "
                      "and finds that it has never been a database at all....",
                      file) > 0);
    assert_int_equal(fclose(file), 0);
    struct db *db = NULL;
    assert_false(db_open(path, DB_FULL, migrations, &db, &error));
    assert_non_null(strstr(error.text, "not a database"));
}

static void a_missing_folder_is_named(void **unused)
{
    (void) unused;
    struct db *db = NULL;
    assert_false(db_open("/tmp/huoyan-no-such/x.db", DB_FULL, migrations, &db, &error));
    assert_string_equal(error.text,
                        "cannot make '/tmp/huoyan-no-such/x.db': No such file or directory");
    assert_false(db_open_read_only("/tmp/huoyan-no-such/x.db", &db, &error));
    assert_non_null(strstr(error.text, "cannot open '/tmp/huoyan-no-such/x.db'"));
}

static void a_reader_sees_the_writer_and_cannot_write(void **unused)
{
    (void) unused;
    struct db *db = open_test();
    struct db *reader = NULL;
    assert_true(db_open_read_only(path, &reader, &error));
    assert_true(db_run(db, "BEGIN IMMEDIATE; INSERT INTO thing(name) VALUES('a')", &error));
    assert_int_equal(ask_number(reader, "SELECT count(*) FROM thing"), 0);
    assert_true(db_run(db, "COMMIT", &error));
    assert_int_equal(ask_number(reader, "SELECT count(*) FROM thing"), 1);
    assert_false(db_run(reader, "DELETE FROM thing", &error));
    db_close(reader);
    db_close(db);
}

static void a_rollback_without_a_transaction_is_harmless(void **unused)
{
    (void) unused;
    struct db *db = open_test();
    assert_false(db_end(db, false, &error));
    assert_true(db_run(db, "BEGIN IMMEDIATE; INSERT INTO thing(name) VALUES('a')", &error));
    assert_false(db_end(db, false, &error));
    assert_int_equal(ask_number(db, "SELECT count(*) FROM thing"), 0);
    db_close(db);
    db_close(NULL);
}

static void a_transaction_is_kept_whole_or_not_at_all(void **unused)
{
    (void) unused;
    struct db *db = open_test();
    assert_true(db_begin(db, &error));
    assert_false(db_begin(db, &error)); /* none inside another */
    assert_true(db_run(db, "INSERT INTO thing(name) VALUES('a'), ('b')", &error));
    assert_true(db_end(db, true, &error));
    assert_true(db_begin(db, &error));
    assert_true(db_run(db, "DELETE FROM thing", &error));
    assert_false(db_end(db, false, &error));
    assert_int_equal(ask_number(db, "SELECT count(*) FROM thing"), 2);
    assert_false(db_end(db, true, &error)); /* there is none to commit */
    db_close(db);
}

static void a_number_is_read_with_its_parameter(void **unused)
{
    (void) unused;
    struct db *db = open_test();
    int64_t number = -1;
    assert_true(db_run(db, "INSERT INTO thing(id, name) VALUES(7, 'a'), (9, 'b')", &error));
    assert_true(db_read_int(db, "SELECT id FROM thing WHERE id > ?", 7, &number, &error));
    assert_int_equal(number, 9);
    assert_false(db_read_int(db, "SELECT id FROM thing WHERE id > ?", 9, &number, &error));
    assert_false(db_read_int(db, "SELECT id FROM nothing", 0, &number, &error));
    assert_non_null(strstr(error.text, "cannot read"));
    assert_int_equal(number, 9);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_bound_comes_back, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(the_file_is_for_its_owner_alone, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_schema_is_brought_up_to_date_with_its_rows, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_newer_schema_is_refused_with_a_sentence, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_migration_that_fails_leaves_nothing_behind, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_foreign_file_is_left_alone, make_folder, remove_folder),
        cmocka_unit_test(a_missing_folder_is_named),
        cmocka_unit_test_setup_teardown(a_reader_sees_the_writer_and_cannot_write, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_rollback_without_a_transaction_is_harmless, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_transaction_is_kept_whole_or_not_at_all, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_number_is_read_with_its_parameter, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
