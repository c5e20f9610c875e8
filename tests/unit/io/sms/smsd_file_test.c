#include "gateway/io/sms/smsd_file.h"

#include <string.h>

#include "gateway/base/text.h"
#include "gateway/base/utf8.h"
#include "tests/unit/expect.h"

static struct smsd_file parse(const char *head, const char *body, size_t length)
{
    char bytes[2048];
    struct text text = text_over(bytes, sizeof bytes);
    text_add_bytes(&text, head, strlen(head));
    text_add_bytes(&text, body, length);
    assert_false(text.is_cut);
    struct smsd_file file;
    assert_true(smsd_file_parse((const uint8_t *) bytes, text.length, &file));
    return file;
}

static struct smsd_file parse_text(const char *head, const char *body)
{
    return parse(head, body, strlen(body));
}

static void a_message_is_written_as_smsd_wants_it(void **state)
{
    (void) state;
    struct effect_message message = {.id = 42, .phone = "+8613800138000", .text = "1号库"};
    uint8_t bytes[256];
    static const char expected[] =
        "To: 8613800138000\nAlphabet: UCS2\nReport: yes\n\n\0001\x53\xF7\x5E\x93";
    assert_int_equal(smsd_file_format(&message, bytes, sizeof bytes), sizeof expected - 1);
    assert_memory_equal(bytes, expected, sizeof expected - 1);
    assert_int_equal(smsd_file_format(&message, bytes, sizeof expected - 2), 0);
    message.text[0] = '\xFF';
    assert_int_equal(smsd_file_format(&message, bytes, sizeof bytes), 0);
}

static void the_name_is_the_prefix_and_the_id(void **state)
{
    (void) state;
    char name[SMSD_NAME_MAX];
    int64_t id = 0;
    smsd_file_name("lidu-1", 42, name);
    assert_string_equal(name, "lidu-1-42");
    assert_true(smsd_file_id("lidu-1", name, &id));
    assert_int_equal(id, 42);
    smsd_file_name("abcdefghijklmnopqrstuvwxyz012345", INT64_MAX, name);
    assert_true(smsd_file_id("abcdefghijklmnopqrstuvwxyz012345", name, &id));
    assert_true(id == INT64_MAX);
}

static void foreign_names_are_not_ours(void **state)
{
    (void) state;
    static const char *const names[] = {"lidu-1",     "lidu-1-",        "lidu-1-0",    "lidu-1-42x",
                                        "lidu-1-+42", "lidu-1-42.LOCK", "lidu-142",    "lidu-2-42",
                                        "other",      "lidu-1--42",     "lidu-1-0x2a", ""};
    int64_t id = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_false(smsd_file_id("lidu-1", names[i], &id));
    }
    assert_false(smsd_file_id("lidu", "lidu-1-42", &id));
}

static void a_reply_is_read_in_every_alphabet(void **state)
{
    (void) state;
    struct smsd_file file = parse("From: 8613800138000\nSent: 26-11-22 09:00:01\n"
                                  "Received: 26-11-22 09:00:03\nAlphabet: UCS2\nLength: 4\n\n",
                                  "\x78\x6E\x8B\xA4\0 \0001", 8);
    assert_string_equal(file.from, "+8613800138000");
    assert_string_equal(file.sent, "26-11-22 09:00:01");
    assert_string_equal(file.received, "26-11-22 09:00:03");
    assert_string_equal(file.text, "确认 1");
    assert_false(file.is_report);
    assert_string_equal(parse_text("From: 1\nAlphabet: UTF-8\n\n", "收到\n").text, "收到");
    assert_string_equal(parse_text("From: 1\nAlphabet: ISO\n\n", "caf\xE9").text, "café");
    assert_string_equal(parse_text("From: 1\n\n", "1 7382").text, "1 7382");
    assert_string_equal(parse_text("From: 1\r\nAlphabet: ISO\r\n\r\n", "1\r\n").text, "1");
    assert_string_equal(parse_text("From: 1\nAlphabet: binary\n\n", "\x01\x02").text, "");
}

static void a_nul_does_not_hide_the_rest(void **state)
{
    (void) state;
    assert_string_equal(parse("From: 1\nAlphabet: UCS2\n\n", "\0001\0\0\0002", 6).text, "1 2");
    assert_string_equal(parse("From: 1\n\n", "1\0002", 3).text, "1 2");
}

static void senders_become_e164(void **state)
{
    (void) state;
    assert_string_equal(parse_text("From: +86 138 0013 8000\n\n", "").from, "+8613800138000");
    assert_string_equal(parse_text("From: 13800138000\n\n", "").from, "+8613800138000");
    assert_string_equal(parse_text("From: 447911123456\n\n", "").from, "+447911123456");
    assert_string_equal(parse_text("From: 10086\n\n", "").from, "10086");
    assert_string_equal(parse_text("From: Operator\n\n", "").from, "Operator");
}

static void a_file_without_an_empty_line_is_not_whole(void **state)
{
    (void) state;
    struct smsd_file file;
    static const char *const parts[] = {"", "From", "From: 86138", "From: 8613800138000\n"};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        assert_false(smsd_file_parse((const uint8_t *) parts[i], strlen(parts[i]), &file));
    }
}

static void outcomes_are_read(void **state)
{
    (void) state;
    struct smsd_file file = parse_text("To: 8613800138000\nModem: GSM1\nSent: 26-11-22 09:00:00\n"
                                       "Message_id: 7\n\n",
                                       "x");
    assert_int_equal(file.message_id, 7);
    assert_string_equal(file.to, "+8613800138000");
    file =
        parse_text("To: 8613800138000\nFail_reason: +CMS ERROR: 38 (Network out of order)\n\n", "");
    assert_string_equal(file.fail_reason, "+CMS ERROR: 38 (Network out of order)");
    assert_int_equal(file.message_id, -1);
}

static struct smsd_file report(const char *status)
{
    char body[256];
    (void) snprintf(body, sizeof body,
                    "SMS STATUS REPORT\nMessage_id: 7\nDischarge_timestamp: 26-11-22 09:00:00\n"
                    "Status: %s\n",
                    status);
    return parse_text("From: 8613800138000\nAlphabet: ISO\n\n", body);
}

static void a_report_says_delivered_failed_or_nothing_yet(void **state)
{
    (void) state;
    enum outcome outcome = OUTCOME_SENT;
    struct smsd_file file = report("0,Ok,short message received by the SME");
    assert_true(file.is_report);
    assert_int_equal(file.message_id, 7);
    assert_true(smsd_file_outcome(&file, &outcome));
    assert_int_equal(outcome, OUTCOME_DELIVERED);

    file = report("70,Error,SM validity period expired");
    assert_true(smsd_file_outcome(&file, &outcome));
    assert_int_equal(outcome, OUTCOME_FAILED);
    assert_string_equal(file.text, "70,Error,SM validity period expired");

    file = report("48,Still trying,congestion");
    assert_false(smsd_file_outcome(&file, &outcome));
    file = report("words");
    assert_false(smsd_file_outcome(&file, &outcome));
    file = parse_text("From: 1\n\n", "Status: 0,Ok");
    assert_false(smsd_file_outcome(&file, &outcome));
}

static void the_same_text_has_the_same_key_in_any_file(void **state)
{
    (void) state;
    char first[MESSAGE_KEY_MAX];
    char second[MESSAGE_KEY_MAX];
    struct smsd_file file = parse_text(
        "From: 8613800138000\nSent: 26-11-22 09:00:01\nReceived: 26-11-22 09:00:03\n\n", "1");
    smsd_file_key(&file, "GSM1.abc", first);
    (void) snprintf(file.received, sizeof file.received, "26-11-22 09:10:00");
    smsd_file_key(&file, "GSM1.def", second);
    assert_string_equal(first, second);
    (void) snprintf(file.text, sizeof file.text, "2");
    smsd_file_key(&file, "GSM1.def", second);
    assert_string_not_equal(first, second);
}

static void without_a_stamp_the_name_tells_texts_apart(void **state)
{
    (void) state;
    char first[MESSAGE_KEY_MAX];
    char second[MESSAGE_KEY_MAX];
    struct smsd_file file = parse_text("From: 8613800138000\n\n", "1");
    smsd_file_key(&file, "GSM1.abc", first);
    smsd_file_key(&file, "GSM1.abc", second);
    assert_string_equal(first, second);
    smsd_file_key(&file, "GSM1.def", second);
    assert_string_not_equal(first, second);
}

static void a_long_text_is_cut_at_a_character(void **state)
{
    (void) state;
    char body[1801];
    struct text text = text_over(body, sizeof body);
    for (size_t i = 0; i < 600; i++) {
        text_add(&text, "库");
    }
    struct smsd_file file = parse("From: 1\n\n", body, 1800);
    assert_int_equal(strlen(file.text), 510);
    assert_true(utf8_is_valid(file.text, 510));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_written_as_smsd_wants_it),
        cmocka_unit_test(the_name_is_the_prefix_and_the_id),
        cmocka_unit_test(foreign_names_are_not_ours),
        cmocka_unit_test(a_reply_is_read_in_every_alphabet),
        cmocka_unit_test(a_nul_does_not_hide_the_rest),
        cmocka_unit_test(senders_become_e164),
        cmocka_unit_test(a_file_without_an_empty_line_is_not_whole),
        cmocka_unit_test(outcomes_are_read),
        cmocka_unit_test(a_report_says_delivered_failed_or_nothing_yet),
        cmocka_unit_test(the_same_text_has_the_same_key_in_any_file),
        cmocka_unit_test(without_a_stamp_the_name_tells_texts_apart),
        cmocka_unit_test(a_long_text_is_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
