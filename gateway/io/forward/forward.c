#include "gateway/io/forward/forward.h"

#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "gateway/base/thread.h"
#include "gateway/base/utf8.h"
#include "gateway/io/forward/batch_retry.h"
#include "gateway/io/forward/line_protocol.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/gzip.h"
#include "gateway/io/system/http.h"
#include "gateway/io/system/log.h"

enum {
    TOKEN_MAX = 512,
    URL_MAX = 512,
    REQUEST_MS = 10000,
    IDLE_MS = 1000,      /* asks history so often even when nobody wakes us */
    GATHER_MS = 1000,    /* a request a second, unless there is enough for a full one */
    PATIENCE_MS = 10000, /* a store may be silent so long (a restart) before it is ill */
    TEXT_MAX = FORWARD_LINES_MAX * LINE_PROTOCOL_MAX_BYTES,
};

/* What only the thread touches, beside `lock` and what it guards. */
struct forward {
    struct forward_settings settings;
    struct forward_callbacks callbacks;
    struct line_protocol_heads *heads;
    struct history_cursor *cursor;
    struct http *http;
    struct gzip *gzip;
    char url[URL_MAX];
    char token[TOKEN_MAX];
    char token_header[TOKEN_MAX + 32];

    struct batch_retry retry;
    struct reading *reading; /* of the batch in hand, FORWARD_LINES_MAX */
    int64_t sequence;        /* confirms the batch */
    char *lines; /* of the part, TEXT_MAX; pages that are not needed are never touched */
    void *packed;
    size_t packed_size;
    char refusal
        [256]; /* the words of the last one: a bad line may be inferred from a later answer */
    ms_t trouble_since; /* 0: none */
    ms_t backlog_at;    /* when the backlog was counted */

    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool is_stopping, is_woken; /* guarded by lock, as is status */
    struct forward_status status;
};

static void set_trouble(struct forward *forward, const char *text)
{
    ms_t now = clock_ms();
    forward->trouble_since = forward->trouble_since == 0 ? now : forward->trouble_since;
    thread_lock(&forward->lock);
    struct text words = text_over(forward->status.text, sizeof forward->status.text);
    text_add_bytes(&words, text, strlen(text));
    thread_unlock(&forward->lock);
}

/* The store is ill: says so once. */
static void report_faulty(struct forward *forward)
{
    thread_lock(&forward->lock);
    bool was_well = forward->status.is_well;
    forward->status.is_well = false;
    struct forward_status status = forward->status;
    thread_unlock(&forward->lock);
    if (was_well) {
        forward->callbacks.on_health(forward->callbacks.context, forward->settings.id, false,
                                     status.text);
    }
}

static void report_recovered(struct forward *forward)
{
    forward->trouble_since = 0;
    thread_lock(&forward->lock);
    bool was_well = forward->status.is_well;
    forward->status.is_well = true;
    forward->status.text[0] = '\0';
    thread_unlock(&forward->lock);
    if (!was_well) {
        forward->callbacks.on_health(forward->callbacks.context, forward->settings.id, true, "");
    }
}

static void count_step(struct forward *forward, const struct batch_retry_step *step)
{
    thread_lock(&forward->lock);
    forward->status.requests++;
    forward->status.sent += step->taken;
    forward->status.quarantined += step->refused.to - step->refused.from;
    thread_unlock(&forward->lock);
}

/* Counted at most once a second: it is a question to the database. */
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

static bool is_forward_stopping(struct forward *forward)
{
    thread_lock(&forward->lock);
    bool result = forward->is_stopping;
    thread_unlock(&forward->lock);
    return result;
}

static void await_readings(struct forward *forward)
{
    struct timespec deadline = clock_deadline(IDLE_MS);
    thread_lock(&forward->lock);
    int code = 0;
    while (!forward->is_stopping && !forward->is_woken && code == 0) {
        code = pthread_cond_timedwait(&forward->changed, &forward->lock, &deadline);
    }
    forward->is_woken = false;
    thread_unlock(&forward->lock);
}

static void wait_slice(struct forward *forward, ms_t span)
{
    struct timespec deadline = clock_deadline(span);
    thread_lock(&forward->lock);
    int code = 0;
    while (!forward->is_stopping && code == 0) {
        code = pthread_cond_timedwait(&forward->changed, &forward->lock, &deadline);
    }
    thread_unlock(&forward->lock);
}

/* Waits out a span; new readings do not end it, they only make the backlog longer. */
static void wait_span_out(struct forward *forward, ms_t span)
{
    ms_t end = clock_ms() + span;
    for (ms_t now = clock_ms(); now < end && !is_forward_stopping(forward); now = clock_ms()) {
        wait_slice(forward, min_ms(end - now, 2 * MS_PER_SECOND));
        count_backlog(forward);
    }
}

static void log_refused(const struct forward *forward, struct batch_retry_range refused)
{
    char line[LINE_PROTOCOL_MAX_BYTES + 1];
    struct text text = text_over(line, sizeof line);
    line_protocol_add(&text, forward->heads, &forward->reading[refused.from]);
    int first = text.length == 0 ? 0 : (int) text.length - 1; /* without the newline */
    log_line(LOG_LEVEL_WARNING, forward->settings.id,
             "the store refuses %" PRId32 " lines for good, the first is '%.*s': %s",
             refused.to - refused.from, first, line, forward->refusal);
}

static void post_part(struct forward *forward, struct batch_retry_range part,
                      struct http_answer *ret_answer)
{
    struct text lines = text_over(forward->lines, TEXT_MAX);
    for (int32_t i = part.from; i < part.to; i++) {
        line_protocol_add(&lines, forward->heads, &forward->reading[i]);
    }
    size_t length =
        gzip_pack(forward->gzip, lines.bytes, lines.length, forward->packed, forward->packed_size);
    const char *headers[] = {"Content-Type: text/plain; charset=utf-8", "Content-Encoding: gzip",
                             forward->token_header[0] != '\0' ? forward->token_header : NULL, NULL};
    bool has_user = forward->settings.user[0] != '\0';
    struct http_request request = {.url = forward->url,
                                   .headers = headers,
                                   .body = forward->packed,
                                   .length = length,
                                   .user = has_user ? forward->settings.user : NULL,
                                   .password = has_user ? forward->token : NULL,
                                   .timeout_ms = REQUEST_MS};
    http_post(forward->http, &request, clock_ms(), ret_answer);
}

static void describe_refusal(const struct http_answer *answer, char to[static 200])
{
    struct text text = text_over(to, 200);
    if (answer->status == 0) {
        text_add(&text, "时序库没有应答,数据留在本机:%s", answer->why);
    } else if (batch_retry_classify(answer->status) == BATCH_RETRY_LATER) {
        text_add(&text, "时序库暂时不收数据(HTTP %" PRId32 "),数据留在本机:%s", answer->status,
                 answer->body);
    } else {
        text_add(&text, "时序库拒收数据(HTTP %" PRId32 "),请检查地址、数据库名和口令:%s",
                 answer->status, answer->body);
    }
}

static void act_on_answer(struct forward *forward, const struct batch_retry_step *step,
                          const struct http_answer *answer)
{
    count_step(forward, step);
    bool is_taken = batch_retry_classify(answer->status) == BATCH_RETRY_TAKEN;
    if (!is_taken) {
        struct text words = text_over(forward->refusal, sizeof forward->refusal);
        text_add_bytes(&words, answer->body, strlen(answer->body));
    }
    if (step->refused.from < step->refused.to) {
        log_refused(forward, step->refused);
    }
    if (step->next == BATCH_RETRY_SEND) {
        if (is_taken) {
            report_recovered(forward);
        }
        return;
    }
    char words[200]; /* as forward_status.text */
    describe_refusal(answer, words);
    set_trouble(forward, words);
    if (step->next == BATCH_RETRY_HOLD || clock_ms() - forward->trouble_since >= PATIENCE_MS) {
        report_faulty(forward);
    }
    wait_span_out(forward, step->wait_ms);
}

/* Asks history for the next batch. False: there is none now. */
static bool fetch_batch(struct forward *forward)
{
    struct error error;
    int32_t count = history_cursor_next(forward->cursor, forward->reading, FORWARD_LINES_MAX,
                                        &forward->sequence, &error);
    if (count < 0) {
        set_trouble(forward, error.text);
        report_faulty(forward);
        return false;
    }
    if (count == 0) {
        return false;
    }
    batch_retry_begin(&forward->retry, count);
    return true;
}

/* The cursor moves when all of the batch is settled. When it cannot, the batch is sent again: the same lines. */
static void confirm_batch(struct forward *forward)
{
    struct error error;
    if (!history_cursor_confirm(forward->cursor, forward->sequence, &error)) {
        set_trouble(forward, error.text);
        report_faulty(forward);
        wait_span_out(forward, IDLE_MS);
    }
}

static void deliver_batch(struct forward *forward)
{
    bool is_held = false;
    while (!batch_retry_is_done(&forward->retry) && !is_held && !is_forward_stopping(forward)) {
        struct http_answer answer;
        post_part(forward, batch_retry_part(&forward->retry), &answer);
        if (is_forward_stopping(forward) && answer.status == 0) {
            return; /* it was us who ended it */
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

/* Behind a request that was not full: what comes until the next one goes with it. */
static void gather_readings(struct forward *forward, ms_t began)
{
    if (batch_retry_is_done(&forward->retry) && forward->retry.count < FORWARD_LINES_MAX) {
        wait_span_out(forward, min_ms(began + GATHER_MS - clock_ms(), GATHER_MS));
    }
}

static void *run_forward(void *context)
{
    struct forward *forward = context;
    while (!is_forward_stopping(forward)) {
        ms_t began = clock_ms();
        if (fetch_batch(forward)) {
            deliver_batch(forward);
            gather_readings(forward, began);
        } else {
            await_readings(forward);
        }
        count_backlog(forward);
    }
    return NULL;
}

static bool read_token_file(struct forward *forward, struct error *error)
{
    const char *path = forward->settings.token_file;
    if (path[0] == '\0') {
        return true;
    }
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return error_set_errno(error, errno, "store '%s': cannot open its token_file '%s'",
                               forward->settings.id, path);
    }
    struct stat status;
    if (fstat(fileno(file), &status) == 0 && (status.st_mode & 077) != 0) {
        log_line(LOG_LEVEL_WARNING, forward->settings.id,
                 "others may read '%s': chmod 600 protects the password", path);
    }
    bool is_read = fgets(forward->token, sizeof forward->token, file) != NULL;
    (void) fclose(file);
    forward->token[strcspn(forward->token, "\r\n")] = '\0';
    if (!is_read || forward->token[0] == '\0') {
        return error_set(error, "store '%s': its token_file '%s' is empty", forward->settings.id,
                         path);
    }
    if (forward->settings.user[0] == '\0') {
        (void) snprintf(forward->token_header, sizeof forward->token_header,
                        "Authorization: Token %s", forward->token);
    }
    return true;
}

static bool make_url(struct forward *forward, struct error *error)
{
    const struct forward_settings *settings = &forward->settings;
    char database[3 * sizeof settings->database]; /* each byte may need three */
    size_t length = strlen(settings->url);
    while (length > 0 && settings->url[length - 1] == '/') {
        length--;
    }
    if (length == 0 || !http_encode(settings->database, database, sizeof database)) {
        return error_set(error, "store '%s': no address in '%s'", settings->id, settings->url);
    }
    (void) snprintf(forward->url, sizeof forward->url, "%.*s/write?db=%s&precision=ms",
                    (int) length, settings->url, database);
    return true;
}

static bool open_forward_parts(struct forward *forward, struct history *history,
                               struct error *error)
{
    if (!make_url(forward, error) || !read_token_file(forward, error) ||
        !http_open(&forward->http, error) || !gzip_open(&forward->gzip, error)) {
        return false;
    }
    forward->reading = calloc(FORWARD_LINES_MAX, sizeof *forward->reading);
    forward->lines = malloc(TEXT_MAX);
    forward->packed_size = gzip_bound(forward->gzip, TEXT_MAX);
    forward->packed = malloc(forward->packed_size);
    if (forward->reading == NULL || forward->lines == NULL || forward->packed == NULL) {
        return error_set(error, "store '%s': no memory", forward->settings.id);
    }
    return history_cursor_open(history, forward->settings.id, &forward->cursor, error);
}

static void free_forward(struct forward *forward)
{
    history_cursor_close(forward->cursor);
    free(forward->packed);
    free(forward->lines);
    free(forward->reading);
    line_protocol_heads_free(forward->heads);
    gzip_close(forward->gzip);
    http_close(forward->http);
    (void) pthread_cond_destroy(&forward->changed);
    (void) pthread_mutex_destroy(&forward->lock);
    explicit_bzero(forward->token, sizeof forward->token);
    explicit_bzero(forward->token_header, sizeof forward->token_header);
    free(forward);
}

/* Gateways of one town must not come back in step: the store's name and the moment differ. */
static uint64_t make_jitter_seed(const char *id)
{
    uint64_t seed = (uint64_t) clock_us();
    for (; *id != '\0'; id++) {
        seed = seed * 31 + (unsigned char) *id;
    }
    return seed;
}

bool forward_start(const struct forward_settings *settings, struct history *history,
                   const struct policy *policy, const struct forward_callbacks *callbacks,
                   struct forward **ret_forward, struct error *error)
{
    struct forward *forward = calloc(1, sizeof *forward);
    if (forward == NULL) {
        return error_set(error, "store '%s': no memory", settings->id);
    }
    forward->settings = *settings;
    forward->callbacks = *callbacks;
    forward->heads = line_protocol_heads_new(policy);
    forward->status.is_well = true;
    forward->retry = batch_retry_new(FORWARD_LINES_MAX, make_jitter_seed(settings->id));
    CHECK(pthread_mutex_init(&forward->lock, NULL) == 0);
    thread_cond_init(&forward->changed);
    if (!open_forward_parts(forward, history, error)) {
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
    forward->is_stopping = true;
    (void) pthread_cond_broadcast(&forward->changed);
    thread_unlock(&forward->lock);
    http_cancel(forward->http);
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
