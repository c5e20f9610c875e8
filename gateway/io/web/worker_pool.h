/* worker_pool.h - worker threads with one bounded queue, for jobs that may wait for a disk, a
 * password hash or the engine. */
#pragma once

#include "gateway/base/error.h"

enum { WORKER_POOL_JOBS_MAX = 64, WORKER_POOL_THREADS_MAX = 4 };

struct worker_pool_calls {
    void (*run)(void *job); /* in a worker's thread; may block */
    /* Instead of run, when the pool stops before the job's turn; must not block. */
    void (*drop)(void *job);
};

struct worker_pool;
MUST_CHECK bool worker_pool_start(int thread_count, const struct worker_pool_calls *calls,
                                  struct worker_pool **ret_pool, struct error *error);

/* Never blocks. False: WORKER_POOL_JOBS_MAX are waiting. */
bool worker_pool_put(struct worker_pool *pool, void *job);

/* Drops waiting jobs and lets running ones end. After it no job may be put. NULL is allowed. */
void worker_pool_stop(struct worker_pool *pool);
