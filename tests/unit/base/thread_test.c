#include "gateway/base/thread.h"

#include <string.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_has_its_name_and_its_context),
        cmocka_unit_test(a_stack_nobody_can_have_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
