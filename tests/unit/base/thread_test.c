#include "gateway/base/thread.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "tests/unit/expect.h"

static void *leave_its_name(void *context)
{
    char *name = context;
    do {
        assert_int_equal(pthread_getname_np(pthread_self(), name, THREAD_NAME_MAX), 0);
    } while (strcmp(name, "huoyan-tested") != 0);
    return name;
}

static void a_thread_has_its_name_and_its_context(void **state)
{
    (void) state;
    char name[THREAD_NAME_MAX] = "";
    const struct thread_job job = {.name = "huoyan-tested",
                                   .stack_bytes = THREAD_STACK_SMALL,
                                   .run = leave_its_name,
                                   .context = name};
    pthread_t thread;
    struct error error;
    assert_true(thread_start(&job, &thread, &error));
    void *outcome = NULL;
    assert_int_equal(pthread_join(thread, &outcome), 0);
    assert_ptr_equal(outcome, name);
    assert_string_equal(name, "huoyan-tested");
}

static void a_stack_nobody_can_have_is_a_sentence(void **state)
{
    (void) state;
    char name[THREAD_NAME_MAX] = "";
    const struct thread_job job = {.name = "huoyan-large",
                                   .stack_bytes = (size_t) 1 << 60,
                                   .run = leave_its_name,
                                   .context = name};
    pthread_t thread;
    struct error error;
    assert_false(thread_start(&job, &thread, &error));
    assert_non_null(strstr(error.text, "cannot start the thread 'huoyan-large'"));
}

static void a_timed_wait_counts_the_monotonic_clock(void **state)
{
    (void) state;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t condition;
    thread_cond_init(&condition);
    struct timespec soon; /* long past on the clock of the wall: a wait by that one ends at once */
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &soon), 0);
    int64_t soon_ns = soon.tv_sec * 1000000000 + soon.tv_nsec + 5000000;
    soon.tv_sec = soon_ns / 1000000000;
    soon.tv_nsec = soon_ns % 1000000000;
    thread_lock(&lock);
    assert_int_equal(pthread_cond_timedwait(&condition, &lock, &soon), ETIMEDOUT);
    struct timespec now;
    assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
    assert_true(now.tv_sec * 1000000000 + now.tv_nsec >= soon_ns);
    thread_unlock(&lock);
    (void) pthread_cond_destroy(&condition);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_has_its_name_and_its_context),
        cmocka_unit_test(a_stack_nobody_can_have_is_a_sentence),
        cmocka_unit_test(a_timed_wait_counts_the_monotonic_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
