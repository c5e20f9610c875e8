#include "gateway/io/web/worker_pool.h"

#include <pthread.h>
#include <stdlib.h>

#include "gateway/base/memory.h"
#include "gateway/base/thread.h"

struct worker_pool {
    struct worker_pool_calls calls;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    void *job[WORKER_POOL_JOBS_MAX]; /* a ring */
    int first, count;
    bool is_stopping;
    int thread_count;
    pthread_t thread[WORKER_POOL_THREADS_MAX];
};

static void *take_first_job(struct worker_pool *pool)
{
    void *job = pool->job[pool->first];
    pool->first = (pool->first + 1) % WORKER_POOL_JOBS_MAX;
    pool->count--;
    return job;
}

static void *run_pool_jobs(void *context)
{
    struct worker_pool *pool = context;
    thread_lock(&pool->lock);
    while (!pool->is_stopping) {
        if (pool->count == 0) {
            CHECK(pthread_cond_wait(&pool->changed, &pool->lock) == 0);
            continue;
        }
        void *job = take_first_job(pool);
        thread_unlock(&pool->lock);
        pool->calls.run(job);
        thread_lock(&pool->lock);
    }
    thread_unlock(&pool->lock);
    return NULL;
}

bool worker_pool_start(int thread_count, const struct worker_pool_calls *calls,
                       struct worker_pool **ret_pool, struct error *error)
{
    CHECK(thread_count > 0 && thread_count <= WORKER_POOL_THREADS_MAX);
    struct worker_pool *pool = memory_take(1, sizeof *pool);
    pool->calls = *calls;
    CHECK(pthread_mutex_init(&pool->lock, NULL) == 0);
    thread_cond_init(&pool->changed);
    const struct thread_job job = {.name = "huoyan-worker",
                                   .stack_bytes = THREAD_STACK_SMALL,
                                   .run = run_pool_jobs,
                                   .context = pool};
    for (; pool->thread_count < thread_count; pool->thread_count++) {
        if (!thread_start(&job, &pool->thread[pool->thread_count], error)) {
            worker_pool_stop(pool);
            return false;
        }
    }
    *ret_pool = pool;
    return true;
}

bool worker_pool_put(struct worker_pool *pool, void *job)
{
    thread_lock(&pool->lock);
    bool has_room = pool->count < WORKER_POOL_JOBS_MAX;
    if (has_room) {
        pool->job[(pool->first + pool->count) % WORKER_POOL_JOBS_MAX] = job;
        pool->count++;
        CHECK(pthread_cond_signal(&pool->changed) == 0);
    }
    thread_unlock(&pool->lock);
    return has_room;
}

void worker_pool_stop(struct worker_pool *pool)
{
    if (pool == NULL) {
        return;
    }
    thread_lock(&pool->lock);
    pool->is_stopping = true;
    CHECK(pthread_cond_broadcast(&pool->changed) == 0);
    thread_unlock(&pool->lock);
    for (int i = 0; i < pool->thread_count; i++) {
        CHECK(pthread_join(pool->thread[i], NULL) == 0);
    }
    while (pool->count > 0) {
        pool->calls.drop(take_first_job(pool));
    }
    CHECK(pthread_cond_destroy(&pool->changed) == 0);
    CHECK(pthread_mutex_destroy(&pool->lock) == 0);
    free(pool);
}
