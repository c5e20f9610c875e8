#include "sensors/transport/fd_limit.h"

#include <string.h>
#include <sys/resource.h>

#include "tests/unit/expect.h"

static void set_limits(rlim_t soft, rlim_t hard)
{
    const struct rlimit limit = {.rlim_cur = soft, .rlim_max = hard};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

static rlim_t soft_limit(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    return limit.rlim_cur;
}

static void the_soft_limit_rises_to_the_need_and_no_further(void **state)
{
    (void) state;
    set_limits(128, 256);
    assert_int_equal(fd_limit_raise(100), 100);
    assert_int_equal(soft_limit(), 128);
    assert_int_equal(fd_limit_raise(200), 200);
    assert_int_equal(soft_limit(), 200);
}

static void what_the_hard_limit_forbids_is_named(void **state)
{
    (void) state;
    struct error error;
    set_limits(128, 256);
    assert_true(fd_limit_allow(256, 40, &error));
    assert_false(fd_limit_allow(300, 40, &error));
    assert_non_null(strstr(error.text, "40 links need 300 open files, but the limit is 256"));
    assert_int_equal(fd_limit_raise(300), 256);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_soft_limit_rises_to_the_need_and_no_further),
        cmocka_unit_test(what_the_hard_limit_forbids_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
