#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/io/history/history.h"
#include "tests/unit/expect.h"

#define START ((ms_t) 1784354400000) /* a full hour */
enum { POINTS = 2, ALL_MAX = 5000 };

static const char *const ids[POINTS] = {"w3/th1/temperature", "w3/th1/humidity"};
static char folder[64];
static struct error error;
static struct history *history;
static struct history_cursor *cursor;
static struct history_settings settings;
static struct reading got[ALL_MAX];

static int set_up(void **unused)
{
    (void) unused;
    (void) snprintf(folder, sizeof folder, "/tmp/huoyan-cursor-XXXXXX");
    assert_non_null(mkdtemp(folder));
    settings =
        (struct history_settings){.data_dir = folder, .point_count = POINTS, .point_id = ids};
    assert_true(history_open(&settings, &history, &error));
    cursor = NULL;
    return 0;
}

static int tear_down(void **unused)
{
    (void) unused;
    history_cursor_close(cursor);
    history_close(history);
    static const char *const files[] = {"history.db", "history.db-wal", "history.db-shm"};
    for (int i = 0; i < 3; i++) {
        char path[96];
        (void) snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void) unlink(path);
    }
    return rmdir(folder);
}

/* `count` readings a second apart from second `first` on, in one commit. */
static void commit(int32_t first, int32_t count)
{
    for (int32_t i = first; i < first + count; i++) {
        struct reading reading = {.point = i % POINTS, .at = START + (ms_t) i * 1000, .value = i};
        history_put(history, &reading, 1);
    }
    static const struct history_callbacks none;
    assert_true(history_start(history, &none, &error));
    history_stop(history);
}

static void open_reader(const char *store)
{
    history_cursor_close(cursor);
    cursor = NULL;
    assert_true(history_cursor_open(history, store, &cursor, &error));
}

/* The next readings are those of seconds first...first+count-1, and they are confirmed. */
static void expect_next(int32_t first, int32_t count, int32_t max)
{
    int64_t sequence = 0;
    assert_int_equal(history_cursor_next(cursor, got, max, &sequence, &error), count);
    for (int32_t i = 0; i < count; i++) {
        assert_int_equal(got[i].at, START + (ms_t) (first + i) * 1000);
        assert_int_equal(got[i].point, (first + i) % POINTS);
        expect_near(got[i].value, first + i, 0);
    }
    assert_true(history_cursor_confirm(cursor, sequence, &error));
}

static void a_store_gets_everything_once_in_order(void **unused)
{
    (void) unused;
    open_reader("main");
    expect_next(0, 0, ALL_MAX);
    commit(0, 10);
    commit(10, 5);
    expect_next(0, 15, ALL_MAX);
    expect_next(15, 0, ALL_MAX);
    commit(15, 1);
    expect_next(15, 1, ALL_MAX);
}

static void a_cursor_does_not_move_until_the_store_has_taken(void **unused)
{
    (void) unused;
    commit(0, 10);
    open_reader("main");
    int64_t sequence = 0;
    assert_int_equal(history_cursor_next(cursor, got, ALL_MAX, &sequence, &error), 10);
    assert_int_equal(history_cursor_next(cursor, got, ALL_MAX, &sequence, &error), 10);
    open_reader("main");
    expect_next(0, 10, ALL_MAX);
    open_reader("main");
    expect_next(10, 0, ALL_MAX);
}

static void a_batch_may_end_within_a_commit(void **unused)
{
    (void) unused;
    commit(0, 10);
    commit(10, 10);
    open_reader("main");
    expect_next(0, 4, 4);
    expect_next(4, 4, 4);
    open_reader("main"); /* that is stored, too */
    expect_next(8, 7, 7);
    expect_next(15, 5, 7);
}

static void each_store_has_its_own_cursor(void **unused)
{
    (void) unused;
    commit(0, 10);
    open_reader("main");
    expect_next(0, 10, ALL_MAX);
    open_reader("second");
    expect_next(0, 10, ALL_MAX);
    open_reader("main");
    expect_next(10, 0, ALL_MAX);
}

static void a_new_store_gets_the_last_day(void **unused)
{
    (void) unused;
    commit(0, 10);
    commit(100000, 5);
    open_reader("late");
    expect_next(100000, 5, ALL_MAX);
}

static void a_backlog_is_counted_with_its_age(void **unused)
{
    (void) unused;
    open_reader("main");
    ms_t oldest = 1;
    assert_int_equal(history_cursor_backlog(cursor, &oldest), 0);
    assert_int_equal(oldest, 0);
    commit(0, 10);
    commit(10, 10);
    assert_int_equal(history_cursor_backlog(cursor, &oldest), 20);
    assert_int_equal(oldest, START + 9000);
    expect_next(0, 4, 4);
    assert_int_equal(history_cursor_backlog(cursor, &oldest), 16);
    expect_next(4, 16, ALL_MAX);
    assert_int_equal(history_cursor_backlog(cursor, &oldest), 0);
}

static void packing_loses_nothing_that_was_not_confirmed(void **unused)
{
    (void) unused;
    open_reader("main");
    for (int32_t i = 0; i < 10; i++) {
        commit(i * 5, 5);
    }
    expect_next(0, 12, 12);
    commit(60, 1); /* the minute before is packed into one row now */
    int64_t sequence = 0;
    int32_t count = history_cursor_next(cursor, got, ALL_MAX, &sequence, &error);
    assert_true(count >= 39);
    for (int32_t i = 0; i < 39; i++) { /* seconds 12...49 and 60 are among the last */
        assert_int_equal(got[count - 39 + i].at, START + (ms_t) (i < 38 ? 12 + i : 60) * 1000);
    }
    open_reader("second");
    expect_next(0, 50, 50);
    expect_next(60, 1, ALL_MAX);
}

static void points_of_another_policy_are_passed_over(void **unused)
{
    (void) unused;
    commit(0, 10);
    history_close(history);
    settings.point_count = 1;
    assert_true(history_open(&settings, &history, &error));
    open_reader("main");
    int64_t sequence = 0;
    assert_int_equal(history_cursor_next(cursor, got, ALL_MAX, &sequence, &error), 5);
}

#define READER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        READER_TEST(a_store_gets_everything_once_in_order),
        READER_TEST(a_cursor_does_not_move_until_the_store_has_taken),
        READER_TEST(a_batch_may_end_within_a_commit),
        READER_TEST(each_store_has_its_own_cursor),
        READER_TEST(a_new_store_gets_the_last_day),
        READER_TEST(a_backlog_is_counted_with_its_age),
        READER_TEST(packing_loses_nothing_that_was_not_confirmed),
        READER_TEST(points_of_another_policy_are_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
