#include "gateway/io/history/history.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/base/text.h"
#include "gateway/base/thread.h"
#include "gateway/io/history/history_parts.h"
#include "gateway/io/system/clock.h"

enum {
    RING_FIRST = 1024,                   /* readings; doubled when full */
    EAGER = 8192,                        /* so many are committed at once */
    GATHER_MS = HISTORY_COMMIT_MS - 100, /* leaves time for the commit itself */
    RETRY_MS = 1000,
    STOP_MS = 3000,
    HUNG_MS = 5000,
};

static struct history *new_history(const struct history_settings *settings)
{
    struct history *history = memory_take(1, sizeof *history);
    history->keep_ms = settings->keep_ms > 0 ? settings->keep_ms : 400 * MS_PER_DAY;
    history->bytes_max = settings->bytes_max > 0 ? settings->bytes_max : (int64_t) 4 << 30;
    history->status.is_ok = true;
    thread_cond_init(&history->work);
    thread_cond_init(&history->ended);
    CHECK(pthread_mutex_init(&history->lock, NULL) == 0);
    CHECK(pthread_mutex_init(&history->read_lock, NULL) == 0);
    return history;
}

static bool open_files(struct history *history, bool is_read_only, struct error *error)
{
    if (is_read_only) {
        return db_open_read_only(history->path, &history->db, error) &&
               db_open_read_only(history->path, &history->reader, error);
    }
    if (!db_open(history->path, DB_NORMAL, history_migrations, &history->db, error) ||
        !db_open_read_only(history->path, &history->reader, error) ||
        !db_prepare_all(history->db, history_sql_text, SQL_COUNT, history->sql, error)) {
        return false;
    }
    history->batch = memory_take(HISTORY_BATCH_MAX, sizeof *history->batch);
    history->group = memory_take(READING_CODEC_READINGS_MAX, sizeof *history->group);
    history->blob = memory_take(READING_CODEC_BYTES_MAX, 1);
    return true;
}

static bool open_history_file(const struct history_settings *settings, struct history **ret_history,
                              struct error *error)
{
    struct history *history = new_history(settings);
    bool fits = snprintf(history->path, sizeof history->path, "%s/history.db", settings->data_dir) <
                (int) sizeof history->path;
    if (!fits) {
        (void) error_set(error, "the path of data_dir is too long: '%s'", settings->data_dir);
    }
    if (!fits || !open_files(history, settings->is_read_only, error) ||
        !history_load(history, settings, error)) {
        history_close(history);
        return false;
    }
    *ret_history = history;
    return true;
}

/* A damaged file must not keep the engine from starting: it is set aside, and health says so until
 * the first commit to the new file. */
static bool reopen_empty(const struct history_settings *settings, struct history **ret_history,
                         struct error *error)
{
    char path[PATH_MAX];
    (void) snprintf(path, sizeof path, "%s/history.db", settings->data_dir);
    ms_t stamp = clock_ms();
    struct error why = {""};
    if (!db_is_damaged(path) || !db_set_aside(path, stamp, &why) ||
        !open_history_file(settings, ret_history, &why)) {
        return why.text[0] != '\0' && error_set(error, "%s", why.text);
    }
    struct history_status *status = &(*ret_history)->status;
    status->is_ok = false;
    (void) snprintf(status->text, sizeof status->text,
                    "历史数据库损坏，已另存为 history.db.damaged-%" PRId64 "，从空库重新记录",
                    stamp);
    return true;
}

bool history_open(const struct history_settings *settings, struct history **ret_history,
                  struct error *error)
{
    return open_history_file(settings, ret_history, error) ||
           (!settings->is_read_only && reopen_empty(settings, ret_history, error));
}

void history_close(struct history *history)
{
    if (history == NULL || history->is_hung) { /* a thread that hangs in the disk still uses it */
        return;
    }
    db_close(history->reader);
    db_close(history->db);
    open_hour_clear(&history->open);
    free(history->number_of);
    free(history->point_of);
    free(history->batch);
    free(history->group);
    free(history->blob);
    free(history->ring);
    (void) pthread_cond_destroy(&history->work);
    (void) pthread_cond_destroy(&history->ended);
    (void) pthread_mutex_destroy(&history->lock);
    (void) pthread_mutex_destroy(&history->read_lock);
    free(history);
}

/* With the lock: makes room for one more reading: grows the ring or drops the oldest. False: no
 * memory. */
static bool make_ring_room(struct history *history)
{
    if (history->next - history->first < history->capacity) {
        return true;
    }
    int64_t capacity = history->capacity == 0 ? RING_FIRST : history->capacity * 2;
    struct reading *ring = NULL;
    if (capacity <= HISTORY_BUFFER_MAX) {
        ring = malloc((size_t) capacity * sizeof *ring);
    }
    if (ring == NULL) {
        history->status.dropped++;
        history->first += history->capacity == 0 ? 0 : 1;
        return history->capacity > 0;
    }
    for (int64_t i = history->first; history->capacity > 0 && i < history->next; i++) {
        ring[i % capacity] = history->ring[i % history->capacity];
    }
    free(history->ring);
    history->ring = ring;
    history->capacity = capacity;
    return true;
}

void history_put(struct history *history, const struct reading *reading, int32_t count)
{
    thread_lock(&history->lock);
    bool was_empty = history->next == history->first;
    for (int32_t i = 0; i < count; i++) {
        CHECK(reading[i].point >= 0 && reading[i].point < history->point_count);
        if (make_ring_room(history)) {
            history->ring[history->next++ % history->capacity] = reading[i];
        }
    }
    if (was_empty || history->next - history->first >= EAGER) {
        (void) pthread_cond_signal(&history->work);
    }
    thread_unlock(&history->lock);
}

/* Copies the oldest readings into the batch, by number; returns the count. */
static int32_t take_batch(struct history *history, int64_t *ret_first)
{
    thread_lock(&history->lock);
    int64_t waiting = history->next - history->first;
    int32_t count = waiting < HISTORY_BATCH_MAX ? (int32_t) waiting : HISTORY_BATCH_MAX;
    *ret_first = history->first;
    for (int32_t i = 0; i < count; i++) {
        struct reading *reading = &history->batch[i];
        *reading = history->ring[(history->first + i) % history->capacity];
        reading->point = history->number_of[reading->point];
    }
    history->busy_since = count > 0 ? clock_ms() : 0;
    thread_unlock(&history->lock);
    return count;
}

/* Reports changes only. */
static void report_history_health(struct history *history, bool is_ok, const char *text)
{
    thread_lock(&history->lock);
    bool was_well = history->status.is_ok;
    history->status.is_ok = is_ok;
    history->busy_since = 0;
    text_copy(history->status.text, sizeof history->status.text, text);
    thread_unlock(&history->lock);
    if (was_well != is_ok && history->callbacks.on_health != NULL) {
        history->callbacks.on_health(history->callbacks.context, is_ok, text);
    }
}

/* Commits all waiting readings. True: they are on the disk. */
static bool commit_all(struct history *history)
{
    struct error error = {""};
    bool is_ok = true;
    int64_t first = 0;
    int32_t count = take_batch(history, &first);
    while (is_ok && count > 0) {
        is_ok = history_commit(history, first, count, &error) && history_maintain(history, &error);
        count = is_ok ? take_batch(history, &first) : 0;
    }
    report_history_health(history, is_ok, is_ok ? "" : error.text);
    return is_ok;
}

/* With the lock: waits for `span`, or until history_stop or, if is_eager, until the buffer fills
 * up. */
static void wait_span(struct history *history, ms_t span, bool is_eager)
{
    struct timespec deadline = clock_deadline(span);
    int code = 0;
    while (!history->is_stopping && code != ETIMEDOUT &&
           !(is_eager && history->next - history->first >= EAGER)) {
        code = pthread_cond_timedwait(&history->work, &history->lock, &deadline);
    }
}

static void *run_history(void *context)
{
    struct history *history = context;
    if (!history->status.is_ok && history->callbacks.on_health != NULL) {
        /* A damaged file was found by history_open, before there was a callback. */
        history->callbacks.on_health(history->callbacks.context, false, history->status.text);
    }
    thread_lock(&history->lock);
    bool is_over = false;
    while (!is_over) {
        while (history->next == history->first && !history->is_stopping) {
            (void) pthread_cond_wait(&history->work, &history->lock);
        }
        wait_span(history, GATHER_MS, true);
        is_over = history->is_stopping;
        thread_unlock(&history->lock);
        bool is_ok = commit_all(history);
        thread_lock(&history->lock);
        if (!is_ok) {
            wait_span(history, RETRY_MS, false);
        }
    }
    history->has_ended = true;
    (void) pthread_cond_signal(&history->ended);
    thread_unlock(&history->lock);
    return NULL;
}

bool history_start(struct history *history, const struct history_callbacks *callbacks,
                   struct error *error)
{
    CHECK(history->batch != NULL); /* not read-only */
    history->callbacks = *callbacks;
    history->is_stopping = false;
    history->has_ended = false;
    const struct thread_job job = {
        .name = "huoyan-history", .run = run_history, .context = history};
    history->is_running = thread_start(&job, &history->thread, error);
    return history->is_running;
}

/* With the lock, after the thread was asked to stop. False: it hangs in the disk. */
static bool wait_for_history_end(struct history *history)
{
    struct timespec deadline = clock_deadline(STOP_MS);
    int code = 0;
    while (!history->has_ended && code != ETIMEDOUT) {
        code = pthread_cond_timedwait(&history->ended, &history->lock, &deadline);
    }
    return history->has_ended;
}

void history_stop(struct history *history)
{
    if (history == NULL) {
        return;
    }
    thread_lock(&history->lock);
    if (!history->is_running) {
        thread_unlock(&history->lock);
        return;
    }
    history->is_stopping = true;
    (void) pthread_cond_signal(&history->work);
    bool has_ended = wait_for_history_end(history);
    history->is_hung = !has_ended;
    history->is_running = false;
    thread_unlock(&history->lock);
    if (has_ended) {
        (void) pthread_join(history->thread, NULL);
    } else {
        (void) pthread_detach(history->thread);
    }
}

struct history_status history_status(struct history *history)
{
    thread_lock(&history->lock);
    struct history_status status = history->status;
    ms_t busy_since = history->busy_since;
    thread_unlock(&history->lock);
    ms_t busy = busy_since > 0 ? clock_ms() - busy_since : 0;
    if (busy > HUNG_MS) {
        status.is_ok = false;
        (void) snprintf(status.text, sizeof status.text,
                        "history.db: the disk has not answered for %" PRId64 " s",
                        busy / MS_PER_SECOND);
    }
    return status;
}
