#include "gateway/cli/check_config.h"
#include "gateway/cli/shared/exit.h"
#include "tests/unit/expect.h"

enum { ARGUMENTS_MAX = 8 };

static int run(const char *const *words)
{
    static char storage[ARGUMENTS_MAX][64];
    char *arguments[ARGUMENTS_MAX + 1] = {NULL};
    int count = 0;
    for (; words[count] != NULL; count++) {
        (void) snprintf(storage[count], sizeof storage[count], "%s", words[count]);
        arguments[count] = storage[count];
    }
    return cli_check(count, arguments);
}

static void a_good_config_is_done_also_with_warnings(void **state)
{
    (void) state;
    const char *const good[] = {"check", "-c", "config/examples/lidu", NULL};
    assert_int_equal(run(good), EXIT_DONE);
    const char *const warned[] = {"check", "-c", "tests/golden/03_good_busy_bus", NULL};
    assert_int_equal(run(warned), EXIT_DONE);
    const char *const printed[] = {"check", "--print", "-c", "config/examples/minimal", NULL};
    assert_int_equal(run(printed), EXIT_DONE);
}

static void a_wrong_config_is_answered_with_no(void **state)
{
    (void) state;
    const char *const wrong[] = {"check", "-c", "tests/golden/11_unknown_keys", NULL};
    assert_int_equal(run(wrong), EXIT_NO);
    const char *const json[] = {"check", "-c", "tests/golden/11_unknown_keys", "--json", NULL};
    assert_int_equal(run(json), EXIT_NO);
    const char *const nowhere[] = {"check", "-c", "/nonexistent", NULL};
    assert_int_equal(run(nowhere), EXIT_NO);
}

static void keys_and_schema_need_no_directory(void **state)
{
    (void) state;
    const char *const keys[] = {"check", "--keys", NULL};
    assert_int_equal(run(keys), EXIT_DONE);
    const char *const schema[] = {"check", "--schema", NULL};
    assert_int_equal(run(schema), EXIT_DONE);
}

static void misuse_is_told_apart(void **state)
{
    (void) state;
    const char *const nothing[] = {"check", NULL};
    assert_int_equal(run(nothing), EXIT_USAGE);
    const char *const half[] = {"check", "-c", NULL};
    assert_int_equal(run(half), EXIT_USAGE);
    const char *const unknown[] = {"check", "-c", "x", "--prnt", NULL};
    assert_int_equal(run(unknown), EXIT_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_config_is_done_also_with_warnings),
        cmocka_unit_test(a_wrong_config_is_answered_with_no),
        cmocka_unit_test(keys_and_schema_need_no_directory),
        cmocka_unit_test(misuse_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
