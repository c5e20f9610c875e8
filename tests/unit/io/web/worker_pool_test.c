#include "gateway/io/web/worker_pool.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

#include "tests/unit/expect.h"

/* A gate that jobs wait at. */
struct world {
    sem_t reached, open;
    atomic_int run, dropped;
};

static void run_job(void *job)
{
    struct world *world = job;
    assert_int_equal(sem_post(&world->reached), 0);
    assert_int_equal(sem_wait(&world->open), 0);
    atomic_fetch_add(&world->run, 1);
}

static void drop_job(void *job)
{
    struct world *world = job;
    atomic_fetch_add(&world->dropped, 1);
}

static struct lane *open_lane(struct world *world, int threads)
{
    struct lane *lane = NULL;
    struct error error;
    const struct lane_calls calls = {.run = run_job, .drop = drop_job};
    *world = (struct world){0};
    assert_int_equal(sem_init(&world->reached, 0, 0), 0);
    assert_int_equal(sem_init(&world->open, 0, 0), 0);
    assert_true(lane_start(threads, &calls, &lane, &error));
    return lane;
}

static void two_threads_do_two_jobs_at_once(void **unused)
{
    (void) unused;
    struct world world;
    struct lane *lane = open_lane(&world, 2);
    assert_true(lane_put(lane, &world));
    assert_true(lane_put(lane, &world));
    assert_int_equal(sem_wait(&world.reached), 0);
    assert_int_equal(sem_wait(&world.reached), 0);
    assert_int_equal(atomic_load(&world.run), 0);
    assert_int_equal(sem_post(&world.open), 0);
    assert_int_equal(sem_post(&world.open), 0);
    lane_stop(lane);
    assert_int_equal(atomic_load(&world.run), 2);
    assert_int_equal(atomic_load(&world.dropped), 0);
}

static void a_full_lane_refuses_and_a_stop_drops_what_waits(void **unused)
{
    (void) unused;
    struct world world;
    struct lane *lane = open_lane(&world, 1);
    assert_true(lane_put(lane, &world));
    assert_int_equal(sem_wait(&world.reached), 0);
    for (int i = 0; i < LANE_JOBS_MAX; i++) {
        assert_true(lane_put(lane, &world));
    }
    assert_false(lane_put(lane, &world));
    for (int i = 0; i <= LANE_JOBS_MAX; i++) {
        assert_int_equal(sem_post(&world.open), 0);
    }
    lane_stop(lane);
    assert_true(atomic_load(&world.run) >= 1);
    assert_int_equal(atomic_load(&world.run) + atomic_load(&world.dropped), LANE_JOBS_MAX + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_threads_do_two_jobs_at_once),
        cmocka_unit_test(a_full_lane_refuses_and_a_stop_drops_what_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
