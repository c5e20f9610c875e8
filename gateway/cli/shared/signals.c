#include "gateway/cli/shared/signals.h"

#include <pthread.h>
#include <signal.h>
#include <sys/signalfd.h>

#include "gateway/base/thread.h"

static pthread_mutex_t daemon_lock = PTHREAD_MUTEX_INITIALIZER;
static struct daemon *running_daemon; /* under the lock */

static sigset_t stop_signals(void)
{
    sigset_t set;
    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGINT);
    (void) sigaddset(&set, SIGTERM);
    return set;
}

static void *take_signals(void *context)
{
    struct signals *signals = context;
    sigset_t wanted = stop_signals();
    (void) sigaddset(&wanted, SIGHUP);
    for (;;) {
        int number = 0;
        if (sigwait(&wanted, &number) != 0) {
            continue;
        }
        if (number == SIGHUP) {
            atomic_store(&signals->is_reload, true);
        } else {
            atomic_store(&signals->is_reload, false);
            atomic_store(&signals->must_stop, true);
        }
        thread_lock(&daemon_lock);
        if (running_daemon != NULL) {
            daemon_wake(running_daemon);
        }
        thread_unlock(&daemon_lock);
    }
    return NULL;
}

void signals_catch(struct signals *signals)
{
    sigset_t taken = stop_signals();
    (void) sigaddset(&taken, SIGHUP);
    CHECK(pthread_sigmask(SIG_BLOCK, &taken, NULL) == 0);
    (void) signal(SIGPIPE, SIG_IGN);

    const struct thread_job job = {
        .name = "huoyan-signals", .run = take_signals, .context = signals};
    pthread_t thread;
    CHECK(thread_start(&job, &thread, NULL));
    CHECK(pthread_detach(thread) == 0);
}

void signals_set_daemon(struct daemon *daemon)
{
    thread_lock(&daemon_lock);
    running_daemon = daemon;
    thread_unlock(&daemon_lock);
}

int signals_open_stop(void)
{
    sigset_t set = stop_signals();
    (void) pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void) signal(SIGPIPE, SIG_IGN); /* a peer may hang up while we write, or close our output */
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}
