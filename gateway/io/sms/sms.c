#include "gateway/io/sms/sms.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "gateway/base/text.h"
#include "gateway/base/thread.h"
#include "gateway/base/zero_pages.h"
#include "gateway/io/sms/sms_console.h"
#include "gateway/io/sms/sms_driver.h"
#include "gateway/io/sms/smsd.h"
#include "gateway/io/system/clock.h"

enum {
    RETRY_MS = 1000,     /* a driver that could not take a message is asked again so soon */
    GIVE_UP_MS = 120000, /* and after this the message has failed: its chain must go on */
};

struct job {
    struct effect_message message;
    bool may_have_left;
    bool is_cancelled;
    ms_t tried_at; /* first try that the driver put off, 0: none */
};

struct notify {
    const struct sms_driver *driver;
    void *self; /* the driver's */
    struct notify_callbacks callbacks;
    int wake; /* eventfd */
    pthread_t thread;

    pthread_mutex_t lock; /* guards all below; never held over I/O or a callback */
    bool is_stopping;
    int32_t first, count; /* of the ring; the thread alone takes from its front */
    struct job *job;      /* NOTIFY_QUEUE_MAX */
    int32_t cancel_count;
    int64_t cancel[NOTIFY_QUEUE_MAX]; /* messages that have left the ring, to be taken back */
    struct notify_status status;
};

static void count_outcome(void *context, int64_t message, enum outcome outcome, const char *why)
{
    struct notify *notify = context;
    (void) pthread_mutex_lock(&notify->lock);
    notify->status.sent += outcome == OUTCOME_SENT ? 1 : 0;
    notify->status.failed += outcome == OUTCOME_FAILED ? 1 : 0;
    (void) pthread_mutex_unlock(&notify->lock);
    notify->callbacks.on_outcome(notify->callbacks.context, message, outcome, why);
}

static bool pass_reply(void *context, const char *from, const char *text, const char *key)
{
    struct notify *notify = context;
    return notify->callbacks.on_reply(notify->callbacks.context, from, text, key);
}

/* Drivers tell their health as often as they like; the house hears of changes. */
static void pass_health(void *context, bool is_well, const char *text)
{
    struct notify *notify = context;
    (void) pthread_mutex_lock(&notify->lock);
    bool is_news = notify->status.is_well != is_well;
    notify->status.is_well = is_well;
    struct text words = text_over(notify->status.text, sizeof notify->status.text);
    text_add_bytes(&words, text, strlen(text));
    (void) pthread_mutex_unlock(&notify->lock);
    if (is_news) {
        notify->callbacks.on_health(notify->callbacks.context, is_well, text);
    }
}

static bool none_open(const struct notify_settings *settings,
                      const struct notify_callbacks *callbacks, void **ret_self,
                      struct error *error)
{
    (void) settings, (void) callbacks, (void) error;
    *ret_self = NULL;
    return true;
}

static void none_close(void *self)
{
    (void) self;
}

static enum sms_taken none_send(void *self, const struct effect_message *message,
                                bool may_have_left, struct error *error)
{
    (void) self, (void) message, (void) may_have_left;
    (void) error_set(error, "没有配置短信");
    return SMS_REFUSED;
}

static void none_cancel(void *self, int64_t message)
{
    (void) self, (void) message;
}

static int none_fd(void *self)
{
    (void) self;
    return -1;
}

static ms_t none_turn(void *self, ms_t wall)
{
    (void) self, (void) wall;
    return MS_PER_HOUR;
}

/* No SMS configured: every message fails at once, so that nobody waits for it. */
static const struct sms_driver none_driver = {.open = none_open,
                                              .close = none_close,
                                              .send = none_send,
                                              .cancel = none_cancel,
                                              .fd = none_fd,
                                              .turn = none_turn};

static const struct sms_driver *driver_of(enum notify_driver driver)
{
    switch (driver) {
    case NOTIFY_CONSOLE:
        return &sms_console_driver;
    case NOTIFY_SMSD:
        return &sms_smsd_driver;
    case NOTIFY_NONE:
        break;
    }
    return &none_driver;
}

/* Copies the front of the ring; false when it is empty or we stop. */
static bool peek(struct notify *notify, struct job *ret_job)
{
    (void) pthread_mutex_lock(&notify->lock);
    bool has_job = notify->count > 0 && !notify->is_stopping;
    if (has_job) {
        *ret_job = notify->job[notify->first];
    }
    (void) pthread_mutex_unlock(&notify->lock);
    return has_job;
}

static void pop(struct notify *notify)
{
    (void) pthread_mutex_lock(&notify->lock);
    notify->first = (notify->first + 1) % NOTIFY_QUEUE_MAX;
    notify->count--;
    (void) pthread_mutex_unlock(&notify->lock);
}

static void put_off(struct notify *notify, ms_t now)
{
    (void) pthread_mutex_lock(&notify->lock);
    struct job *job = &notify->job[notify->first];
    job->tried_at = job->tried_at == 0 ? now : job->tried_at;
    (void) pthread_mutex_unlock(&notify->lock);
}

/* True: done with it, one way or the other. */
static bool send_job(struct notify *notify, const struct job *job)
{
    if (job->is_cancelled) {
        return true;
    }
    struct error error = {""};
    ms_t now = clock_ms();
    switch (notify->driver->send(notify->self, &job->message, job->may_have_left, &error)) {
    case SMS_TAKEN:
        return true;
    case SMS_LATER:
        if (job->tried_at == 0 || now - job->tried_at < GIVE_UP_MS) {
            put_off(notify, now);
            return false;
        }
        break;
    case SMS_REFUSED:
        break;
    }
    count_outcome(notify, job->message.id, OUTCOME_FAILED, error.text);
    return true;
}

static bool take_cancel(struct notify *notify, int64_t *ret_message)
{
    (void) pthread_mutex_lock(&notify->lock);
    bool has_one = notify->cancel_count > 0;
    if (has_one) {
        *ret_message = notify->cancel[--notify->cancel_count];
    }
    (void) pthread_mutex_unlock(&notify->lock);
    return has_one;
}

static void take_back(struct notify *notify)
{
    int64_t message = 0;
    while (take_cancel(notify, &message)) {
        notify->driver->cancel(notify->self, message);
    }
}

/* Returns after how many ms the queue wants to be looked at again. */
static ms_t drain(struct notify *notify)
{
    struct job job;
    take_back(notify);
    while (peek(notify, &job)) {
        if (!send_job(notify, &job)) {
            return RETRY_MS;
        }
        pop(notify);
        take_back(notify); /* a long queue must not delay it */
    }
    return MS_PER_HOUR;
}

static bool is_stopping(struct notify *notify)
{
    (void) pthread_mutex_lock(&notify->lock);
    bool result = notify->is_stopping;
    (void) pthread_mutex_unlock(&notify->lock);
    return result;
}

static void await(const struct notify *notify, ms_t span)
{
    struct pollfd fds[] = {{.fd = notify->wake, .events = POLLIN},
                           {.fd = notify->driver->fd(notify->self), .events = POLLIN}};
    (void) poll(fds, 2, (int) span);
    eventfd_t ignored = 0;
    (void) eventfd_read(notify->wake, &ignored);
}

static void *run(void *context)
{
    struct notify *notify = context;
    while (!is_stopping(notify)) {
        ms_t queue = drain(notify);
        ms_t due = notify->driver->turn(notify->self, clock_ms() + clock_drift());
        await(notify, min_ms(queue, due));
    }
    return NULL;
}

static void free_parts(struct notify *notify)
{
    if (notify->wake >= 0) {
        (void) close(notify->wake);
    }
    (void) pthread_mutex_destroy(&notify->lock);
    zero_pages_free(notify->job, NOTIFY_QUEUE_MAX * sizeof *notify->job);
    free(notify);
}

static bool start_thread(struct notify *notify, const struct notify_settings *settings,
                         struct error *error)
{
    struct notify_callbacks own = {.context = notify,
                                   .on_outcome = count_outcome,
                                   .on_reply = pass_reply,
                                   .on_health = pass_health};
    if (notify->wake < 0) {
        return error_set(error, "no memory for the queue of messages");
    }
    if (!notify->driver->open(settings, &own, &notify->self, error)) {
        return false;
    }
    const struct thread_job job = {.name = "huoyan-notify", .run = run, .context = notify};
    if (!thread_start(&job, &notify->thread, error)) {
        notify->driver->close(notify->self);
        return false;
    }
    return true;
}

bool notify_start(const struct notify_settings *settings, const struct notify_callbacks *callbacks,
                  struct notify **ret_notify, struct error *error)
{
    struct notify *notify = calloc(1, sizeof *notify);
    if (notify == NULL) {
        return error_set(error, "no memory for the queue of messages");
    }
    notify->driver = driver_of(settings->driver);
    notify->callbacks = *callbacks;
    notify->status.is_well = true;
    notify->job = zero_pages_take(NOTIFY_QUEUE_MAX * sizeof *notify->job);
    notify->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    CHECK(pthread_mutex_init(&notify->lock, NULL) == 0);
    if (!start_thread(notify, settings, error)) {
        free_parts(notify);
        return false;
    }
    *ret_notify = notify;
    return true;
}

void notify_stop(struct notify *notify)
{
    if (notify == NULL) {
        return;
    }
    (void) pthread_mutex_lock(&notify->lock);
    notify->is_stopping = true;
    (void) pthread_mutex_unlock(&notify->lock);
    (void) eventfd_write(notify->wake, 1);
    (void) pthread_join(notify->thread, NULL);
    notify->driver->close(notify->self);
    free_parts(notify);
}

bool notify_send(struct notify *notify, const struct effect_message *message, bool may_have_left)
{
    (void) pthread_mutex_lock(&notify->lock);
    bool has_room = notify->count < NOTIFY_QUEUE_MAX;
    if (has_room) {
        int32_t last = (notify->first + notify->count) % NOTIFY_QUEUE_MAX;
        notify->job[last] = (struct job){.message = *message, .may_have_left = may_have_left};
        notify->count++;
    } else {
        notify->status.refused++;
    }
    (void) pthread_mutex_unlock(&notify->lock);
    (void) eventfd_write(notify->wake, 1);
    return has_room;
}

bool notify_cancel(struct notify *notify, int64_t message)
{
    bool is_queued = false;
    (void) pthread_mutex_lock(&notify->lock);
    for (int32_t i = 0; i < notify->count; i++) {
        struct job *job = &notify->job[(notify->first + i) % NOTIFY_QUEUE_MAX];
        is_queued = is_queued || job->message.id == message;
        job->is_cancelled = job->is_cancelled || job->message.id == message;
    }
    /* Also when it is queued: the thread may be handing over the front one just now. */
    if (notify->cancel_count < NOTIFY_QUEUE_MAX) {
        notify->cancel[notify->cancel_count++] = message;
    }
    (void) pthread_mutex_unlock(&notify->lock);
    (void) eventfd_write(notify->wake, 1);
    return is_queued;
}

struct notify_status notify_status(struct notify *notify)
{
    (void) pthread_mutex_lock(&notify->lock);
    struct notify_status status = notify->status;
    status.queued = notify->count;
    (void) pthread_mutex_unlock(&notify->lock);
    return status;
}
