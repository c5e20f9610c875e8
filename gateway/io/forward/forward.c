#include "gateway/io/forward/forward.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/hash.h"
#include "gateway/base/memory.h"
#include "gateway/base/text.h"
#include "gateway/base/thread.h"
#include "gateway/io/forward/store_client.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/log.h"

enum {
    IDLE_MS = 1000,      /* between two looks into history when no forward_wake comes */
    GATHER_MS = 1000,    /* a request a second, unless there is enough for a full one */
    PATIENCE_MS = 10000, /* a store may be silent for so long (a restart) before it is reported */
};

/* Of the thread, except `lock` and what it guards. */
struct forward {
    struct forward_settings settings;
    struct forward_callbacks callbacks;
    struct store_client *client;
    struct history_cursor *cursor;

    struct batch_retry retry;
    struct reading *reading; /* of the current batch, FORWARD_LINES_MAX */
    int64_t sequence;        /* confirms the batch */
    char refusal[256];       /* the store's last one: a later answer may show which line it meant */
    ms_t trouble_since;      /* 0: none */
    ms_t backlog_at;         /* when the backlog was counted */

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    atomic_bool is_stopping; /* set with the lock */
    bool is_woken;           /* guarded by lock, as is status */
    struct forward_status status;
};

/* Reports changes only. A working store has no text. */
static void report_store_health(struct forward *forward, bool is_ok)
{
    thread_lock(&forward->lock);
    bool is_change = forward->status.is_ok != is_ok;
    forward->status.is_ok = is_ok;
    if (is_ok) {
        forward->status.text[0] = '\0';
    }
    struct forward_status status = forward->status;
    thread_unlock(&forward->lock);
    if (is_change) {
        forward->callbacks.on_health(forward->callbacks.context, forward->settings.id, is_ok,
                                     status.text);
    }
}

static void set_trouble(struct forward *forward, const char *text)
{
    ms_t now = clock_ms();
    forward->trouble_since = forward->trouble_since == 0 ? now : forward->trouble_since;
    thread_lock(&forward->lock);
    text_copy(forward->status.text, sizeof forward->status.text, text);
    thread_unlock(&forward->lock);
}

/* Our own side (history) fails: no patience, unlike with a store that may be restarting. */
static void report_own_trouble(struct forward *forward, const struct error *error)
{
    set_trouble(forward, error->text);
    report_store_health(forward, false);
}

static void count_step(struct forward *forward, const struct batch_retry_step *step)
{
    thread_lock(&forward->lock);
    forward->status.requests++;
    forward->status.sent += step->taken;
    forward->status.quarantined += step->refused.to - step->refused.from;
    thread_unlock(&forward->lock);
}

/* At most once a second: it asks the database. */
static void count_backlog(struct forward *forward)
{
    ms_t now = clock_ms();
    if (now - forward->backlog_at < MS_PER_SECOND) {
        return;
    }
    forward->backlog_at = now;
    ms_t oldest_at = 0;
    int64_t backlog = history_cursor_backlog(forward->cursor, &oldest_at);
    thread_lock(&forward->lock);
    forward->status.backlog = backlog;
    forward->status.oldest_at = backlog > 0 ? oldest_at : 0;
    thread_unlock(&forward->lock);
}

/* Until the span is over, the thread is to stop, or, if may_wake, there are new readings. */
static void wait_slice(struct forward *forward, ms_t span, bool may_wake)
{
    struct timespec deadline = clock_deadline(span);
    thread_lock(&forward->lock);
    int code = 0;
    while (!forward->is_stopping && !(may_wake && forward->is_woken) && code == 0) {
        code = pthread_cond_timedwait(&forward->changed, &forward->lock, &deadline);
    }
    forward->is_woken = forward->is_woken && !may_wake;
    thread_unlock(&forward->lock);
}

/* Waits for the whole span; new readings do not end it, they only make the backlog longer. */
static void wait_span_out(struct forward *forward, ms_t span)
{
    ms_t end = clock_ms() + span;
    for (ms_t now = clock_ms(); now < end && !atomic_load(&forward->is_stopping);
         now = clock_ms()) {
        wait_slice(forward, min_ms(end - now, 2 * MS_PER_SECOND), false);
        count_backlog(forward);
    }
}

static void log_refused(struct forward *forward, struct batch_retry_range refused)
{
    char line[LINE_PROTOCOL_MAX_BYTES + 1];
    store_client_format(forward->client, &forward->reading[refused.from], line);
    log_line(LOG_LEVEL_WARNING, forward->settings.id,
             "the store refuses %" PRId32 " lines for good, the first is '%s': %s",
             refused.to - refused.from, line, forward->refusal);
}

static void describe_refusal(const struct http_answer *answer, char to[static 200])
{
    struct text text = text_over(to, 200);
    if (answer->status == 0) {
        text_add(&text, "时序库没有应答，数据留在本机：%s", answer->why);
    } else if (batch_retry_classify(answer->status) == BATCH_RETRY_LATER) {
        text_add(&text, "时序库暂时不收数据（HTTP %" PRId32 "），数据留在本机：%s", answer->status,
                 answer->body);
    } else {
        text_add(&text, "时序库拒收数据（HTTP %" PRId32 "），请检查地址、数据库名和口令：%s",
                 answer->status, answer->body);
    }
}

static void act_on_answer(struct forward *forward, const struct batch_retry_step *step,
                          const struct http_answer *answer)
{
    count_step(forward, step);
    bool is_taken = batch_retry_classify(answer->status) == BATCH_RETRY_TAKEN;
    if (!is_taken) {
        text_copy(forward->refusal, sizeof forward->refusal, answer->body);
    }
    if (step->refused.from < step->refused.to) {
        log_refused(forward, step->refused);
    }
    if (step->next == BATCH_RETRY_SEND) {
        if (is_taken) {
            forward->trouble_since = 0;
            report_store_health(forward, true);
        }
        return;
    }
    char sentence[200]; /* as forward_status.text */
    describe_refusal(answer, sentence);
    set_trouble(forward, sentence);
    if (step->next == BATCH_RETRY_HOLD || clock_ms() - forward->trouble_since >= PATIENCE_MS) {
        report_store_health(forward, false);
    }
    wait_span_out(forward, step->wait_ms);
}

/* False: there is no batch now. */
static bool fetch_batch(struct forward *forward)
{
    struct error error;
    int32_t count = history_cursor_next(forward->cursor, forward->reading, FORWARD_LINES_MAX,
                                        &forward->sequence, &error);
    if (count < 0) {
        report_own_trouble(forward, &error);
        return false;
    }
    if (count == 0) {
        return false;
    }
    batch_retry_begin(&forward->retry, count);
    return true;
}

/* The cursor moves only now. After a crash before this line the same lines are sent again, and the
 * store overwrites them with equal values. */
static void confirm_batch(struct forward *forward)
{
    struct error error;
    if (!history_cursor_confirm(forward->cursor, forward->sequence, &error)) {
        report_own_trouble(forward, &error);
        wait_span_out(forward, IDLE_MS);
    }
}

static void deliver_batch(struct forward *forward)
{
    bool is_held = false;
    while (!batch_retry_is_done(&forward->retry) && !is_held &&
           !atomic_load(&forward->is_stopping)) {
        struct http_answer answer;
        store_client_post(forward->client, forward->reading, batch_retry_part(&forward->retry),
                          &answer);
        if (atomic_load(&forward->is_stopping) && answer.status == 0) {
            return; /* forward_stop ended the request */
        }
        struct batch_retry_step step =
            batch_retry_answer(&forward->retry, answer.status, answer.body, answer.retry_after_ms);
        is_held = step.next == BATCH_RETRY_HOLD;
        act_on_answer(forward, &step, &answer);
    }
    if (batch_retry_is_done(&forward->retry)) {
        confirm_batch(forward);
    }
}

/* Sends the next batch, or waits until there is one. */
static void forward_next_batch(struct forward *forward)
{
    ms_t began = clock_ms();
    if (!fetch_batch(forward)) {
        wait_slice(forward, IDLE_MS, true);
        return;
    }
    deliver_batch(forward);
    if (batch_retry_is_done(&forward->retry) && forward->retry.count < FORWARD_LINES_MAX) {
        /* Readings of the next second share one request. */
        wait_span_out(forward, min_ms(began + GATHER_MS - clock_ms(), GATHER_MS));
    }
}

static void *run_forward(void *context)
{
    struct forward *forward = context;
    while (!atomic_load(&forward->is_stopping)) {
        forward_next_batch(forward);
        count_backlog(forward);
    }
    return NULL;
}

static void free_forward(struct forward *forward)
{
    history_cursor_close(forward->cursor);
    store_client_close(forward->client);
    free(forward->reading);
    (void) pthread_cond_destroy(&forward->changed);
    (void) pthread_mutex_destroy(&forward->lock);
    free(forward);
}

bool forward_start(const struct forward_settings *settings, struct history *history,
                   const struct policy *policy, const struct forward_callbacks *callbacks,
                   struct forward **ret_forward, struct error *error)
{
    struct forward *forward = memory_take(1, sizeof *forward);
    forward->settings = *settings;
    forward->callbacks = *callbacks;
    forward->reading = memory_take(FORWARD_LINES_MAX, sizeof *forward->reading);
    forward->status.is_ok = true;
    /* Gateways that lost the same store must not retry at the same times: name and time differ. */
    uint64_t seed = hash_64((uint64_t) clock_us(), settings->id, strlen(settings->id));
    forward->retry = batch_retry_new(FORWARD_LINES_MAX, seed);
    CHECK(pthread_mutex_init(&forward->lock, NULL) == 0);
    thread_cond_init(&forward->changed);
    if (!store_client_open(settings, policy, &forward->client, error) ||
        !history_cursor_open(history, settings->id, &forward->cursor, error)) {
        free_forward(forward);
        return false;
    }
    const struct thread_job job = {
        .name = "huoyan-forward", .run = run_forward, .context = forward};
    if (!thread_start(&job, &forward->thread, error)) {
        free_forward(forward);
        return false;
    }
    *ret_forward = forward;
    return true;
}

void forward_stop(struct forward *forward)
{
    if (forward == NULL) {
        return;
    }
    thread_lock(&forward->lock);
    atomic_store(&forward->is_stopping, true);
    (void) pthread_cond_broadcast(&forward->changed);
    thread_unlock(&forward->lock);
    store_client_cancel(forward->client);
    (void) pthread_join(forward->thread, NULL);
    free_forward(forward);
}

void forward_wake(struct forward *forward)
{
    thread_lock(&forward->lock);
    forward->is_woken = true;
    (void) pthread_cond_broadcast(&forward->changed);
    thread_unlock(&forward->lock);
}

struct forward_status forward_status(struct forward *forward)
{
    thread_lock(&forward->lock);
    struct forward_status status = forward->status;
    thread_unlock(&forward->lock);
    return status;
}
