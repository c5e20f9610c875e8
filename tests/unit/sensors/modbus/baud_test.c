#include "sensors/modbus/baud.h"

#include <stdlib.h>

#include "tests/unit/expect.h"

static void every_rate_that_is_named_is_known(void **state)
{
    (void) state;
    int count = 0;
    char *end = NULL;
    for (const char *at = BAUD_NAMES; *at != '\0'; at = end) {
        assert_true(baud_is_known(strtod(at, &end)));
        count++;
    }
    assert_int_equal(count, BAUD_COUNT);
}

static void no_other_rate_is_known(void **state)
{
    (void) state;
    static const double others[] = {0, -9600, 300, 9600.5, 14400, 230400};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        assert_false(baud_is_known(others[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_rate_that_is_named_is_known),
        cmocka_unit_test(no_other_rate_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
