#include "gateway/io/web/worker_pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "gateway/base/thread.h"

struct lane {
    struct lane_calls calls;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *job[LANE_JOBS_MAX]; /* a ring */
    int first, count;
    bool is_stopping;
    int thread_count;
    pthread_t thread[LANE_THREADS_MAX];
};

static void lock(struct lane *lane)
{
    CHECK(pthread_mutex_lock(&lane->lock) == 0);
}

static void unlock(struct lane *lane)
{
    CHECK(pthread_mutex_unlock(&lane->lock) == 0);
}

static void *take_first(struct lane *lane)
{
    void *job = lane->job[lane->first];
    lane->first = (lane->first + 1) % LANE_JOBS_MAX;
    lane->count--;
    return job;
}

static void *work(void *context)
{
    struct lane *lane = context;
    lock(lane);
    while (!lane->is_stopping) {
        if (lane->count == 0) {
            CHECK(pthread_cond_wait(&lane->changed, &lane->lock) == 0);
            continue;
        }
        void *job = take_first(lane);
        unlock(lane);
        lane->calls.run(job);
        lock(lane);
    }
    unlock(lane);
    return NULL;
}

static bool start_threads(struct lane *lane, int thread_count, struct error *error)
{
    const struct thread_job job = {
        .name = "huoyan-lane", .stack_bytes = THREAD_STACK_SMALL, .run = work, .context = lane};
    while (lane->thread_count < thread_count) {
        if (!thread_start(&job, &lane->thread[lane->thread_count], error)) {
            return false;
        }
        lane->thread_count++;
    }
    return true;
}

bool lane_start(int thread_count, const struct lane_calls *calls, struct lane **ret_lane,
                struct error *error)
{
    CHECK(thread_count > 0 && thread_count <= LANE_THREADS_MAX);
    struct lane *lane = calloc(1, sizeof *lane);
    CHECK(lane != NULL);
    lane->calls = *calls;
    CHECK(pthread_mutex_init(&lane->lock, NULL) == 0);
    CHECK(pthread_cond_init(&lane->changed, NULL) == 0);
    if (!start_threads(lane, thread_count, error)) {
        lane_stop(lane);
        return false;
    }
    *ret_lane = lane;
    return true;
}

bool lane_put(struct lane *lane, void *job)
{
    lock(lane);
    bool has_room = lane->count < LANE_JOBS_MAX;
    if (has_room) {
        lane->job[(lane->first + lane->count) % LANE_JOBS_MAX] = job;
        lane->count++;
        CHECK(pthread_cond_signal(&lane->changed) == 0);
    }
    unlock(lane);
    return has_room;
}

void lane_stop(struct lane *lane)
{
    if (lane == NULL) {
        return;
    }
    lock(lane);
    lane->is_stopping = true;
    CHECK(pthread_cond_broadcast(&lane->changed) == 0);
    unlock(lane);
    for (int i = 0; i < lane->thread_count; i++) {
        CHECK(pthread_join(lane->thread[i], NULL) == 0);
    }
    while (lane->count > 0) {
        lane->calls.drop(take_first(lane));
    }
    CHECK(pthread_cond_destroy(&lane->changed) == 0);
    CHECK(pthread_mutex_destroy(&lane->lock) == 0);
    free(lane);
}
