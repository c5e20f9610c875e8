#include "gateway/io/auth/login_throttle.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/expect.h"

static int make(void **state)
{
    *state = calloc(1, sizeof(struct login_throttle));
    return *state == NULL;
}

static int drop(void **state)
{
    free(*state);
    return 0;
}

static void the_sixth_try_in_five_minutes_is_refused(void **state)
{
    for (int i = 0; i < 5; i++) {
        assert_true(login_throttle_take(*state, "wang", 5, 1000 + i));
    }
    assert_false(login_throttle_take(*state, "wang", 5, 2000));
    assert_true(login_throttle_take(*state, "chen", 5, 2000));
    assert_true(login_throttle_take(*state, "wang", 5, 1000 + LOGIN_THROTTLE_SPAN_MS));
    assert_false(login_throttle_take(*state, "wang", 5, 1000 + LOGIN_THROTTLE_SPAN_MS));
}

static void a_right_try_is_taken_back(void **state)
{
    for (int i = 0; i < 50; i++) {
        assert_true(login_throttle_take(*state, "wang", 1, 1000));
        login_throttle_give_back(*state, "wang");
    }
    login_throttle_give_back(*state, "wang");
    login_throttle_give_back(*state, "nobody");
    assert_true(login_throttle_take(*state, "wang", 1, 1000));
    assert_false(login_throttle_take(*state, "wang", 1, 1000));
}

static void a_full_table_forgets_who_was_longest_away(void **state)
{
    char key[16];
    for (int i = 0; i < LOGIN_THROTTLE_KEYS_MAX; i++) {
        (void) snprintf(key, sizeof key, "key%d", i);
        assert_true(login_throttle_take(*state, key, 1, 1000 + i));
    }
    assert_true(login_throttle_take(*state, "newcomer", 1, 5000));
    assert_false(login_throttle_take(*state, "key1", 1, 5000));
    assert_true(login_throttle_take(*state, "key0", 1, 5000));
}

static void a_whole_ipv6_network_is_one_key(void **state)
{
    (void) state;
    char one[LOGIN_THROTTLE_KEY_MAX];
    char two[LOGIN_THROTTLE_KEY_MAX];
    login_throttle_address_key("2001:db8:1:2:3:4:5:6", one);
    login_throttle_address_key("2001:db8:1:2::9", two);
    assert_string_equal(one, two);
    login_throttle_address_key("2001:db8:1:3::9", two);
    assert_string_not_equal(one, two);
    login_throttle_address_key("192.0.2.7", one);
    assert_string_equal(one, "192.0.2.7");
    login_throttle_address_key("::ffff:192.0.2.7", two);
    assert_string_equal(two, "::ffff:192.0.2.7");
}

static void a_long_name_is_a_key_too(void **state)
{
    char name[200];
    memset(name, 'x', sizeof name);
    name[199] = '\0';
    assert_true(login_throttle_take(*state, name, 1, 1000));
    assert_false(login_throttle_take(*state, name, 1, 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_sixth_try_in_five_minutes_is_refused, make, drop),
        cmocka_unit_test_setup_teardown(a_right_try_is_taken_back, make, drop),
        cmocka_unit_test_setup_teardown(a_full_table_forgets_who_was_longest_away, make, drop),
        cmocka_unit_test_setup_teardown(a_whole_ipv6_network_is_one_key, make, drop),
        cmocka_unit_test_setup_teardown(a_long_name_is_a_key_too, make, drop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
