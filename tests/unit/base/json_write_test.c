#include "gateway/base/json_write.h"

#include <math.h>

#include "tests/unit/expect.h"

static struct text fresh_text(void)
{
    static char bytes[512];
    return text_over(bytes, sizeof bytes);
}

static void commas_come_by_themselves(void **state)
{
    (void) state;
    struct text text = fresh_text();
    json_write_open(&text, '{');
    json_write_key_string(&text, "a", "x");
    json_write_key_int(&text, "b", INT64_MIN);
    json_write_key_bool(&text, "c", true);
    json_write_key_bool(&text, "d", false);
    json_write_key_number(&text, "e", 0.5);
    json_write_key(&text, "f");
    json_write_comma(&text);
    text_add(&text, "%.3f", 1.0);
    json_write_close(&text, '}');
    assert_string_equal(text.bytes,
                        "{\"a\":\"x\",\"b\":-9223372036854775808,\"c\":true,\"d\":false,"
                        "\"e\":0.5,\"f\":1.000}");
}

static void containers_nest(void **state)
{
    (void) state;
    struct text text = fresh_text();
    json_write_open(&text, '[');
    json_write_open(&text, '[');
    json_write_close(&text, ']');
    json_write_open(&text, '{');
    json_write_key_open(&text, "list", '[');
    json_write_int(&text, 1);
    json_write_int(&text, 2);
    json_write_close(&text, ']');
    json_write_key_open(&text, "empty", '{');
    json_write_close(&text, '}');
    json_write_close(&text, '}');
    json_write_string(&text, "end");
    json_write_close(&text, ']');
    assert_string_equal(text.bytes, "[[],{\"list\":[1,2],\"empty\":{}},\"end\"]");
}

static void a_prefix_that_ends_in_a_blank_needs_no_comma(void **state)
{
    (void) state;
    struct text text = fresh_text();
    text_add(&text, "data: ");
    json_write_open(&text, '{');
    json_write_close(&text, '}');
    assert_string_equal(text.bytes, "data: {}");
}

static void strings_are_escaped_and_none_is_null(void **state)
{
    (void) state;
    struct text text = fresh_text();
    json_write_string(&text, "a\"\n库");
    json_write_string(&text, NULL);
    json_write_string(&text, "");
    assert_string_equal(text.bytes, "\"a\\\"\\n库\",null,\"\"");
}

static void a_number_that_is_not_finite_is_null(void **state)
{
    (void) state;
    struct text text = fresh_text();
    json_write_number(&text, (double) NAN);
    json_write_number(&text, (double) -INFINITY);
    json_write_number(&text, 21.123456789012);
    json_write_number(&text, -1e300);
    json_write_key_decimals(&text, "ms", 1.2345, 3);
    json_write_key_decimals(&text, "none", (double) NAN, 1);
    assert_string_equal(text.bytes, "null,null,21.123456789,-1e+300,\"ms\":1.234,\"none\":null");
}

static void bytes_are_hexadecimal_pairs(void **state)
{
    (void) state;
    struct text text = fresh_text();
    json_write_hex(&text, (const uint8_t[]){0x01, 0x04, 0xFF}, 3);
    json_write_hex(&text, NULL, 0);
    json_write_key_hex(&text, "sample", (const uint8_t[]){0xA0}, 1);
    assert_string_equal(text.bytes, "\"01 04 FF\",\"\",\"sample\":\"A0\"");
}

static void a_time_is_local_and_zero_is_null(void **state)
{
    (void) state;
    struct zone zone = {.count = 1, .change = {{.from = INT64_MIN, .offset = 8 * 3600 * 1000}}};
    struct text text = fresh_text();
    json_write_open(&text, '{');
    json_write_key_time(&text, "at", &zone, 1784355640123);
    json_write_key_time(&text, "never", &zone, 0);
    json_write_close(&text, '}');
    assert_string_equal(text.bytes, "{\"at\":\"2026-07-18T14:20:40.123+08:00\",\"never\":null}");
}

static void nothing_follows_a_cut(void **state)
{
    (void) state;
    char bytes[8];
    struct text text = text_over(bytes, sizeof bytes);
    json_write_open(&text, '{');
    json_write_key_string(&text, "key", "value");
    json_write_close(&text, '}');
    assert_true(text.is_cut);
    assert_string_equal(bytes, "{\"key\":");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_come_by_themselves),
        cmocka_unit_test(containers_nest),
        cmocka_unit_test(a_prefix_that_ends_in_a_blank_needs_no_comma),
        cmocka_unit_test(strings_are_escaped_and_none_is_null),
        cmocka_unit_test(a_number_that_is_not_finite_is_null),
        cmocka_unit_test(bytes_are_hexadecimal_pairs),
        cmocka_unit_test(a_time_is_local_and_zero_is_null),
        cmocka_unit_test(nothing_follows_a_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
