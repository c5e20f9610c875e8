#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gateway/io/state/state.h"
#include "tests/unit/expect.h"

enum { REPORTS_MAX = 4096 };

/* What the state thread reported, in order. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int32_t count;
    struct {
        int64_t n;
        bool is_ok;
    } report[REPORTS_MAX];
    char why[ERROR_MAX];
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

#define NOW ((ms_t) 1784354400000)

static char folder[64];
static struct error error;
static struct state *state;
static struct effects effects;

static void note_written(void *context, int64_t n, bool is_ok, const char *why)
{
    (void) context;
    (void) pthread_mutex_lock(&seen.lock);
    if (seen.count < REPORTS_MAX) {
        seen.report[seen.count].n = n;
        seen.report[seen.count++].is_ok = is_ok;
    }
    if (!is_ok) {
        (void) snprintf(seen.why, sizeof seen.why, "%s", why);
    }
    (void) pthread_cond_signal(&seen.changed);
    (void) pthread_mutex_unlock(&seen.lock);
}

static const struct state_callbacks callbacks = {.on_written = note_written};

static void wait_for_reports(int32_t count)
{
    (void) pthread_mutex_lock(&seen.lock);
    while (seen.count < count) {
        (void) pthread_cond_wait(&seen.changed, &seen.lock);
    }
    (void) pthread_mutex_unlock(&seen.lock);
}

static int set_up(void **unused)
{
    (void) unused;
    (void) snprintf(folder, sizeof folder, "/tmp/huoyan-queue-XXXXXX");
    assert_non_null(mkdtemp(folder));
    seen.count = 0;
    effects.count = 0;
    assert_true(state_open(folder, &state, &error));
    return 0;
}

static int tear_down(void **unused)
{
    (void) unused;
    state_stop(state);
    state_close(state);
    static const char *const files[] = {"state.db", "state.db-wal", "state.db-shm"};
    for (int i = 0; i < 3; i++) {
        char path[96];
        (void) snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void) unlink(path);
    }
    return rmdir(folder);
}

static void put(int64_t n, int64_t incident, const char *text)
{
    struct effect *effect = &effects.item[0];
    *effect = (struct effect){.kind = EFFECT_ENTRY,
                              .entry = {.incident = incident, .at = NOW, .kind = ENTRY_ACKED}};
    (void) snprintf(effect->entry.text, sizeof effect->entry.text, "%s", text);
    effects.count = 1;
    assert_int_equal(state_put(state, n, &effects), STATE_QUEUED);
}

static void start(void)
{
    assert_true(state_start(state, &callbacks, &error));
}

static void batches_are_written_in_order_and_reported_once(void **unused)
{
    (void) unused;
    start();
    effects.item[0].kind = EFFECT_NOTE;
    effects.count = 1;
    assert_int_equal(state_put(state, 99, &effects), STATE_NOTHING);
    for (int64_t n = 1; n <= 500; n++) {
        put(n, n, "");
    }
    wait_for_reports(500);
    state_stop(state);
    assert_int_equal(seen.count, 500);
    for (int32_t i = 0; i < 500; i++) {
        assert_int_equal(seen.report[i].n, i + 1);
        assert_true(seen.report[i].is_ok);
    }
}

/* Files may not grow beyond this: what a full disk looks like to one process. */
static void limit_files(rlim_t bytes)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes < limit.rlim_max ? bytes : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void a_full_disk_is_reported_and_made_good_later(void **unused)
{
    (void) unused;
    (void) signal(SIGXFSZ, SIG_IGN);
    start();
    limit_files(1);
    put(1, 1, "while full");
    wait_for_reports(1);
    bool was_ok = seen.report[0].is_ok;
    put(2, 1, "at once");
    wait_for_reports(2); /* does not wait for the retry */
    limit_files(RLIM_INFINITY);
    assert_false(was_ok);
    assert_non_null(strstr(seen.why, "state.db'"));
    assert_int_equal(seen.report[1].n, 2);
    assert_false(seen.report[1].is_ok);

    wait_for_reports(4);
    assert_int_equal(seen.report[2].n, 1);
    assert_true(seen.report[2].is_ok && seen.report[3].is_ok);
    struct effect_entry entries[4];
    assert_int_equal(state_timeline(state, 1, entries, 4), 2);
    assert_string_equal(entries[0].text, "while full");
    assert_int_equal(state_lost(state), 0);
}

/* The log of a fresh file begins anew, so each limit cuts another write: in the first batch,
 * between two, within. */
static void whichever_write_fails_each_batch_is_written_once(void **unused)
{
    (void) unused;
    enum { BATCHES = 20 };
    (void) signal(SIGXFSZ, SIG_IGN);
    for (int64_t incident = 1; incident <= 40; incident++) {
        seen.count = 0;
        start();
        limit_files((rlim_t) (100 + incident * 6007));
        for (int64_t n = 1; n <= BATCHES; n++) {
            put(n, incident, "");
        }
        wait_for_reports(BATCHES);
        limit_files(RLIM_INFINITY);
        state_stop(state); /* tries once more */
        struct effect_entry entries[BATCHES + 1];
        assert_int_equal(state_timeline(state, incident, entries, BATCHES + 1), BATCHES);
    }
    assert_int_equal(state_lost(state), 0);
}

static void when_the_queue_is_full_the_oldest_are_given_up_and_counted(void **unused)
{
    (void) unused;
    for (int64_t n = 1; n <= STATE_QUEUE_MAX + 3; n++) {
        put(n, n, "");
    }
    assert_int_equal(state_lost(state), 3);
    start();
    wait_for_reports(STATE_QUEUE_MAX);
    assert_int_equal(seen.report[0].n, 4);
}

#define QUEUE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        QUEUE_TEST(batches_are_written_in_order_and_reported_once),
        QUEUE_TEST(a_full_disk_is_reported_and_made_good_later),
        QUEUE_TEST(whichever_write_fails_each_batch_is_written_once),
        QUEUE_TEST(when_the_queue_is_full_the_oldest_are_given_up_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
