#include "sensors/device/register_views.h"

#include "tests/unit/expect.h"

static void a_word_is_read_with_and_without_sign_and_swapped(void **state)
{
    (void) state;
    const struct register_views_16 frost = register_views_of_word(0xFFEC);
    assert_int_equal(frost.ab, 65516);
    assert_int_equal(frost.signed_ab, -20);
    assert_int_equal(frost.ba, 0xECFF);
    assert_int_equal(frost.signed_ba, -4865);
}

/* 3.1415927 is 0x40490FDB; each order stores its bytes differently. */
static void a_pair_is_read_in_all_four_orders(void **state)
{
    (void) state;
    static const uint16_t stored[REGISTER_VIEWS_ORDERS][2] = {
        {0x4049, 0x0FDB}, {0x0FDB, 0x4049}, {0x4940, 0xDB0F}, {0xDB0F, 0x4940}};
    for (int order = 0; order < REGISTER_VIEWS_ORDERS; order++) {
        const struct register_views_32 number =
            register_views_of_pair(stored[order], (enum byte_order) order);
        assert_int_equal(number.whole, 0x40490FDB);
        assert_int_equal(number.signed_whole, 0x40490FDB);
        expect_near((double) number.real, 3.14159265, 1e-6);
    }
}

static void a_pair_may_be_negative(void **state)
{
    (void) state;
    static const uint16_t minus_two[2] = {0xFFFF, 0xFFFE};
    assert_int_equal(register_views_of_pair(minus_two, ORDER_ABCD).signed_whole, -2);
    assert_true(isnan(register_views_of_pair(minus_two, ORDER_ABCD).real));
}

static void the_orders_have_their_usual_names(void **state)
{
    (void) state;
    assert_string_equal(register_views_order_name(ORDER_ABCD), "ABCD");
    assert_string_equal(register_views_order_name(ORDER_CDAB), "CDAB");
    assert_string_equal(register_views_order_name(ORDER_BADC), "BADC");
    assert_string_equal(register_views_order_name(ORDER_DCBA), "DCBA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_is_read_with_and_without_sign_and_swapped),
        cmocka_unit_test(a_pair_is_read_in_all_four_orders),
        cmocka_unit_test(a_pair_may_be_negative),
        cmocka_unit_test(the_orders_have_their_usual_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
