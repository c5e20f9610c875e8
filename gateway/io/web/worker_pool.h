/* worker_pool.h - worker threads behind one bounded queue: for what may wait for a disk, a hash or the engine. */
#pragma once

#include "gateway/base/error.h"

enum { WORKER_POOL_JOBS_MAX = 64, WORKER_POOL_THREADS_MAX = 4 };

struct worker_pool_calls {
    void (*run)(void *job); /* in a worker's thread; may block */
    void (*drop)(
        void *job); /* instead of run, when the pool stops before its turn; must not block */
};

struct worker_pool;
MUST_CHECK bool worker_pool_start(int thread_count, const struct worker_pool_calls *calls,
                                  struct worker_pool **ret_lane, struct error *error);

/* Never blocks. False: WORKER_POOL_JOBS_MAX are waiting. */
bool worker_pool_put(struct worker_pool *pool, void *job);

/* Drops what waits, lets what runs end. Nobody may put any more. NULL is allowed. */
void worker_pool_stop(struct worker_pool *pool);
