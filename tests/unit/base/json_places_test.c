#include "gateway/base/json_places.h"

#include <string.h>

#include "tests/unit/expect.h"

enum { PLACES = 64 }; /* more than any text here has values */

static struct locate_place places[PLACES];
static struct error error;

static size_t locate(const char *text)
{
    size_t count = 0;
    int32_t line = 0;
    assert_true(locate_values_max(text, strlen(text)) <= PLACES);
    assert_true(locate_values(text, strlen(text), places, &count, &line, &error));
    assert_true(count <= locate_values_max(text, strlen(text)));
    return count;
}

static void expect_place(size_t i, int32_t line, int32_t column)
{
    assert_int_equal(places[i].line, line);
    assert_int_equal(places[i].column, column);
}

static void places_come_in_the_order_of_the_text(void **state)
{
    (void) state;
    assert_int_equal(locate("{\"a\": [1,\n 2], \"b\":\n{\"c\": {}}}"), 6);
    expect_place(0, 1, 1);
    expect_place(1, 1, 2); /* the key of the array */
    expect_place(2, 1, 8);
    expect_place(3, 2, 2);
    expect_place(4, 2, 6);
    expect_place(5, 3, 2);
}

static void a_lone_value_is_a_document(void **state)
{
    (void) state;
    assert_int_equal(locate("  7 \n"), 1);
    expect_place(0, 1, 3);
    assert_int_equal(locate("[]"), 1);
    assert_int_equal(locate("{}"), 1);
    assert_int_equal(locate("[null,false,-0.5E-3,\"\"]"), 5);
}

static void windows_line_ends_count_once(void **state)
{
    (void) state;
    assert_int_equal(locate("[\r\n1,\r\n2]"), 3);
    expect_place(1, 2, 1);
    expect_place(2, 3, 1);
}

static void columns_count_characters(void **state)
{
    (void) state;
    assert_int_equal(locate("[\"火眼\", 1]"), 3);
    expect_place(2, 1, 8);
}

static void comments_are_blanked_not_cut(void **state)
{
    (void) state;
    char text[] = "{\"u\": \"http://x\\\"//y\", // 注\n\"v\": 1 / 2 //";
    char wanted[] = "{\"u\": \"http://x\\\"//y\",       \n\"v\": 1 / 2   ";
    locate_blank_comments(text, strlen(text));
    assert_int_equal(strlen(text), strlen(wanted));
    assert_string_equal(text, wanted);
}

static void an_unclosed_string_hides_no_comment_below(void **state)
{
    (void) state;
    char text[] = "[\"a\n//b\n";
    locate_blank_comments(text, strlen(text));
    assert_string_equal(text, "[\"a\n   \n");
}

static void a_mistake_is_told_with_its_line(void **state)
{
    (void) state;
    const char *text = "[1,\n\n]";
    size_t count = 77;
    int32_t line = 0;
    assert_false(locate_values(text, strlen(text), places, &count, &line, &error));
    assert_int_equal(line, 3);
    assert_int_equal(count, 77);
    assert_string_equal(error.text, "']' stands where a value should stand");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(places_come_in_the_order_of_the_text),
        cmocka_unit_test(a_lone_value_is_a_document),
        cmocka_unit_test(windows_line_ends_count_once),
        cmocka_unit_test(columns_count_characters),
        cmocka_unit_test(comments_are_blanked_not_cut),
        cmocka_unit_test(an_unclosed_string_hides_no_comment_below),
        cmocka_unit_test(a_mistake_is_told_with_its_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
