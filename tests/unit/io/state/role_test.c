#include "gateway/io/state/role.h"

#include "tests/unit/expect.h"

static void every_role_has_a_name(void **unused)
{
    (void) unused;
    enum role role = ROLE_VIEWER;
    for (int i = 0; i < ROLE_COUNT; i++) {
        assert_true(role_find(role_name((enum role) i), &role));
        assert_int_equal(role, i);
    }
    assert_false(role_find("root", &role));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
