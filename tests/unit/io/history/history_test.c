#include "gateway/io/history/history.h"

#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/check.h"
#include "gateway/io/sms/spool.h"
#include "tests/unit/expect.h"
#include "tests/unit/scratch.h"

#define START ((ms_t) 1784354400000) /* a full hour */
enum { POINTS = 3, DAY_MAX = 20000, KEPT_MAX = 100000 };

static const char *const ids[POINTS] = {"w3/th1/temperature", "w3/th1/humidity", "w3/r1/gap"};
static char folder[64];
static struct error error;
static struct history *history;
static struct history_settings settings;

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int32_t bad, well, commits;
    char text[160];
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void note_health(void *context, bool is_ok, const char *text)
{
    (void) context;
    (void) pthread_mutex_lock(&seen.lock);
    *(is_ok ? &seen.well : &seen.bad) += 1;
    if (!is_ok) {
        (void) snprintf(seen.text, sizeof seen.text, "%s", text);
    }
    (void) pthread_cond_signal(&seen.changed);
    (void) pthread_mutex_unlock(&seen.lock);
}

static void note_commit(void *context)
{
    (void) context;
    (void) pthread_mutex_lock(&seen.lock);
    seen.commits++;
    (void) pthread_cond_signal(&seen.changed);
    (void) pthread_mutex_unlock(&seen.lock);
}

static void wait_until(const int32_t *number, int32_t least)
{
    (void) pthread_mutex_lock(&seen.lock);
    while (*number < least) {
        (void) pthread_cond_wait(&seen.changed, &seen.lock);
    }
    (void) pthread_mutex_unlock(&seen.lock);
}

static const struct history_callbacks callbacks = {.on_health = note_health,
                                                   .on_commit = note_commit};

static void open_it(void)
{
    assert_true(history_open(&settings, &history, &error));
}

static void reopen(void)
{
    history_close(history);
    open_it();
}

static int set_up(void **unused)
{
    (void) unused;
    seen.bad = seen.well = seen.commits = 0;
    (void) snprintf(folder, sizeof folder, "/tmp/huoyan-history-XXXXXX");
    assert_non_null(mkdtemp(folder));
    settings =
        (struct history_settings){.data_dir = folder, .point_count = POINTS, .point_id = ids};
    open_it();
    return 0;
}

static int tear_down(void **unused)
{
    (void) unused;
    history_stop(history);
    history_close(history);
    scratch_remove(folder);
    return 0;
}

/* One commit: stopping writes what is buffered at once. */
static void commit(const struct reading *readings, int32_t count)
{
    history_put(history, readings, count);
    assert_true(history_start(history, &callbacks, &error));
    history_stop(history);
}

static struct reading make(int32_t point, ms_t at, double value)
{
    return (struct reading){.point = point, .at = at, .value = value};
}

/* What came back. */

static struct {
    int32_t count;
    struct reading reading[KEPT_MAX];
    ms_t stamp;
} replayed;

static void keep(void *context, const struct reading *reading)
{
    (void) context;
    CHECK(replayed.count < KEPT_MAX);
    replayed.reading[replayed.count++] = *reading;
}

static void replay(ms_t since)
{
    replayed.count = 0;
    assert_true(history_replay(history, since, NULL, keep, &replayed.stamp, &error));
}

static void expect_same(const struct reading *actual, const struct reading *expected, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        assert_int_equal(actual[i].point, expected[i].point);
        assert_int_equal(actual[i].quality, expected[i].quality);
        assert_int_equal(actual[i].reason, expected[i].reason);
        assert_int_equal(actual[i].at, expected[i].at);
        assert_memory_equal(&actual[i].value, &expected[i].value, sizeof(double));
    }
}

/* A day in the life of three sensors, one of which fails now and then. */
static int32_t make_day(struct reading *readings, int32_t max, ms_t step)
{
    uint32_t seed = 7;
    for (int32_t i = 0; i < max; i++) {
        seed = seed * 1664525U + 1013904223U;
        readings[i] =
            make(i % POINTS, START + (i / POINTS) * step, 200 * 0.1 + (int) (seed >> 24) / 10.0);
        if (seed % 17 == 0) {
            readings[i].quality = QUALITY_NO_ANSWER;
            readings[i].reason = REASON_TIMEOUT;
            readings[i].value = 0;
        }
    }
    return max;
}

static struct reading day[DAY_MAX];

/* The promises. */

static void readings_come_back_bit_for_bit_after_a_restart(void **unused)
{
    (void) unused;
    int32_t count = make_day(day, 9000, 5000);
    commit(day, count / 2);
    commit(day + count / 2, count - count / 2);
    reopen();
    replay(0);
    assert_int_equal(replayed.count, count);
    expect_same(replayed.reading, day, count);
    assert_int_equal(replayed.stamp, day[count - 1].at);
    replay(day[count - 6].at);
    assert_int_equal(replayed.count, 6);
}

static void a_point_keeps_its_number_when_the_policy_changes(void **unused)
{
    (void) unused;
    struct reading readings[POINTS] = {make(0, START, 1), make(1, START, 2), make(2, START, 3)};
    commit(readings, POINTS);
    const char *const others[] = {"new/d1/temperature", "w3/r1/gap"};
    settings.point_id = others;
    settings.point_count = 2;
    reopen();
    replay(0);
    assert_int_equal(replayed.count, 1); /* the others are left out */
    assert_int_equal(replayed.reading[0].point, 1);
    expect_near(replayed.reading[0].value, 3, 0);
    settings.point_id = ids;
    settings.point_count = POINTS;
    reopen();
    replay(0);
    expect_same(replayed.reading, readings, POINTS);
}

static void take(struct history_bucket *sum, double min, double max, double total, int32_t good)
{
    if (good > 0) {
        sum->min = sum->good == 0 ? min : fmin(sum->min, min);
        sum->max = sum->good == 0 ? max : fmax(sum->max, max);
        sum->mean += total;
        sum->good += good;
    }
}

/* All of the readings in one bucket; the mean is a sum. */
static struct history_bucket sum_readings(const struct reading *readings, int32_t count,
                                          int32_t point, ms_t from, ms_t to)
{
    struct history_bucket sum = {0};
    for (int32_t i = 0; i < count; i++) {
        const struct reading *reading = &readings[i];
        if (reading->point == point && reading->at >= from && reading->at < to) {
            int32_t good = reading_has_value(reading) ? 1 : 0;
            take(&sum, reading->value, reading->value, reading->value, good);
            sum.missing += 1 - good;
        }
    }
    return sum;
}

/* The curve holds what the readings themselves say. */
static void expect_curve(int32_t count, int32_t point, ms_t from, ms_t to, int32_t max)
{
    static struct history_bucket buckets[HISTORY_CURVE_MAX];
    int32_t got = history_curve(history, point, from, to, max, buckets, &error);
    assert_true(got > 0 && got <= max);
    struct history_bucket sum = {0};
    for (int32_t i = 0; i < got; i++) {
        const struct history_bucket *bucket = &buckets[i];
        assert_true(i == 0 || bucket->at > buckets[i - 1].at);
        take(&sum, bucket->min, bucket->max, bucket->mean * bucket->good, bucket->good);
        sum.missing += bucket->missing;
    }
    struct history_bucket expected = sum_readings(day, count, point, from, to);
    assert_int_equal(sum.good, expected.good);
    assert_int_equal(sum.missing, expected.missing);
    expect_near(sum.min, expected.min, 0);
    expect_near(sum.max, expected.max, 0);
    expect_near(sum.mean, expected.mean, 1e-6 * expected.mean);
}

static void a_curve_loses_no_sample_and_no_peak(void **unused)
{
    (void) unused;
    int32_t count = make_day(day, 9000, 5000); /* 4 h 10 min */
    commit(day, 3001);
    commit(day + 3001, 3000);
    history_put(history, day + 6001, count - 6001); /* these are still in the buffer */
    ms_t end = START + 5 * MS_PER_HOUR;
    expect_curve(count, 0, START, end, 800);
    expect_curve(count, 1, START + 30 * MS_PER_MINUTE, end, 10);
    expect_curve(count, 2, START + MS_PER_HOUR, START + 2 * MS_PER_HOUR, 800);
    expect_curve(count, 2, START + 1234567, START + 1234567 + MS_PER_HOUR, 100);
    expect_curve(count, 0, START + 17 * MS_PER_MINUTE, START + 18 * MS_PER_MINUTE, 1);
}

static void a_restart_loses_nothing_of_the_open_hour(void **unused)
{
    (void) unused;
    int32_t count = make_day(day, 9000, 5000);
    for (int32_t at = 0; at < count; at += 500) {
        commit(day + at, 500);
        if (at % 1500 == 0) {
            reopen();
        }
    }
    reopen();
    expect_curve(count, 0, START, START + 5 * MS_PER_HOUR, 300);
    commit(&(struct reading){.point = 0, .at = START + 5 * MS_PER_HOUR, .value = 20}, 1);
    expect_curve(count, 0, START, START + 5 * MS_PER_HOUR, 300);
}

static void a_late_sample_lands_in_its_own_minute(void **unused)
{
    (void) unused;
    struct reading readings[4] = {make(0, START, 20), make(0, START + MS_PER_HOUR, 21),
                                  make(0, START + 90000, 99), make(0, START + 2 * MS_PER_HOUR, 22)};
    commit(readings, 2);
    commit(readings + 2, 1);
    commit(readings + 3, 1);
    struct history_bucket buckets[200];
    int32_t count =
        history_curve(history, 0, START, START + 200 * MS_PER_MINUTE, 200, buckets, &error);
    assert_int_equal(count, 4);
    assert_int_equal(buckets[1].at, START + MS_PER_MINUTE);
    expect_near(buckets[1].max, 99, 0);
    expect_near(buckets[1].mean, 99, 0);
    count = history_curve(history, 0, START + 60000, START + 120000, 60, buckets, &error);
    assert_int_equal(count, 1);
    assert_int_equal(buckets[0].at, START + 90000);
}

static void a_curve_of_nothing_is_empty(void **unused)
{
    (void) unused;
    struct history_bucket buckets[10];
    assert_int_equal(history_curve(history, 0, START, START + 1, 10, buckets, &error), 0);
    assert_int_equal(history_curve(history, 0, START, START, 10, buckets, &error), 0);
    assert_int_equal(history_curve(history, 0, START, START - 1, 10, buckets, &error), 0);
    assert_int_equal(history_curve(history, 0, INT64_MIN, INT64_MAX, 10, buckets, &error), 0);
    commit(&(struct reading){.point = 0, .at = START, .value = 20}, 1);
    assert_int_equal(history_curve(history, 1, START, START + 1000, 10, buckets, &error), 0);
    assert_int_equal(history_curve(history, 0, INT64_MIN, INT64_MAX, 10, buckets, &error), 1);
}

static void a_gap_is_a_bucket_without_a_value(void **unused)
{
    (void) unused;
    commit(
        &(struct reading){
            .point = 0, .at = START, .quality = QUALITY_NO_ANSWER, .reason = REASON_TIMEOUT},
        1);
    struct history_bucket bucket;
    assert_int_equal(history_curve(history, 0, START, START + 1000, 1, &bucket, &error), 1);
    assert_int_equal(bucket.good, 0);
    assert_int_equal(bucket.missing, 1);
    expect_near(bucket.max, 0, 0);
}

static off_t file_size(void)
{
    char path[96];
    struct stat status;
    (void) snprintf(path, sizeof path, "%s/history.db", folder);
    assert_int_equal(stat(path, &status), 0);
    return status.st_size;
}

static void a_closed_minute_is_packed_in_order(void **unused)
{
    (void) unused;
    int32_t count = make_day(day, 360, 1000); /* two minutes */
    for (int32_t i = 0; i < count; i += POINTS) {
        commit(day + i, POINTS);
    }
    commit(&(struct reading){.point = 0, .at = START + 120000, .value = 20}, 1);
    reopen();
    replay(0);
    assert_int_equal(replayed.count, count + 1);
    expect_same(replayed.reading, day, count);
    /* Row by row: what a commit takes that would not have been packed. */
    struct history_cursor *reader = NULL;
    assert_true(history_cursor_open(history, "main", &reader, &error));
    ms_t oldest = 0;
    assert_int_equal(history_cursor_backlog(reader, &oldest), count + 1);
    assert_int_equal(oldest, START + 59000); /* the first row ends with its minute */
    history_cursor_close(reader);
}

static void what_is_too_old_goes_and_the_file_shrinks(void **unused)
{
    (void) unused;
    settings.keep_ms = MS_PER_HOUR;
    reopen();
    uint32_t seed = 1;
    for (int32_t i = 0; i < DAY_MAX; i++) { /* values that do not pack well */
        seed = seed * 1664525U + 1013904223U;
        day[i] = make(0, START + (ms_t) i * 100, 1.0 / (1 + seed % 10007));
    }
    commit(day, DAY_MAX);
    struct reading later = make(0, START + 3 * MS_PER_HOUR, 20);
    off_t large = file_size();
    commit(&later, 1);
    assert_int_equal(history_status(history).purged, DAY_MAX);
    replay(0);
    assert_int_equal(replayed.count, 1);
    reopen(); /* closing brings the log into the file */
    assert_true(file_size() <= large);
    assert_true(file_size() < 100000);
    struct history_bucket buckets[10];
    assert_int_equal(history_curve(history, 0, START, START + MS_PER_DAY, 10, buckets, &error), 1);
}

static void the_file_stays_within_its_bytes_and_the_oldest_go_first(void **unused)
{
    (void) unused;
    settings.bytes_max = 300000;
    reopen();
    uint32_t seed = 1;
    int64_t put = 0;
    for (int32_t round = 0; round < 40; round++) {
        for (int32_t i = 0; i < 4096; i++) {
            seed = seed * 1664525U + 1013904223U;
            day[i] = make(0, START + (ms_t) (round * 4096 + i) * 10, 1.0 / (1 + seed % 10007));
        }
        commit(day, 4096);
        put += 4096;
        assert_true(history_status(history).bytes <= settings.bytes_max + 300000);
    }
    reopen();
    assert_true(file_size() < 700000);
    replay(0);
    assert_true(replayed.count > 0 && replayed.count < put);
    assert_int_equal(replayed.reading[replayed.count - 1].at, day[4095].at);
    for (int32_t i = 1; i < replayed.count; i++) {
        assert_int_equal(replayed.reading[i].at, replayed.reading[i - 1].at + 10);
    }
}

static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_is_told_once_and_nothing_is_lost(void **unused)
{
    (void) unused;
    (void) signal(SIGXFSZ, SIG_IGN);
    int32_t count = make_day(day, 300, 1000);
    limit_files(1);
    history_put(history, day, 200);
    bool is_started = history_start(history, &callbacks, &error);
    wait_until(&seen.bad, 1);
    history_put(history, day + 200, 100);
    bool was_well = history_status(history).is_ok;
    limit_files(RLIM_INFINITY);
    assert_true(is_started && !was_well);
    wait_until(&seen.well, 1);
    history_stop(history);
    assert_int_equal(seen.bad, 1);
    assert_int_equal(seen.well, 1);
    assert_non_null(strstr(seen.text, "history.db'"));
    assert_int_equal(history_status(history).dropped, 0);
    assert_true(history_status(history).is_ok);
    replay(0);
    assert_int_equal(replayed.count, count);
    expect_same(replayed.reading, day, count);
}

static void a_full_buffer_drops_the_oldest_and_counts_them(void **unused)
{
    (void) unused;
    for (int32_t i = 0; i < HISTORY_BUFFER_MAX + 5; i++) {
        struct reading reading = make(0, START + i, 20);
        history_put(history, &reading, 1);
    }
    assert_int_equal(history_status(history).dropped, 5);
    struct history_bucket bucket;
    assert_int_equal(history_curve(history, 0, START, START + 1000, 1, &bucket, &error), 1);
    assert_int_equal(bucket.good, 995);
}

static void a_read_only_history_replays_beside_the_daemon(void **unused)
{
    (void) unused;
    int32_t count = make_day(day, 300, 1000);
    commit(day, count);
    struct history *daemon = history;
    settings.is_read_only = true;
    const char *const others[] = {"w3/r1/gap", "never/d1/stored"};
    settings.point_id = others;
    settings.point_count = 2;
    open_it();
    replay(0);
    assert_int_equal(replayed.count, 100);
    struct history_bucket bucket;
    assert_int_equal(history_curve(history, 1, START, START + 1000, 1, &bucket, &error), 0);
    history_close(history);
    history = daemon;
}

static void damage(const char *path)
{
    static const char rubbish[512] = "this was a database until the power went";
    FILE *file = fopen(path, "r+be");
    assert_non_null(file);
    assert_int_equal(fwrite(rubbish, 1, sizeof rubbish, file), sizeof rubbish);
    assert_int_equal(fclose(file), 0);
}

static void count_aside(void *context, const char *directory, const char *name)
{
    (void) directory;
    int *count = context;
    *count += strncmp(name, "history.db.damaged-", 19) == 0 ? 1 : 0;
}

static int count_set_aside(void)
{
    int count = 0;
    assert_true(spool_list(folder, &count, count_aside));
    return count;
}

/* Readings of the past are worth less than alarms of today. */
static void a_damaged_file_is_set_aside_and_told_of(void **unused)
{
    (void) unused;
    int32_t count = make_day(day, 300, 1000);
    history_close(history);
    char path[128];
    (void) snprintf(path, sizeof path, "%s/history.db", folder);
    damage(path);
    settings.is_read_only = true;
    struct history *other = NULL;
    assert_false(history_open(&settings, &other, &error));
    settings.is_read_only = false;
    open_it();
    assert_int_equal(count_set_aside(), 1);
    assert_false(history_status(history).is_ok);
    history_put(history, day, count);
    assert_true(history_start(history, &callbacks, &error));
    wait_until(&seen.bad, 1);
    wait_until(&seen.well, 1);
    history_stop(history);
    assert_non_null(strstr(seen.text, "history.db.damaged-"));
    assert_true(history_status(history).is_ok);
    reopen();
    replay(0);
    assert_int_equal(replayed.count, count);
    assert_int_equal(count_set_aside(), 1);
}

static void stopping_what_never_opened_does_nothing(void **unused)
{
    (void) unused;
    history_stop(NULL);
    history_close(NULL);
}

#define HISTORY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HISTORY_TEST(readings_come_back_bit_for_bit_after_a_restart),
        HISTORY_TEST(a_point_keeps_its_number_when_the_policy_changes),
        HISTORY_TEST(a_curve_loses_no_sample_and_no_peak),
        HISTORY_TEST(a_restart_loses_nothing_of_the_open_hour),
        HISTORY_TEST(a_late_sample_lands_in_its_own_minute),
        HISTORY_TEST(a_curve_of_nothing_is_empty),
        HISTORY_TEST(a_gap_is_a_bucket_without_a_value),
        HISTORY_TEST(a_closed_minute_is_packed_in_order),
        HISTORY_TEST(what_is_too_old_goes_and_the_file_shrinks),
        HISTORY_TEST(the_file_stays_within_its_bytes_and_the_oldest_go_first),
        HISTORY_TEST(a_full_disk_is_told_once_and_nothing_is_lost),
        HISTORY_TEST(a_full_buffer_drops_the_oldest_and_counts_them),
        HISTORY_TEST(a_read_only_history_replays_beside_the_daemon),
        HISTORY_TEST(a_damaged_file_is_set_aside_and_told_of),
        HISTORY_TEST(stopping_what_never_opened_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
