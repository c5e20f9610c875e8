#include "gateway/base/hash.h"

#include "tests/unit/expect.h"

/* The vectors of draft-eastlake-fnv. */
static void the_values_are_those_of_fnv_1a(void **state)
{
    (void) state;
    assert_true(hash_32("", 0) == 0x811C9DC5U);
    assert_true(hash_32("a", 1) == 0xE40C292CU);
    assert_true(hash_32("foobar", 6) == 0xBF9CF968U);
    assert_true(hash_64(HASH64_START, "", 0) == UINT64_C(0xCBF29CE484222325));
    assert_true(hash_64(HASH64_START, "a", 1) == UINT64_C(0xAF63DC4C8601EC8C));
    assert_true(hash_64(HASH64_START, "foobar", 6) == UINT64_C(0x85944171F73967E8));
}

static void a_hash_goes_on_where_the_last_one_ended(void **state)
{
    (void) state;
    uint64_t hash = hash_64(HASH64_START, "foo", 3);
    assert_true(hash_64(hash, "bar", 3) == hash_64(HASH64_START, "foobar", 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_values_are_those_of_fnv_1a),
        cmocka_unit_test(a_hash_goes_on_where_the_last_one_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
