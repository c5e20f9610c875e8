/* thread.h - threads with the name that top, perf and a core file show, locks and conditions.
 *
 * A lock call fails only by a bug: it is a CHECK, and callers need none. */
#pragma once

#include <pthread.h>

#include "gateway/base/error.h"

enum {
    THREAD_NAME_MAX = 16,            /* bytes with the zero: the kernel's limit */
    THREAD_STACK_SMALL = 256 * 1024, /* for what calls no outside library that nests deep */
};

struct thread_job {
    const char *name;   /* shorter than THREAD_NAME_MAX: "huoyan-state" */
    size_t stack_bytes; /* 0: the system's usual, 8 MB of addresses */
    void *(*run)(void *context);
    void *context;
};

/* Joinable; signals as its caller has them. False: the system gives no thread, and `error` says for what. */
MUST_CHECK bool thread_start(const struct thread_job *job, pthread_t *ret_thread,
                             struct error *error);

void thread_lock(pthread_mutex_t *lock);
void thread_unlock(pthread_mutex_t *lock);

/* A condition whose timed waits count the monotonic clock: see clock_deadline. */
void thread_cond_init(pthread_cond_t *condition);
