/* thread.h - a thread under the name that top, perf and a core file show for it. */
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
