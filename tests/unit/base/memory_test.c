#include "gateway/base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/expect.h"

static void memory_is_zeroed(void **unused)
{
    (void) unused;
    int64_t *numbers = memory_take(1000, sizeof *numbers);
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(numbers[i], 0);
    }
    free(numbers);
}

static void no_things_are_memory_too(void **unused)
{
    (void) unused;
    void *memory = memory_take(0, 8);
    assert_non_null(memory);
    free(memory);
}

static void a_copy_is_a_string_of_its_own(void **unused)
{
    (void) unused;
    char name[] = "main";
    char *copy = memory_copy(name);
    assert_ptr_not_equal(copy, name);
    assert_string_equal(copy, "main");
    free(copy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed),
        cmocka_unit_test(no_things_are_memory_too),
        cmocka_unit_test(a_copy_is_a_string_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
