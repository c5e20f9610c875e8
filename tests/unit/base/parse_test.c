#include "gateway/base/parse.h"

#include <string.h>

#include "tests/unit/expect.h"

static void whole_numbers_are_read_whole(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},
                {"-0", 0},
                {"42", 42},
                {"+7", 7},
                {"-300", -300},
                {"0x10", 16},
                {"-0X1f", -31},
                {"007", 7},
                {"9223372036854775807", INT64_MAX},
                {"-9223372036854775808", INT64_MIN}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        int64_t value = 1;
        assert_true(parse_int(good[i].text, INT64_MIN, INT64_MAX, &value));
        assert_true(value == good[i].value);
    }
    static const char *const bad[] = {"",
                                      " ",
                                      " 5",
                                      "5 ",
                                      "5x",
                                      "x5",
                                      "0x",
                                      "0xg",
                                      "+",
                                      "--5",
                                      "+-5",
                                      "1.0",
                                      "1e3",
                                      "a",
                                      "\n5",
                                      "5\n",
                                      "9223372036854775808",
                                      "99999999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        int64_t value = 1;
        assert_false(parse_int(bad[i], INT64_MIN, INT64_MAX, &value));
        assert_int_equal(value, 1);
    }
}

static void bounds_belong_to_the_range(void **state)
{
    (void) state;
    int64_t value = 0;
    assert_true(parse_int("247", 1, 247, &value));
    assert_true(parse_int("1", 1, 247, &value));
    assert_false(parse_int("0", 1, 247, &value));
    assert_false(parse_int("248", 1, 247, &value));
    assert_int_equal(value, 1);
}

static void decimals_are_finite_and_whole(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},      {"-0.3", -0.3}, {"+2.5", 2.5}, {".5", 0.5},   {"5.", 5},
                {"1e3", 1000}, {"1E-2", 0.01}, {"1e-400", 0}, {"40.1", 40.1}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double value = 9;
        assert_true(parse_double(good[i].text, &value));
        expect_near(value, good[i].value, 0);
    }
    static const char *const bad[] = {"",       ".",     "-",   "nan", "inf", "-inf", "1e999",
                                      "-1e999", "0x1",   "1p3", "1,5", "1 ",  " 1",   "1e",
                                      "e5",     "1.2.3", "--1", "1d",  "5h",  "一"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double value = 9;
        assert_false(parse_double(bad[i], &value));
        expect_near(value, 9, 0);
    }
}

static void durations_need_their_unit(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        ms_t span;
    } good[] = {{"500ms", 500},    {"5s", 5000}, {"10m", 600000}, {"24h", MS_PER_DAY},
                {"7d", 604800000}, {"0s", 0},    {"090s", 90000}, {"3650d", 3650 * MS_PER_DAY}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ms_t span = 1;
        assert_true(parse_duration(good[i].text, &span));
        assert_int_equal(span, good[i].span);
    }
    static const char *const bad[] = {"",
                                      "5",
                                      "s",
                                      "-5s",
                                      "+5s",
                                      "5 s",
                                      "5S",
                                      "1.5h",
                                      "5sm",
                                      "5ss",
                                      " 5s",
                                      "0x5s",
                                      "9999999999999999s",
                                      "4000d",
                                      "999999999999999d",
                                      "5min"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ms_t span = 1;
        assert_false(parse_duration(bad[i], &span));
        assert_int_equal(span, 1);
    }
}

static void a_formatted_duration_reads_back(void **state)
{
    (void) state;
    static const struct {
        ms_t span;
        const char *text;
    } cases[] = {{0, "0s"},
                 {1, "1ms"},
                 {999, "999ms"},
                 {1000, "1s"},
                 {1500, "1500ms"},
                 {90000, "90s"},
                 {60000, "1m"},
                 {3600000, "1h"},
                 {5400000, "90m"},
                 {MS_PER_DAY, "1d"},
                 {36 * MS_PER_HOUR, "36h"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[24];
        format_duration(cases[i].span, text);
        assert_string_equal(text, cases[i].text);
        ms_t back = -1;
        assert_true(parse_duration(text, &back));
        assert_int_equal(back, cases[i].span);
    }
    char text[24];
    format_duration(INT64_MAX, text);
    assert_string_equal(text, "9223372036854775807ms");
}

static void a_phone_number_has_one_form(void **state)
{
    (void) state;
    static const struct {
        const char *text, *number;
    } good[] = {{"13800000001", "+8613800000001"},         {"+8613800000001", "+8613800000001"},
                {"8613800000001", "+8613800000001"},       {"008613800000001", "+8613800000001"},
                {" +86 138-0000-0001 ", "+8613800000001"}, {"138 0000 0001", "+8613800000001"},
                {"+4915112345678", "+4915112345678"},      {"+123456789012345", "+123456789012345"},
                {"00123456789012345", "+123456789012345"}};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char number[PHONE_MAX] = "";
        assert_true(parse_phone(good[i].text, number));
        assert_string_equal(number, good[i].number);
    }
    static const char *const bad[] = {"",
                                      "+",
                                      "10086",
                                      "1380000000",
                                      "110",
                                      "+110",
                                      "+1234567890123456",
                                      "phone",
                                      "138a0000001",
                                      "+86138000000o1",
                                      "++8613800000001",
                                      "+0086138000",
                                      "23800000001",
                                      "一三八",
                                      "-",
                                      "   "};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char number[PHONE_MAX] = "kept";
        assert_false(parse_phone(bad[i], number));
        assert_string_equal(number, "kept");
    }
}

static void ids_are_short_and_plain(void **state)
{
    (void) state;
    assert_true(parse_is_id("w3"));
    assert_true(parse_is_id("3"));
    assert_true(parse_is_id("lidu-v1_g3-"));
    assert_true(parse_is_id("abcdefghijklmnopqrstuvwxyz012345"));
    assert_false(parse_is_id("abcdefghijklmnopqrstuvwxyz0123456"));
    static const char *const bad[] = {"", "-a", "_a", "A", "a b", "a/b", "a.b", "库", "a\n"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(parse_is_id(bad[i]));
    }
}

static void hexadecimal_bytes_are_read_whole(void **state)
{
    (void) state;
    uint8_t bytes[3] = {0};
    assert_int_equal(parse_hex(" 01fF  a0 ", sizeof bytes, bytes), 3);
    assert_memory_equal(bytes, ((const uint8_t[]){0x01, 0xFF, 0xA0}), 3);
    static const char *const bad[] = {"", " ", "0", "0 1", "0x", "01 0", "01020304", "gg", "+1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(parse_hex(bad[i], sizeof bytes, bytes), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_numbers_are_read_whole),
        cmocka_unit_test(bounds_belong_to_the_range),
        cmocka_unit_test(decimals_are_finite_and_whole),
        cmocka_unit_test(durations_need_their_unit),
        cmocka_unit_test(a_formatted_duration_reads_back),
        cmocka_unit_test(a_phone_number_has_one_form),
        cmocka_unit_test(ids_are_short_and_plain),
        cmocka_unit_test(hexadecimal_bytes_are_read_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
