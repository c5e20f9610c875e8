#include "gateway/base/utf8.h"

#include <string.h>

#include "tests/unit/expect.h"

static void every_character_survives_a_round_trip(void **state)
{
    (void) state;
    for (uint32_t code = 0; code <= 0x110010; code++) {
        char bytes[4];
        size_t length = utf8_encode(code, bytes);
        bool is_character = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
        assert_int_equal(length > 0, is_character);
        uint32_t back = 0;
        if (is_character) {
            assert_int_equal(utf8_decode(bytes, length, &back), length);
            assert_int_equal(back, code);
            assert_int_equal(utf8_decode(bytes, length - 1, &back), 0);
        }
    }
}

static void what_rfc_3629_forbids_is_no_text(void **state)
{
    (void) state;
    static const char *const bad[] = {
        "\x80",             /* a tail alone */
        "\xC0\x80",         /* overlong */
        "\xC1\xBF",         /* overlong */
        "\xE0\x9F\xBF",     /* overlong */
        "\xF0\x8F\xBF\xBF", /* overlong */
        "\xED\xA0\x80",     /* a surrogate */
        "\xED\xBF\xBF",     /* a surrogate */
        "\xF4\x90\x80\x80", /* above U+10FFFF */
        "\xF5\x80\x80\x80",
        "\xFF",
        "\xE5\xBA",         /* cut */
        "\xE5\xBA\x41",     /* a tail missing */
        "\xF0\x9F\x98\x41", /* a tail missing */
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint32_t code = 7;
        assert_int_equal(utf8_decode(bad[i], strlen(bad[i]), &code), 0);
        assert_int_equal(code, 7);
        assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
    }
    static const char good[] = "3号库 41.2℃ \xF0\x9F\x98\x80";
    assert_true(utf8_is_valid(good, sizeof good - 1));
    assert_true(utf8_is_valid("", 0));
}

static void trimming_removes_half_a_character_only(void **state)
{
    (void) state;
    static const char whole[] = "a\xC2\xB0\xE5\xBA\x93\xF0\x9F\x98\x80"; /* 1, 2, 3 and 4 bytes */
    static const size_t kept[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
    for (size_t cut = 0; cut <= sizeof whole - 1; cut++) {
        char text[sizeof whole];
        memcpy(text, whole, cut);
        text[cut] = '\0';
        utf8_trim(text);
        assert_int_equal(strlen(text), kept[cut]);
    }
}

static void control_characters_become_blanks(void **state)
{
    (void) state;
    char text[] = "a\0b\x1F\x7F\n\xE5\xBA\x93";
    utf8_blank_controls(text, sizeof text - 1);
    assert_string_equal(text, "a b   \xE5\xBA\x93");
}

static void an_sms_counts_units_of_utf16(void **state)
{
    (void) state;
    assert_int_equal(utf8_units(""), 0);
    assert_int_equal(utf8_units("3号库"), 3);
    assert_int_equal(utf8_units("\xF0\x9F\x98\x80!"), 3);
    assert_int_equal(utf8_units("a\xFF"), 2);
}

static void utf16_goes_both_ways(void **state)
{
    (void) state;
    static const char text[] = "A库\xF0\x9F\x98\x80";
    static const uint8_t units[] = {0x00, 'A', 0x5E, 0x93, 0xD8, 0x3D, 0xDE, 0x00};
    uint8_t bytes[sizeof units];
    assert_int_equal(utf8_to_utf16be(text, bytes, sizeof bytes), sizeof units);
    assert_memory_equal(bytes, units, sizeof units);
    char back[sizeof text];
    assert_int_equal(utf8_from_utf16be(units, sizeof units, back, sizeof back), sizeof text - 1);
    assert_string_equal(back, text);
}

static void what_does_not_fit_in_utf16_is_refused(void **state)
{
    (void) state;
    uint8_t bytes[4];
    assert_int_equal(utf8_to_utf16be("abc", bytes, sizeof bytes), 0);
    assert_int_equal(utf8_to_utf16be("a\xF0\x9F\x98\x80", bytes, sizeof bytes), 0);
    assert_int_equal(utf8_to_utf16be("a\xFF", bytes, sizeof bytes), 0);
    assert_int_equal(utf8_to_utf16be("ab", bytes, sizeof bytes), 4);
}

static void broken_utf16_becomes_replacement_characters(void **state)
{
    (void) state;
    static const struct {
        uint8_t bytes[6];
        size_t length;
        const char *text;
    } cases[] = {
        {{0xD8, 0x3D}, 2, "\uFFFD"},             /* a high half at the end */
        {{0xD8, 0x3D, 0x00, 'A'}, 4, "\uFFFDA"}, /* not followed by a low one */
        {{0xDE, 0x00, 0x00, 'A'}, 4, "\uFFFDA"}, /* a low half alone */
        {{0xD8, 0x3D, 0xD8, 0x3D, 0xDE, 0x00}, 6, "\uFFFD\U0001F600"},
        {{0x00, 'A', 0x00}, 3, "A"},                    /* half a unit at the end */
        {{0x00, 'A', 0x00, 0x00, 0x00, 'B'}, 6, "A B"}, /* NUL would end the text */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        size_t length = utf8_from_utf16be(cases[i].bytes, cases[i].length, text, sizeof text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(length, strlen(text));
    }
}

static void a_small_buffer_cuts_between_characters(void **state)
{
    (void) state;
    static const uint8_t units[] = {0x5E, 0x93, 0x5E, 0x93};
    for (size_t size = 1; size <= 8; size++) {
        char text[8];
        memset(text, 'x', sizeof text);
        size_t length = utf8_from_utf16be(units, sizeof units, text, size);
        assert_int_equal(length, (size - 1) / 3 * 3);
        assert_int_equal(strlen(text), length);
    }
}

static void latin1_bytes_are_code_points(void **state)
{
    (void) state;
    static const uint8_t bytes[] = {'A', 0xE9, 0xFF, 0x00};
    char text[16];
    assert_int_equal(utf8_from_latin1(bytes, sizeof bytes, text, sizeof text), 6);
    assert_string_equal(text, "A\u00E9\u00FF ");
    assert_int_equal(utf8_from_latin1(bytes, sizeof bytes, text, 3), 1);
    assert_string_equal(text, "A");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_character_survives_a_round_trip),
        cmocka_unit_test(what_rfc_3629_forbids_is_no_text),
        cmocka_unit_test(trimming_removes_half_a_character_only),
        cmocka_unit_test(control_characters_become_blanks),
        cmocka_unit_test(an_sms_counts_units_of_utf16),
        cmocka_unit_test(utf16_goes_both_ways),
        cmocka_unit_test(what_does_not_fit_in_utf16_is_refused),
        cmocka_unit_test(broken_utf16_becomes_replacement_characters),
        cmocka_unit_test(a_small_buffer_cuts_between_characters),
        cmocka_unit_test(latin1_bytes_are_code_points),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
