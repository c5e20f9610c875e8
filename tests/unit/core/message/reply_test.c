#include "gateway/core/message/reply.h"

#include <string.h>

#include "tests/unit/expect.h"

static void expect_reply(const char *text, enum reply_verb verb, const char *code)
{
    struct reply reply = reply_parse(text);
    if (reply.verb != verb || strcmp(reply.code, code) != 0) {
        print_error("'%s' gave %d '%s'\n", text, (int) reply.verb, reply.code);
        fail();
    }
}

static void one_digit_is_enough(void **state)
{
    (void) state;
    expect_reply("1", REPLY_RECEIVED, "");
    expect_reply("2", REPLY_FALSE_ALARM, "");
    expect_reply("3", REPLY_DONE, "");
    expect_reply("4", REPLY_ON_SITE, "");
}

static void words_mean_what_the_digits_mean(void **state)
{
    (void) state;
    expect_reply("一", REPLY_RECEIVED, "");
    expect_reply("收到", REPLY_RECEIVED, "");
    expect_reply("1收到", REPLY_RECEIVED, "");
    expect_reply("误报", REPLY_FALSE_ALARM, "");
    expect_reply("整改完成", REPLY_DONE, "");
    expect_reply("已到场", REPLY_ON_SITE, "");
    expect_reply("四", REPLY_ON_SITE, "");
}

static void blanks_full_width_and_punctuation_do_not_matter(void **state)
{
    (void) state;
    expect_reply("  1 \r\n", REPLY_RECEIVED, "");
    expect_reply("１", REPLY_RECEIVED, "");
    expect_reply("1。", REPLY_RECEIVED, "");
    expect_reply("收到！", REPLY_RECEIVED, "");
    expect_reply("“３”", REPLY_DONE, "");
    expect_reply("　２　", REPLY_FALSE_ALARM, "");
    expect_reply("\xEF\xBB\xBF"
                 "1",
                 REPLY_RECEIVED, "");
}

static void a_code_may_stand_before_or_after(void **state)
{
    (void) state;
    expect_reply("1 7382", REPLY_RECEIVED, "7382");
    expect_reply("7382 1", REPLY_RECEIVED, "7382");
    expect_reply("1,7382", REPLY_RECEIVED, "7382");
    expect_reply("７３８２，１。", REPLY_RECEIVED, "7382");
    expect_reply("完成73825", REPLY_DONE, "73825");
    expect_reply("编号7382 收到", REPLY_RECEIVED, "7382");
}

static void everything_else_is_not_understood(void **state)
{
    (void) state;
    static const char *const texts[] = {"",      " ",    "5",         "0",          "11",
                                        "17382", "7382", "1 2",       "1 73",       "1 738255",
                                        "TD",    "好的", "没有收到",  "1 号库着火", "1 7382 7383",
                                        "1 5",   "-1 x", "1 1 1 1 1", "收到收到"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        expect_reply(texts[i], REPLY_NOT_UNDERSTOOD, "");
    }
}

static void a_text_of_any_length_is_read(void **state)
{
    (void) state;
    char text[512];
    memset(text, '7', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    expect_reply(text, REPLY_NOT_UNDERSTOOD, "");
    memset(text, ' ', sizeof text - 2);
    text[sizeof text - 2] = '1';
    expect_reply(text, REPLY_RECEIVED, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_digit_is_enough),
        cmocka_unit_test(words_mean_what_the_digits_mean),
        cmocka_unit_test(blanks_full_width_and_punctuation_do_not_matter),
        cmocka_unit_test(a_code_may_stand_before_or_after),
        cmocka_unit_test(everything_else_is_not_understood),
        cmocka_unit_test(a_text_of_any_length_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
