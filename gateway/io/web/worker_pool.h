/* worker_pool.h - worker threads behind one bounded queue: for what may wait for a disk, a hash or the engine. */
#pragma once

#include "gateway/base/error.h"

enum { LANE_JOBS_MAX = 64, LANE_THREADS_MAX = 4 };

struct lane_calls {
    void (*run)(void *job); /* in a worker's thread; may block */
    void (*drop)(
        void *job); /* instead of run, when the lane stops before its turn; must not block */
};

struct lane;
MUST_CHECK bool lane_start(int thread_count, const struct lane_calls *calls, struct lane **ret_lane,
                           struct error *error);

/* Never blocks. False: LANE_JOBS_MAX are waiting. */
bool lane_put(struct lane *lane, void *job);

/* Drops what waits, lets what runs end. Nobody may put any more. NULL is allowed. */
void lane_stop(struct lane *lane);
