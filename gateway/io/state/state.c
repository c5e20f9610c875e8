/* A batch:
 *
 *   put -> queued -> in hand -> written: reported true, gone
 *             ^         |
 *             +---------+ the commit failed: reported false (once), tried again each second
 *
 * Batches are written in order, several in one commit. While the disk fails, a batch that arrives
 * is reported false at once and waits with the others: the messages have left by then, but the
 * record is made good. */
#include "gateway/io/state/state.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/base/text.h"
#include "gateway/base/thread.h"
#include "gateway/io/state/state_parts.h"
#include "gateway/io/system/clock.h"

enum {
    GROUP_MAX = 64, /* batches in one commit */
    RETRY_MS = 1000,
    STOP_MS = 3000,
};
#define BYTES_MAX ((size_t) 64 << 20) /* of all queued batches */

static void free_state(struct state *state)
{
    db_close(state->reader);
    db_close(state->db);
    for (int32_t i = 0; i < state->queued; i++) {
        free(state->queue[i]);
    }
    (void) pthread_cond_destroy(&state->work);
    (void) pthread_cond_destroy(&state->done);
    (void) pthread_mutex_destroy(&state->lock);
    (void) pthread_mutex_destroy(&state->read_lock);
    free(state);
}

static struct state *new_state(void)
{
    struct state *state = memory_take(1, sizeof *state);
    thread_cond_init(&state->work);
    thread_cond_init(&state->done);
    CHECK(pthread_mutex_init(&state->lock, NULL) == 0);
    CHECK(pthread_mutex_init(&state->read_lock, NULL) == 0);
    return state;
}

bool state_open(const char *data_dir, struct state **ret_state, struct error *error)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/state.db", data_dir) >= (int) sizeof path) {
        return error_set(error, "the path of data_dir is too long: '%s'", data_dir);
    }
    struct state *state = new_state();
    bool is_ok =
        db_open(path, DB_FULL, state_migrations, &state->db, error) &&
        db_prepare_all(state->db, state_sql_text, SQL_COUNT, state->sql, error) &&
        db_open_read_only(path, &state->reader, error) &&
        db_prepare_all(state->reader, state_question_text, ASK_COUNT, state->question, error);
    if (!is_ok) {
        free_state(state);
        return false;
    }
    *ret_state = state;
    return true;
}

bool state_set_aside(const char *data_dir, ms_t stamp, struct error *error)
{
    char path[PATH_MAX];
    int length = snprintf(path, sizeof path, "%s/state.db", data_dir);
    return length < (int) sizeof path && db_is_damaged(path) && db_set_aside(path, stamp, error);
}

static void report_batch(struct state *state, int64_t n, bool is_ok, const char *why)
{
    if (state->callbacks.on_written != NULL) {
        state->callbacks.on_written(state->callbacks.context, n, is_ok, why);
    }
}

static struct state_batch *find_unreported(struct state *state)
{
    for (int32_t i = 0; i < state->queued; i++) {
        if (!state->queue[i]->is_reported) {
            return state->queue[i];
        }
    }
    return NULL;
}

/* With the lock, which is released meanwhile: reports each queued batch, once, as not written. */
static void report_failed(struct state *state)
{
    for (struct state_batch *batch = find_unreported(state); batch != NULL;
         batch = find_unreported(state)) {
        batch->is_reported = true;
        int64_t n = batch->n;
        thread_unlock(&state->lock);
        report_batch(state, n, false, state->why); /* only this thread changes `why` */
        thread_lock(&state->lock);
    }
}

static bool write_group(struct state *state, struct state_batch *const *group, int32_t count,
                        struct error *error)
{
    bool is_ok = db_begin(state->db, error);
    for (int32_t i = 0; is_ok && i < count; i++) {
        is_ok = state_write_batch(state, group[i], error);
    }
    return db_end(state->db, is_ok, error);
}

/* With the lock: takes `count` batches out of the queue, from this place on. */
static void remove_batches(struct state *state, int32_t first, int32_t count)
{
    for (int32_t i = first; i < first + count; i++) {
        state->queued_bytes -= state->queue[i]->bytes;
    }
    state->queued -= count;
    memmove((void *) (state->queue + first), (const void *) (state->queue + first + count),
            (size_t) (state->queued - first) * sizeof(struct state_batch *));
}

/* With the lock, which is released while the disk works. */
static void write_queue(struct state *state)
{
    struct state_batch *group[GROUP_MAX];
    int32_t count = state->queued < GROUP_MAX ? state->queued : GROUP_MAX;
    memcpy((void *) group, (const void *) state->queue,
           (size_t) count * sizeof(struct state_batch *));
    state->in_hand = count;
    thread_unlock(&state->lock);

    struct error error = {""};
    bool is_ok = write_group(state, group, count, &error);
    for (int32_t i = 0; is_ok && i < count; i++) {
        report_batch(state, group[i]->n, true, "");
    }

    thread_lock(&state->lock);
    state->in_hand = 0;
    state->is_failing = !is_ok;
    if (!is_ok) {
        text_copy(state->why, sizeof state->why, error.text);
        state->retry_at = clock_deadline(RETRY_MS);
        report_failed(state);
        return;
    }
    remove_batches(state, 0, count);
    for (int32_t i = 0; i < count; i++) {
        free(group[i]);
    }
}

/* With the lock: waits for work. False: the retry of a failing disk is not due yet. */
static bool wait_for_work(struct state *state)
{
    if (!state->is_failing || state->queued == 0) {
        while (state->queued == 0 && state->jobs == NULL && !state->is_stopping) {
            (void) pthread_cond_wait(&state->work, &state->lock);
        }
        return true;
    }
    if (state->is_stopping) {
        return true;
    }
    int code = pthread_cond_timedwait(&state->work, &state->lock, &state->retry_at);
    return code == ETIMEDOUT || state->is_stopping;
}

static void *run_state(void *context)
{
    struct state *state = context;
    thread_lock(&state->lock);
    bool is_over = false;
    while (!is_over) {
        bool is_due = wait_for_work(state);
        bool is_last = state->is_stopping;
        if (state->queued > 0 && is_due) {
            write_queue(state);
        } else if (state->is_failing) {
            report_failed(state);
        }
        state_run_jobs(state);
        is_over = is_last && (state->queued == 0 || state->is_failing);
    }
    state->has_ended = true;
    (void) pthread_cond_broadcast(&state->done);
    thread_unlock(&state->lock);
    return NULL;
}

bool state_start(struct state *state, const struct state_callbacks *callbacks, struct error *error)
{
    state->callbacks = *callbacks;
    state->is_stopping = false;
    state->has_ended = false;
    const struct thread_job job = {.name = "huoyan-state", .run = run_state, .context = state};
    state->is_running = thread_start(&job, &state->thread, error);
    return state->is_running;
}

/* With the lock, after the thread was asked to stop. False: it hangs in the disk. */
static bool wait_for_state_end(struct state *state)
{
    struct timespec deadline = clock_deadline(STOP_MS);
    int code = 0;
    while (!state->has_ended && code != ETIMEDOUT) {
        code = pthread_cond_timedwait(&state->done, &state->lock, &deadline);
    }
    return state->has_ended;
}

void state_stop(struct state *state)
{
    if (state == NULL) {
        return;
    }
    thread_lock(&state->lock);
    if (!state->is_running) {
        thread_unlock(&state->lock);
        return;
    }
    state->is_stopping = true;
    (void) pthread_cond_signal(&state->work);
    state->is_hung = !wait_for_state_end(state);
    state->is_running = false;
    state->lost += state->queued;
    bool is_hung = state->is_hung;
    thread_unlock(&state->lock);
    if (is_hung) {
        (void) pthread_detach(state->thread);
    } else {
        (void) pthread_join(state->thread, NULL);
    }
}

void state_close(struct state *state)
{
    if (state != NULL && !state->is_hung) { /* a thread that hangs in the disk still uses it */
        free_state(state);
    }
}

enum state_put state_put(struct state *state, int64_t n, const struct effects *effects)
{
    int32_t count = 0;
    struct state_batch *batch = state_batch_new(n, effects, &count);
    if (count == 0) {
        return STATE_NOTHING;
    }
    thread_lock(&state->lock);
    if (batch == NULL) {
        state->lost++;
        thread_unlock(&state->lock);
        return STATE_FULL;
    }
    while (state->queued > state->in_hand &&
           (state->queued == STATE_QUEUE_MAX || state->queued_bytes + batch->bytes > BYTES_MAX)) {
        /* The oldest that is not being written goes. Later batches repeat the state of its
         * incidents and alarms; its entries and messages are lost. */
        struct state_batch *oldest = state->queue[state->in_hand];
        remove_batches(state, state->in_hand, 1);
        free(oldest);
        state->lost++;
    }
    state->queue[state->queued++] = batch;
    state->queued_bytes += batch->bytes;
    (void) pthread_cond_signal(&state->work);
    thread_unlock(&state->lock);
    return STATE_QUEUED;
}

int64_t state_lost(struct state *state)
{
    thread_lock(&state->lock);
    int64_t lost = state->lost;
    thread_unlock(&state->lock);
    return lost;
}
