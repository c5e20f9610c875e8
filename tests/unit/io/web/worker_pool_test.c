#include "gateway/io/web/worker_pool.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "tests/unit/expect.h"

/* A gate that jobs wait at. */
struct web_context {
    sem_t reached, open;
    atomic_int run, dropped;
};

static void run_job(void *job)
{
    struct web_context *context = job;
    assert_int_equal(sem_post(&context->reached), 0);
    assert_int_equal(sem_wait(&context->open), 0);
    atomic_fetch_add(&context->run, 1);
}

static void drop_job(void *job)
{
    struct web_context *context = job;
    atomic_fetch_add(&context->dropped, 1);
}

static struct worker_pool *open_lane(struct web_context *context, int threads)
{
    struct worker_pool *pool = NULL;
    struct error error;
    const struct worker_pool_calls calls = {.run = run_job, .drop = drop_job};
    *context = (struct web_context){0};
    assert_int_equal(sem_init(&context->reached, 0, 0), 0);
    assert_int_equal(sem_init(&context->open, 0, 0), 0);
    assert_true(worker_pool_start(threads, &calls, &pool, &error));
    return pool;
}

static void two_threads_do_two_jobs_at_once(void **unused)
{
    (void) unused;
    struct web_context context;
    struct worker_pool *pool = open_lane(&context, 2);
    assert_true(worker_pool_put(pool, &context));
    assert_true(worker_pool_put(pool, &context));
    assert_int_equal(sem_wait(&context.reached), 0);
    assert_int_equal(sem_wait(&context.reached), 0);
    assert_int_equal(atomic_load(&context.run), 0);
    assert_int_equal(sem_post(&context.open), 0);
    assert_int_equal(sem_post(&context.open), 0);
    worker_pool_stop(pool);
    assert_int_equal(atomic_load(&context.run), 2);
    assert_int_equal(atomic_load(&context.dropped), 0);
}

static void a_full_lane_refuses_and_a_stop_drops_what_waits(void **unused)
{
    (void) unused;
    struct web_context context;
    struct worker_pool *pool = open_lane(&context, 1);
    assert_true(worker_pool_put(pool, &context));
    assert_int_equal(sem_wait(&context.reached), 0);
    for (int i = 0; i < WORKER_POOL_JOBS_MAX; i++) {
        assert_true(worker_pool_put(pool, &context));
    }
    assert_false(worker_pool_put(pool, &context));
    for (int i = 0; i <= WORKER_POOL_JOBS_MAX; i++) {
        assert_int_equal(sem_post(&context.open), 0);
    }
    worker_pool_stop(pool);
    assert_true(atomic_load(&context.run) >= 1);
    assert_int_equal(atomic_load(&context.run) + atomic_load(&context.dropped),
                     WORKER_POOL_JOBS_MAX + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_threads_do_two_jobs_at_once),
        cmocka_unit_test(a_full_lane_refuses_and_a_stop_drops_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
