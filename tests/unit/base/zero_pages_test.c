#include "gateway/base/zero_pages.h"

#include <stdint.h>
#include <string.h>

#include "tests/unit/expect.h"

static void pages_are_zero_also_when_others_were_given_back(void **state)
{
    (void) state;
    enum { SIZE = 300000 };
    for (int i = 0; i < 3; i++) {
        uint8_t *pages = zero_pages_take(SIZE);
        for (int at = 0; at < SIZE; at++) {
            assert_int_equal(pages[at], 0);
        }
        memset(pages, 0xA5, SIZE);
        zero_pages_free(pages, SIZE);
    }
    zero_pages_free(NULL, SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_are_zero_also_when_others_were_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
