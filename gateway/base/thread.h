/* thread.h - threads with the name that top, perf and a core file show, locks and conditions.
 *
 * A lock call fails only because of a bug, so the CHECK is here and callers need none. */
#pragma once

#include <pthread.h>

#include "gateway/base/error.h"

enum {
    THREAD_NAME_MAX = 16,            /* bytes with the zero: the kernel's limit */
    THREAD_STACK_SMALL = 256 * 1024, /* without calls into deep outside libraries */
};

struct thread_job {
    const char *name;   /* shorter than THREAD_NAME_MAX: "huoyan-state" */
    size_t stack_bytes; /* 0: the system default, 8 MB of addresses */
    void *(*run)(void *context);
    void *context;
};

/* Joinable, with the signal mask of the caller. False: the system gives no thread; `error` names
 * it. */
MUST_CHECK bool thread_start(const struct thread_job *job, pthread_t *ret_thread,
                             struct error *error);

void thread_lock(pthread_mutex_t *lock);
void thread_unlock(pthread_mutex_t *lock);

/* A condition whose timed waits count the monotonic clock: see clock_deadline. */
void thread_cond_init(pthread_cond_t *condition);
