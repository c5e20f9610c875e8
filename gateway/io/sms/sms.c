#include "gateway/io/sms/sms.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/memory.h"
#include "gateway/base/text.h"
#include "gateway/base/thread.h"
#include "gateway/base/zero_pages.h"
#include "gateway/io/sms/sms_console.h"
#include "gateway/io/sms/smsd.h"
#include "gateway/io/system/clock.h"

enum {
    RETRY_MS = 1000,     /* until a message that the driver could not take is offered again */
    GIVE_UP_MS = 120000, /* after this the message has failed, so that the escalation can go on */
};

struct sms_job {
    struct effect_message message;
    bool may_have_left;
    bool is_cancelled;
};

struct sms {
    const struct sms_driver *driver; /* NULL: SMS is not configured */
    void *self;                      /* the driver's */
    struct sms_callbacks callbacks;
    int wake;      /* eventfd */
    ms_t tried_at; /* when the driver first said SMS_LATER to the front of the ring, 0: never */
    pthread_t thread;
    atomic_bool is_stopping;

    pthread_mutex_t lock; /* guards all below; never held over I/O or a callback */
    int32_t first, count; /* of the ring; only the thread removes its front */
    struct sms_job *job;  /* SMS_QUEUE_MAX */
    int32_t cancel_count;
    int64_t cancel[SMS_QUEUE_MAX]; /* to be cancelled by the driver */
    struct sms_status status;
};

static void count_outcome(void *context, int64_t message, enum outcome outcome, const char *why)
{
    struct sms *sms = context;
    thread_lock(&sms->lock);
    sms->status.sent += outcome == OUTCOME_SENT ? 1 : 0;
    sms->status.failed += outcome == OUTCOME_FAILED ? 1 : 0;
    thread_unlock(&sms->lock);
    sms->callbacks.on_outcome(sms->callbacks.context, message, outcome, why);
}

static bool pass_reply(void *context, const char *from, const char *text, const char *key)
{
    struct sms *sms = context;
    return sms->callbacks.on_reply(sms->callbacks.context, from, text, key);
}

/* Drivers report their health with each sweep; only changes are passed on. */
static void pass_health(void *context, bool is_ok, const char *text)
{
    struct sms *sms = context;
    thread_lock(&sms->lock);
    bool is_change = sms->status.is_ok != is_ok;
    sms->status.is_ok = is_ok;
    text_copy(sms->status.text, sizeof sms->status.text, text);
    thread_unlock(&sms->lock);
    if (is_change) {
        sms->callbacks.on_health(sms->callbacks.context, is_ok, text);
    }
}

/* Copies the front of the ring; false when it is empty. */
static bool peek_job(struct sms *sms, struct sms_job *ret_job)
{
    thread_lock(&sms->lock);
    bool has_job = sms->count > 0;
    if (has_job) {
        *ret_job = sms->job[sms->first];
    }
    thread_unlock(&sms->lock);
    return has_job;
}

static void pop_job(struct sms *sms)
{
    thread_lock(&sms->lock);
    sms->first = (sms->first + 1) % SMS_QUEUE_MAX;
    sms->count--;
    thread_unlock(&sms->lock);
    sms->tried_at = 0;
}

/* True: the job is finished, sent or failed. */
static bool send_job(struct sms *sms, const struct sms_job *job)
{
    if (job->is_cancelled) {
        return true;
    }
    if (sms->driver == NULL) { /* fails at once, so that the escalation does not wait */
        count_outcome(sms, job->message.id, OUTCOME_FAILED, "没有配置短信");
        return true;
    }
    struct error error = {""};
    ms_t now = clock_ms();
    switch (sms->driver->send(sms->self, &job->message, job->may_have_left, &error)) {
    case SMS_TAKEN:
        return true;
    case SMS_LATER:
        sms->tried_at = sms->tried_at == 0 ? now : sms->tried_at;
        if (now - sms->tried_at < GIVE_UP_MS) {
            return false;
        }
        break;
    case SMS_REFUSED:
        break;
    }
    count_outcome(sms, job->message.id, OUTCOME_FAILED, error.text);
    return true;
}

static bool take_cancel(struct sms *sms, int64_t *ret_message)
{
    thread_lock(&sms->lock);
    bool has_one = sms->cancel_count > 0;
    if (has_one) {
        *ret_message = sms->cancel[--sms->cancel_count];
    }
    thread_unlock(&sms->lock);
    return has_one;
}

static void cancel_taken(struct sms *sms)
{
    int64_t message = 0;
    while (take_cancel(sms, &message)) {
        if (sms->driver != NULL) {
            sms->driver->cancel(sms->self, message);
        }
    }
}

/* Returns the time until the queue must be looked at again. */
static ms_t send_queue(struct sms *sms)
{
    struct sms_job job;
    cancel_taken(sms);
    while (!atomic_load(&sms->is_stopping) && peek_job(sms, &job)) {
        if (!send_job(sms, &job)) {
            return RETRY_MS;
        }
        pop_job(sms);
        cancel_taken(sms); /* a long queue must not delay a cancellation */
    }
    return MS_PER_HOUR;
}

static void await_event(const struct sms *sms, ms_t span)
{
    int driver_fd = sms->driver == NULL ? -1 : sms->driver->fd(sms->self);
    struct pollfd fds[] = {{.fd = sms->wake, .events = POLLIN},
                           {.fd = driver_fd, .events = POLLIN}};
    (void) poll(fds, 2, (int) span);
    eventfd_t ignored = 0;
    (void) eventfd_read(sms->wake, &ignored);
}

static void *run_sms(void *context)
{
    struct sms *sms = context;
    while (!atomic_load(&sms->is_stopping)) {
        ms_t queue = send_queue(sms);
        ms_t wall = clock_ms() + clock_drift();
        ms_t due = sms->driver == NULL ? MS_PER_HOUR : sms->driver->turn(sms->self, wall);
        await_event(sms, min_ms(queue, due));
    }
    return NULL;
}

static void close_driver(struct sms *sms)
{
    if (sms->driver != NULL) {
        sms->driver->close(sms->self);
    }
}

static void free_sms(struct sms *sms)
{
    if (sms->wake >= 0) {
        (void) close(sms->wake);
    }
    (void) pthread_mutex_destroy(&sms->lock);
    zero_pages_free(sms->job, SMS_QUEUE_MAX * sizeof *sms->job);
    free(sms);
}

static bool start_sms_thread(struct sms *sms, const struct sms_settings *settings,
                             struct error *error)
{
    struct sms_callbacks own = {.context = sms,
                                .on_outcome = count_outcome,
                                .on_reply = pass_reply,
                                .on_health = pass_health};
    if (sms->wake < 0) {
        return error_set(error, "no memory for the queue of messages");
    }
    if (sms->driver != NULL && !sms->driver->open(settings, &own, &sms->self, error)) {
        return false;
    }
    const struct thread_job job = {.name = "huoyan-notify", .run = run_sms, .context = sms};
    if (!thread_start(&job, &sms->thread, error)) {
        close_driver(sms);
        return false;
    }
    return true;
}

bool sms_start(const struct sms_settings *settings, const struct sms_callbacks *callbacks,
               struct sms **ret_sms, struct error *error)
{
    static const struct sms_driver *const drivers[] = {
        [SMS_NONE] = NULL, [SMS_CONSOLE] = &sms_console_driver, [SMS_SMSD] = &smsd_driver};
    struct sms *sms = memory_take(1, sizeof *sms);
    sms->driver = drivers[settings->driver];
    sms->callbacks = *callbacks;
    sms->status.is_ok = true;
    sms->job = zero_pages_take(SMS_QUEUE_MAX * sizeof *sms->job);
    sms->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    CHECK(pthread_mutex_init(&sms->lock, NULL) == 0);
    if (!start_sms_thread(sms, settings, error)) {
        free_sms(sms);
        return false;
    }
    *ret_sms = sms;
    return true;
}

void sms_stop(struct sms *sms)
{
    if (sms == NULL) {
        return;
    }
    atomic_store(&sms->is_stopping, true);
    (void) eventfd_write(sms->wake, 1);
    (void) pthread_join(sms->thread, NULL);
    close_driver(sms);
    free_sms(sms);
}

bool sms_send(struct sms *sms, const struct effect_message *message, bool may_have_left)
{
    thread_lock(&sms->lock);
    bool has_room = sms->count < SMS_QUEUE_MAX;
    if (has_room) {
        int32_t last = (sms->first + sms->count) % SMS_QUEUE_MAX;
        sms->job[last] = (struct sms_job){.message = *message, .may_have_left = may_have_left};
        sms->count++;
    } else {
        sms->status.refused++;
    }
    thread_unlock(&sms->lock);
    (void) eventfd_write(sms->wake, 1);
    return has_room;
}

bool sms_cancel(struct sms *sms, int64_t message)
{
    bool is_queued = false;
    thread_lock(&sms->lock);
    for (int32_t i = 0; i < sms->count; i++) {
        struct sms_job *job = &sms->job[(sms->first + i) % SMS_QUEUE_MAX];
        is_queued = is_queued || job->message.id == message;
        job->is_cancelled = job->is_cancelled || job->message.id == message;
    }
    /* Also when it is queued: the thread may be handing the front one to the driver now. */
    if (sms->cancel_count < SMS_QUEUE_MAX) {
        sms->cancel[sms->cancel_count++] = message;
    }
    thread_unlock(&sms->lock);
    (void) eventfd_write(sms->wake, 1);
    return is_queued;
}

struct sms_status sms_status(struct sms *sms)
{
    thread_lock(&sms->lock);
    struct sms_status status = sms->status;
    status.queued = sms->count;
    thread_unlock(&sms->lock);
    return status;
}
