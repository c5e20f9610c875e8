/* The table itself is looked at. */
#include "gateway/base/quantity.c" // NOLINT(bugprone-suspicious-include)

#include "gateway/base/utf8.h"
#include "tests/unit/expect.h"

static bool has_chinese(const char *text)
{
    return utf8_units(text) < strlen(text);
}

static void every_quantity_has_a_chinese_name(void **state)
{
    (void) state;
    for (int i = 0; i < QUANTITY_COUNT; i++) {
        const struct quantity *quantity = &quantities[i];
        assert_non_null(quantity->text);
        if (strcmp(quantity->name, "pm25") != 0) { /* people say PM2.5 */
            assert_true(has_chinese(quantity->text));
        }
        assert_string_equal(quantity_text(quantity->name), quantity->text);
    }
}

static void a_name_comes_from_the_table_or_is_the_quantity_itself(void **state)
{
    (void) state;
    assert_string_equal(quantity_text("temperature"), "温度");
    assert_string_equal(quantity_text("gap"), "间距");
    assert_string_equal(quantity_text("gas"), "可燃气体");
    assert_string_equal(quantity_text("ph"), "ph");
}

static void a_quantity_is_there_once_with_its_unit(void **state)
{
    (void) state;
    for (int i = 0; i < QUANTITY_COUNT; i++) {
        assert_ptr_equal(quantity_find(quantities[i].name), &quantities[i]);
        assert_true(quantities[i].unit[0] != '\0');
        assert_true(quantities[i].usual.min <= quantities[i].usual.max);
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(quantities[i].text, quantities[k].text);
        }
    }
    assert_null(quantity_find("ph"));
    assert_string_equal(quantity_find("gas")->unit, "%LEL");
}

static void danger_lies_where_people_expect_it(void **state)
{
    (void) state;
    assert_int_equal(quantity_find("temperature")->alarm_side, ALARM_SIDE_UP);
    assert_int_equal(quantity_find("gas")->alarm_side, ALARM_SIDE_UP);
    assert_int_equal(quantity_find("aisle")->alarm_side, ALARM_SIDE_DOWN);
    assert_int_equal(quantity_find("humidity")->alarm_side, ALARM_SIDE_BOTH);
}

static void units_differ_between_screen_and_sms(void **state)
{
    (void) state;
    assert_string_equal(unit_text("degC"), "°C");
    assert_string_equal(unit_text("%RH"), "%");
    assert_string_equal(unit_text("m"), "m");
    assert_string_equal(unit_text("1"), "");
    assert_string_equal(unit_sms_text("degC"), "度");
    assert_string_equal(unit_sms_text("%RH"), "%");
    assert_string_equal(unit_sms_text("m"), "米");
    assert_string_equal(unit_sms_text("1"), "");
    assert_string_equal(unit_sms_text("lux"), "lux");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_quantity_has_a_chinese_name),
        cmocka_unit_test(a_name_comes_from_the_table_or_is_the_quantity_itself),
        cmocka_unit_test(a_quantity_is_there_once_with_its_unit),
        cmocka_unit_test(danger_lies_where_people_expect_it),
        cmocka_unit_test(units_differ_between_screen_and_sms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
