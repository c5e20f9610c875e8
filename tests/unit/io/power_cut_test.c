/* A child writes as fast as it can and tells by pipe what it was told is on the disk. It is killed
 * at a moment that chance chooses; then everything it told of must be there, whole. */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gateway/io/history/history.h"
#include "gateway/io/state/state.h"
#include "gateway/io/system/db.h"
#include "tests/unit/expect.h"

#define START ((ms_t) 1784354400000)
enum { ROUNDS = 12, STEPS_MAX = 100000, AHEAD = 50 };

static char folder[64];
static struct error error;
static int told; /* the child's end of the pipe */

static const char *const points[] = {"w3/th1/temperature"};

static int set_up(void **unused)
{
    (void) unused;
    (void) snprintf(folder, sizeof folder, "/tmp/huoyan-cut-XXXXXX");
    assert_non_null(mkdtemp(folder));
    return 0;
}

static int tear_down(void **unused)
{
    (void) unused;
    static const char *const files[] = {"state.db",   "state.db-wal",   "state.db-shm",
                                        "history.db", "history.db-wal", "history.db-shm"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[96];
        (void) snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void) unlink(path);
    }
    return rmdir(folder);
}

static int chance(uint32_t below)
{
    static uint32_t seed = 1;
    seed = seed * 1664525U + 1013904223U;
    return (int) ((seed >> 8) % below);
}

static void tell(int64_t n)
{
    if (write(told, &n, sizeof n) != sizeof n) {
        _exit(1);
    }
}

/* Runs `child` in a process of its own, kills it after `limit` reports; returns the last one. */
static int64_t run_and_kill(void (*child)(int64_t first), int64_t first, int limit)
{
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid_t pid = fork();
    if (pid == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nothing behind */
        (void) close(ends[0]);
        told = ends[1];
        child(first);
        _exit(1);
    }
    (void) close(ends[1]);
    int64_t last = first - 1;
    int64_t n = 0;
    for (int i = 0; i < limit && read(ends[0], &n, sizeof n) == sizeof n; i++) {
        last = n;
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    int status = 0;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    while (read(ends[0], &n, sizeof n) == sizeof n) { /* told before it died */
        last = n;
    }
    (void) close(ends[0]);
    return last;
}

static int64_t ask(const char *name, const char *sql)
{
    char path[96];
    struct db *db = NULL;
    struct db_statement *statement = NULL;
    (void) snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(db_open_read_only(path, &db, &error));
    assert_true(db_prepare(db, sql, &statement, &error));
    assert_int_equal(db_step(statement, &error), DB_ROW);
    int64_t number = db_int(statement, 0);
    db_close(db);
    return number;
}

static void expect_sound(const char *name)
{
    char path[96];
    struct db *db = NULL;
    struct db_statement *statement = NULL;
    (void) snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_true(db_open_read_only(path, &db, &error));
    assert_true(db_prepare(db, "PRAGMA integrity_check", &statement, &error));
    assert_int_equal(db_step(statement, &error), DB_ROW);
    assert_string_equal(db_text(statement, 0), "ok");
    db_close(db);
}

/* State. */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int64_t written;

static void note_written(void *context, int64_t n, bool is_ok, const char *why)
{
    (void) context;
    (void) why;
    if (!is_ok) {
        _exit(1);
    }
    tell(n);
    (void) pthread_mutex_lock(&lock);
    written = n;
    (void) pthread_cond_signal(&changed);
    (void) pthread_mutex_unlock(&lock);
}

static void write_state(int64_t first)
{
    static struct effects effects;
    static struct incident incident;
    struct state *state = NULL;
    const struct state_callbacks callbacks = {.on_written = note_written};
    if (!state_open(folder, &state, &error) || !state_start(state, &callbacks, &error)) {
        _exit(1);
    }
    written = first - 1;
    for (int64_t n = first; n < STEPS_MAX; n++) {
        incident.id = n;
        incident.opened_at = START + n;
        effects.count = 4;
        effects.item[0] = (struct effect){.kind = EFFECT_INCIDENT, .incident = &incident};
        effects.item[1] = (struct effect){.kind = EFFECT_ENTRY, .entry = {.incident = n}};
        effects.item[2] = (struct effect){.kind = EFFECT_MESSAGE,
                                          .message = {.id = n, .incident = n, .at = START}};
        effects.item[3] = (struct effect){.kind = EFFECT_SETTLED, /* of the one before last */
                                          .settled = {.message = n - 2, .outcome = OUTCOME_SENT}};
        if (state_put(state, n, &effects) != STATE_QUEUED) {
            _exit(1);
        }
        (void) pthread_mutex_lock(&lock);
        while (written < n - AHEAD) {
            (void) pthread_cond_wait(&changed, &lock);
        }
        (void) pthread_mutex_unlock(&lock);
    }
}

static int32_t owed_count;
static int64_t owed[8], last_incident;

static void take_record(void *context, const struct state_record *record)
{
    (void) context;
    if (record->kind == STATE_OWED) {
        owed[owed_count++ % 8] = record->message.id;
    } else if (record->kind == STATE_IDS) {
        last_incident = record->ids.last_incident;
    }
}

static void what_was_owed_is_owed_after_a_crash(void **unused)
{
    (void) unused;
    int64_t next = 1;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t last = run_and_kill(write_state, next, chance(200));
        struct state *state = NULL;
        assert_true(state_open(folder, &state, &error));
        owed_count = 0;
        last_incident = 0;
        assert_true(state_load(state, START, NULL, take_record, &error));
        state_close(state);
        expect_sound("state.db");
        /* All that was reported is there, step by step whole, and the two last messages are
         * owed. */
        assert_true(last_incident >= last);
        assert_int_equal(ask("state.db", "SELECT count(*) FROM incident"), last_incident);
        assert_int_equal(ask("state.db", "SELECT count(*) FROM entry"), last_incident);
        assert_int_equal(ask("state.db", "SELECT count(DISTINCT incident) FROM entry"),
                         last_incident);
        assert_int_equal(ask("state.db", "SELECT count(*) FROM message"), last_incident);
        if (last_incident >= 2) {
            assert_int_equal(owed_count, 2);
            assert_int_equal(owed[0], last_incident - 1);
            assert_int_equal(owed[1], last_incident);
        }
        next = last_incident + 1;
    }
    assert_true(next > ROUNDS);
}

/* History. */

static struct history_settings settings = {
    .data_dir = folder, .point_count = 1, .point_id = points};

/* Each commit is a reading of one second; a stop makes it at once. */
static void write_history(int64_t first)
{
    static const struct history_callbacks none;
    struct history *history = NULL;
    if (!history_open(&settings, &history, &error)) {
        _exit(1);
    }
    for (int64_t n = first; n < STEPS_MAX; n++) {
        struct reading reading = {.at = START + n * MS_PER_SECOND, .value = (double) n};
        history_put(history, &reading, 1);
        if (!history_start(history, &none, &error)) {
            _exit(1);
        }
        history_stop(history);
        tell(n);
    }
}

static int64_t replayed;

static void expect_rising(void *context, const struct reading *reading)
{
    (void) context;
    replayed++;
    assert_int_equal(reading->at, START + replayed * MS_PER_SECOND);
    expect_near(reading->value, (double) replayed, 0);
}

static void a_kill_loses_no_reading_that_was_committed(void **unused)
{
    (void) unused;
    int64_t next = 1;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t last = run_and_kill(write_history, next, chance(200));
        struct history *history = NULL;
        struct history_bucket buckets[100];
        ms_t stamp = 0;
        assert_true(history_open(&settings, &history, &error));
        replayed = 0;
        assert_true(history_replay(history, 0, NULL, expect_rising, &stamp, &error));
        assert_true(replayed >= last);
        int32_t count =
            history_curve(history, 0, START, START + 100 * MS_PER_MINUTE, 100, buckets, &error);
        int64_t samples = 0;
        for (int32_t i = 0; i < count; i++) {
            samples += buckets[i].good;
        }
        assert_int_equal(samples, replayed);
        history_close(history);
        expect_sound("history.db");
        next = replayed + 1;
    }
    assert_true(next > ROUNDS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_owed_is_owed_after_a_crash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_kill_loses_no_reading_that_was_committed, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
