#include "gateway/base/text.h"

#include <string.h>

#include "gateway/base/utf8.h"
#include "tests/unit/expect.h"

static void pieces_become_one_string(void **state)
{
    (void) state;
    char bytes[32];
    struct text text = text_over(bytes, sizeof bytes);
    assert_string_equal(bytes, "");
    text_add(&text, "%s=%d", "unit", 7);
    text_add_bytes(&text, ",rest", 3);
    assert_string_equal(bytes, "unit=7,re");
    assert_int_equal(text.length, 9);
    assert_false(text.is_cut);
}

static void what_fits_exactly_is_not_cut(void **state)
{
    (void) state;
    char bytes[5];
    struct text text = text_over(bytes, sizeof bytes);
    text_add(&text, "ab");
    text_add_bytes(&text, "cd", 2);
    assert_string_equal(bytes, "abcd");
    assert_false(text.is_cut);
    text_add_bytes(&text, "", 0);
    assert_false(text.is_cut);
    text_add(&text, "e");
    assert_true(text.is_cut);
    assert_string_equal(bytes, "abcd");
}

static const char whole[] = "a库\xF0\x9F\x98\x80\u00B0";

static void add_formatted(struct text *text)
{
    text_add(text, "%s", whole);
}

static void add_bytes(struct text *text)
{
    text_add_bytes(text, whole, sizeof whole - 1);
}

/* The result is a valid beginning of the whole, and nothing is written behind the buffer. */
static void expect_beginning(size_t size, void (*add)(struct text *text))
{
    char bytes[sizeof whole + 1];
    memset(bytes, 'x', sizeof bytes);
    struct text text = text_over(bytes, size);
    add(&text);
    assert_int_equal(text.is_cut, size < sizeof whole);
    assert_int_equal(strlen(bytes), text.length);
    assert_true(utf8_is_valid(bytes, text.length));
    assert_memory_equal(bytes, whole, text.length);
    assert_int_equal(bytes[size], 'x');
}

static void a_cut_text_ends_between_characters(void **state)
{
    (void) state;
    for (size_t size = 1; size <= sizeof whole; size++) {
        expect_beginning(size, add_formatted);
        expect_beginning(size, add_bytes);
    }
}

static void nothing_is_added_after_a_cut(void **state)
{
    (void) state;
    char bytes[6];
    struct text text = text_over(bytes, sizeof bytes);
    text_add(&text, "abc库");
    assert_true(text.is_cut);
    text_add(&text, "d");
    text_add_bytes(&text, "d", 1);
    text_add_json(&text, "");
    assert_string_equal(bytes, "abc");
}

static void json_strings_are_escaped(void **state)
{
    (void) state;
    char bytes[128];
    struct text text = text_over(bytes, sizeof bytes);
    text_add_json(&text, "a\"b\\c\n\t\x01\x7F/库\xFF\xE5\xBA");
    assert_string_equal(bytes, "\"a\\\"b\\\\c\\n\\u0009\\u0001\\u007f/库\uFFFD\uFFFD\uFFFD\"");
    assert_false(text.is_cut);
}

static void a_growing_text_takes_long_formats(void **state)
{
    (void) state;
    static char longest[5000];
    memset(longest, 'y', sizeof longest - 1);
    struct text text = text_growing(20000);
    assert_string_equal(text.bytes, "");
    text_add(&text, "%s", "");
    assert_string_equal(text.bytes, "");
    text_add(&text, "a%sb", longest);
    text_add_bytes(&text, longest, sizeof longest - 1);
    text_add(&text, "c");
    assert_false(text.is_cut);
    assert_int_equal(text.length, 2 * (sizeof longest - 1) + 3);
    assert_int_equal(strlen(text.bytes), text.length);
    assert_int_equal(text.bytes[sizeof longest], 'b');
    assert_int_equal(text.bytes[text.length - 1], 'c');
    text_free(&text);
    assert_string_equal(text.bytes, "");
    text_add(&text, "again");
    assert_string_equal(text.bytes, "again");
    text_free(&text);
}

static void expect_grown_beginning(size_t max, void (*add)(struct text *text))
{
    struct text text = text_growing(max);
    add(&text);
    assert_int_equal(text.is_cut, max < sizeof whole);
    assert_int_equal(strlen(text.bytes), text.length);
    assert_true(utf8_is_valid(text.bytes, text.length));
    assert_memory_equal(text.bytes, whole, text.length);
    text_add(&text, "x");
    assert_true(text.is_cut);
    text_free(&text);
    assert_false(text.is_cut);
}

static void a_growing_text_ends_at_its_limit(void **state)
{
    (void) state;
    for (size_t max = 1; max <= sizeof whole; max++) {
        expect_grown_beginning(max, add_formatted);
        expect_grown_beginning(max, add_bytes);
    }
}

static void a_copy_is_cut_between_characters(void **state)
{
    (void) state;
    char field[5];
    text_copy(field, sizeof field, "库库");
    assert_string_equal(field, "库");
    text_copy(field, sizeof field, "abcd");
    assert_string_equal(field, "abcd");
    text_copy(field, sizeof field, "");
    assert_string_equal(field, "");
    text_copy(field, 1, "a");
    assert_string_equal(field, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_become_one_string),
        cmocka_unit_test(what_fits_exactly_is_not_cut),
        cmocka_unit_test(a_cut_text_ends_between_characters),
        cmocka_unit_test(nothing_is_added_after_a_cut),
        cmocka_unit_test(json_strings_are_escaped),
        cmocka_unit_test(a_growing_text_takes_long_formats),
        cmocka_unit_test(a_growing_text_ends_at_its_limit),
        cmocka_unit_test(a_copy_is_cut_between_characters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
