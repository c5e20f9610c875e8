#include <stdlib.h>
#include <unistd.h>

#include "gateway/io/history/history.h"
#include "tests/unit/expect.h"

#define START ((ms_t) 1784354400000) /* a full hour */
enum { PUTS = 40, EACH = 8192 };     /* enough for a commit each */

static const char *const ids[] = {"w3/th1/temperature", "w3/th1/humidity"};
static char folder[64];
static struct error error;
static struct history *history;

static int set_up(void **unused)
{
    (void) unused;
    (void) snprintf(folder, sizeof folder, "/tmp/huoyan-curve-XXXXXX");
    assert_non_null(mkdtemp(folder));
    struct history_settings settings = {.data_dir = folder, .point_count = 2, .point_id = ids};
    assert_true(history_open(&settings, &history, &error));
    return 0;
}

static int tear_down(void **unused)
{
    (void) unused;
    history_stop(history);
    history_close(history);
    static const char *const files[] = {"history.db", "history.db-wal", "history.db-shm"};
    for (int i = 0; i < 3; i++) {
        char path[96];
        (void) snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void) unlink(path);
    }
    return rmdir(folder);
}

static int64_t count_samples(int32_t point, ms_t span, int32_t max)
{
    static struct history_bucket buckets[HISTORY_CURVE_MAX];
    int32_t count = history_curve(history, point, START, START + span, max, buckets, &error);
    assert_true(count >= 0);
    int64_t samples = 0;
    for (int32_t i = 0; i < count; i++) {
        samples += buckets[i].good + buckets[i].missing;
    }
    return samples;
}

/* The thread commits and packs and closes hours meanwhile, at moments of its own. */
static void each_sample_counts_once_while_they_are_committed(void **unused)
{
    (void) unused;
    static const struct history_callbacks none;
    assert_true(history_start(history, &none, &error));
    static struct reading readings[EACH];
    for (int32_t put = 0; put < PUTS; put++) {
        for (int32_t i = 0; i < EACH; i++) {
            ms_t at = START + ((ms_t) put * EACH + i) / 2 * 500;
            readings[i] = (struct reading){.point = i % 2, .at = at, .value = i};
        }
        history_put(history, readings, EACH);
        int64_t expected = (int64_t) (put + 1) * EACH / 2;
        assert_int_equal(count_samples(put % 2, 2 * MS_PER_DAY, 800), expected);
        int64_t early = expected < 7200 ? expected : 7200; /* of the first hour, two a second */
        assert_int_equal(count_samples(put % 2, MS_PER_HOUR, 800), early);
    }
}

static void a_curve_never_has_more_buckets_than_asked(void **unused)
{
    (void) unused;
    static struct reading readings[10000];
    for (int32_t i = 0; i < 10000; i++) {
        readings[i] = (struct reading){.at = START + (ms_t) i * 977, .value = i};
    }
    history_put(history, readings, 10000);
    static struct history_bucket buckets[HISTORY_CURVE_MAX];
    for (int32_t max = 1; max < HISTORY_CURVE_MAX; max = max * 3 + 1) {
        for (ms_t span = 1; span < 40 * MS_PER_DAY; span = span * 5 + 3) {
            ms_t from = START + max + span % 7919;
            int32_t count = history_curve(history, 0, from, from + span, max, buckets, &error);
            assert_true(count <= max);
            assert_true(count == 0 || buckets[0].at >= from - MS_PER_MINUTE);
            assert_true(count == 0 || buckets[count - 1].at < from + span + MS_PER_MINUTE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_sample_counts_once_while_they_are_committed, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_curve_never_has_more_buckets_than_asked, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
