#include "gateway/base/json.h"

#include <string.h>

#include "tests/unit/expect.h"

static struct arena *arena;
static struct error error;
static int32_t line;

static int set_up(void **state)
{
    (void) state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    arena_free(arena);
    return 0;
}

static const struct json *parse(const char *text)
{
    const struct json *root = NULL;
    bool is_good = json_parse(arena, text, strlen(text), true, &root, &line, &error);
    if (!is_good) {
        print_error("line %d: %s\n", (int) line, error.text);
    }
    assert_true(is_good);
    return root;
}

static void expect_refused_bytes(const char *text, size_t length, int32_t at, const char *words)
{
    const struct json *root = NULL;
    line = 0;
    if (json_parse(arena, text, length, true, &root, &line, &error)) {
        fail_msg("accepted: %s", text);
    }
    assert_null(root);
    assert_int_equal(line, at);
    if (strstr(error.text, words) == NULL) {
        fail_msg("'%s' does not say '%s'", error.text, words);
    }
}

static void expect_refused(const char *text, int32_t at, const char *words)
{
    expect_refused_bytes(text, strlen(text), at, words);
}

static void expect_path(const struct json *value, const char *expected)
{
    char bytes[200]; /* longer than any path here */
    struct text text = text_over(bytes, sizeof bytes);
    json_add_path(value, &text);
    assert_string_equal(bytes, expected);
}

static void every_type_is_read(void **state)
{
    (void) state;
    const struct json *root = parse(
        "{\"a\": null, \"b\": true, \"c\": -1.5e2, \"d\": \"火\\u773c\", \"e\": [1, 2], \"f\": {}}");
    assert_int_equal(root->type, JSON_OBJECT);
    assert_int_equal(root->count, 6);
    assert_int_equal(json_find(root, "a")->type, JSON_NULL);
    assert_true(json_find(root, "b")->boolean);
    expect_near(json_find(root, "c")->number, -150, 0);
    assert_string_equal(json_string(root, "d", ""), "火眼");
    assert_int_equal(json_find(root, "e")->count, 2);
    expect_near(json_find(root, "e")->child->next->number, 2, 0);
    assert_null(json_find(root, "f")->child);
    assert_ptr_equal(json_find(root, "f")->parent, root);
    assert_string_equal(json_string(root, "b", "otherwise"), "otherwise");
    assert_null(json_find(root, "g"));
    assert_null(json_find(NULL, "a"));
    assert_null(json_find(json_find(root, "e"), "a"));
}

static void every_value_knows_its_line_and_column(void **state)
{
    (void) state;
    const struct json *root = parse("{ // a comment: {\"x\": 1}\n"
                                    "  \"名\": \"火 // no comment\", \"next\":\n"
                                    "     [true,\n"
                                    "  {\"in\": 5}]\n"
                                    "}\n");
    assert_int_equal(root->line, 1);
    assert_int_equal(root->column, 1);
    assert_string_equal(json_string(root, "名", ""), "火 // no comment");
    const struct json *next = json_find(root, "next");
    assert_int_equal(next->line, 2);
    assert_int_equal(next->column, 27); /* characters, not bytes */
    assert_int_equal(next->child->line, 3);
    assert_int_equal(next->child->column, 7);
    const struct json *in = json_find(next->child->next, "in");
    assert_int_equal(in->line, 4);
    assert_int_equal(in->column, 4);
}

static void expect_place(const struct json *value, int32_t at_line, int32_t column)
{
    assert_int_equal(value->line, at_line);
    assert_int_equal(value->column, column);
}

static void places_come_in_the_order_of_the_text(void **state)
{
    (void) state;
    const struct json *root = parse("{\"a\": [1,\n 2], \"b\":\n{\"c\": {}}}");
    expect_place(root, 1, 1);
    expect_place(root->child, 1, 2); /* the key of the array */
    expect_place(root->child->child, 1, 8);
    expect_place(root->child->child->next, 2, 2);
    expect_place(root->child->next, 2, 6);
    expect_place(root->child->next->child, 3, 2);
}

static void a_lone_value_is_a_document(void **state)
{
    (void) state;
    expect_place(parse("  7 \n"), 1, 3);
    assert_int_equal(parse("[]")->count, 0);
    assert_int_equal(parse("{}")->count, 0);
    assert_int_equal(parse("[null,false,-0.5E-3,\"\"]")->count, 4);
}

static void windows_line_ends_count_once(void **state)
{
    (void) state;
    const struct json *root = parse("[\r\n1,\r\n2]");
    expect_place(root->child, 2, 1);
    expect_place(root->child->next, 3, 1);
}

static void columns_count_characters(void **state)
{
    (void) state;
    expect_place(parse("[\"火眼\", 1]")->child->next, 1, 8);
}

static void comments_move_nothing(void **state)
{
    (void) state;
    const struct json *root =
        parse("{\"u\": \"http://x\\\"//y\", // 注\n\"v\": // \"w\"\n 12 //\n} // end");
    assert_int_equal(root->count, 2);
    assert_string_equal(json_string(root, "u", ""), "http://x\"//y");
    expect_place(root->child->next, 2, 1);
    expect_refused("{\"v\": 1 / 2 //", 1, "'/' stands where ',' or '}'");
}

static void an_unclosed_string_hides_no_comment_below(void **state)
{
    (void) state;
    expect_refused("[\"a\n//b\n", 1, "not closed on its line");
    expect_refused("[\"a\",\n//\"b\n", 3, "ends where a value");
}

static void a_mistake_is_told_with_its_line(void **state)
{
    (void) state;
    expect_refused("[1,\n\n]", 3, "']' stands where a value should stand");
    expect_refused("[1,\n1e999,\n]", 2, "too large"); /* the first of two */
}

static void a_path_leads_from_the_root(void **state)
{
    (void) state;
    const struct json *root = parse("{\"sites\": [{}, {\"a/b~c\": {\"poll\": 1}}]}");
    const struct json *site = json_find(root, "sites")->child->next;
    expect_path(root, "");
    expect_path(site, "/sites/1");
    expect_path(json_find(json_find(site, "a/b~c"), "poll"), "/sites/1/a~1b~0c/poll");
}

static void what_cjson_lets_through_is_refused(void **state)
{
    (void) state;
    expect_refused("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}", 3,
                   "'a' stands there twice, first in line 1");
    expect_refused("{\"a\": 1, \"\\u0061\": 3}", 1, "twice");
    expect_refused("{\"a\":\n 01}", 2, "begin with 0");
    expect_refused("[-01]", 1, "begin with 0");
    expect_refused("[1,\n1e999]", 2, "too large");
    expect_refused("1e999", 1, "too large");
    expect_refused("{} {}", 1, "after the end");
    expect_refused("{}\n\n x", 3, "after the end");
    expect_refused("[\"a\n\"]", 1, "not closed on its line");
    expect_refused("[\"a\tb\"]", 1, "\\u0009");
    expect_refused("[\"\\u0000\"]", 1, "\\u0000");
    expect_refused("[.5]", 1, "'.' stands where a value");
    expect_refused("[1.]", 1, "a digit");
    expect_refused("[1e+]", 1, "a digit");
    expect_refused("[+1]", 1, "'+'");
}

static void invalid_utf8_is_refused_with_its_line(void **state)
{
    (void) state;
    expect_refused("{\n\"a\": \"\xC3\x28\"}", 2, "UTF-8");
    expect_refused("// gbk \xBB\xF0\xD1\xDB\n{}", 1, "UTF-8");
    expect_refused("[\"\xED\xA0\x80\"]", 1, "UTF-8");
    expect_refused_bytes("[1,\n\0]", 6, 2, "UTF-8");
    expect_refused("[\"\\ud800\"]", 1, "half a character");
    expect_refused("[\"\\udc00\"]", 1, "half a character");
    expect_refused("[\"\\ud83d\\u0041\"]", 1, "half a character");
    assert_string_equal(parse("\"\\ud83d\\ude00\"")->string, "😀");
}

static void broken_text_is_refused_with_a_sentence(void **state)
{
    (void) state;
    expect_refused("", 1, "ends where a value");
    expect_refused_bytes(NULL, 0, 1, "ends where a value"); /* an empty request body */
    expect_refused("// nothing\n", 2, "ends where a value");
    expect_refused("{\"a\" 1}", 1, "'1' stands where ':'");
    expect_refused("{\"a\": 1 \n\"b\": 2}", 2, "',' or '}'");
    expect_refused("[1 2]", 1, "',' or ']'");
    expect_refused("[1,]", 1, "']' stands where a value");
    expect_refused("{\"a\": 1,}", 1, "a key in double quotes");
    expect_refused("{a: 1}", 1, "'a' stands where a key");
    expect_refused("[tru]", 1, "'t' stands where a value");
    expect_refused("[\"\\x\"]", 1, "backslash");
    expect_refused("[\"\\u12g4\"]", 1, "hexadecimal");
    expect_refused("[\"\\", 1, "backslash");
    expect_refused("[\"abc", 1, "not closed");
    expect_refused("[1}", 1, "'}'");
    expect_refused("[火]", 1, "'火'");
    expect_refused("[\x01]", 1, "control character");
    expect_refused("[\"a\",\n// only a comment", 2, "ends where a value");
}

static void depth_is_bounded(void **state)
{
    (void) state;
    char text[(size_t) 2 * JSON_DEPTH_MAX + 3];
    memset(text, '[', JSON_DEPTH_MAX);
    memset(text + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    text[sizeof text - 3] = '\0';
    const struct json *deepest = parse(text);
    for (; deepest->child != NULL; deepest = deepest->child) {
    }
    char path[2 * JSON_DEPTH_MAX + 1];
    struct text builder = text_over(path, sizeof path);
    json_add_path(deepest, &builder);
    assert_int_equal(builder.length, 2 * (JSON_DEPTH_MAX - 1));

    memset(text, '[', JSON_DEPTH_MAX + 1);
    memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    text[sizeof text - 1] = '\0';
    expect_refused(text, 1, "deeper than 32");
}

static void size_is_bounded(void **state)
{
    (void) state;
    static char bytes[JSON_BYTES_MAX + 1];
    memset(bytes, ' ', sizeof bytes);
    expect_refused_bytes(bytes, sizeof bytes, 1, "longer than 16 MiB");
    char number[80];
    memset(number, '1', sizeof number);
    expect_refused_bytes(number, sizeof number, 1, "more than 60 characters");
}

static void comments_are_refused_where_not_allowed(void **state)
{
    (void) state;
    const char *text = "{} // x";
    const struct json *root = NULL;
    assert_false(json_parse(arena, text, strlen(text), false, &root, &line, &error));
    assert_non_null(parse(text));
    assert_non_null(parse("// 一\n// 二\n[\"a\\\"// b\"] // 三"));
}

static void a_byte_order_mark_is_skipped(void **state)
{
    (void) state;
    const struct json *root = parse("\xEF\xBB\xBF{\"a\": 1}");
    assert_int_equal(json_find(root, "a")->column, 2);
}

static void a_text_need_not_end_with_nul(void **state)
{
    (void) state;
    const struct json *root = NULL;
    assert_true(json_parse(arena, "[12]34", 4, false, &root, &line, &error));
    expect_near(root->child->number, 12, 0);
    assert_false(json_parse(arena, "[12]34", 3, false, &root, &line, &error));
}

static void strings_outlive_their_tree(void **state)
{
    (void) state;
    const char *text = "{\"a\": [\"火\", \"眼\"]}";
    struct arena *tree = arena_new();
    const struct json *root = NULL;
    const struct json_room room = {.tree = tree, .strings = arena};
    assert_true(json_parse_into(room, text, strlen(text), false, &root, &line, &error));
    const char *second = json_find(root, "a")->child->next->string;
    size_t of_tree = arena_used(tree);
    arena_free(tree);
    assert_string_equal(second, "眼");
    assert_true(arena_used(arena) < of_tree);
}

static void types_have_words(void **state)
{
    (void) state;
    assert_string_equal(json_type_text(JSON_BOOL), "true or false");
    assert_string_equal(json_type_text(JSON_OBJECT), "an object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_type_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_value_knows_its_line_and_column, set_up, tear_down),
        cmocka_unit_test_setup_teardown(places_come_in_the_order_of_the_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lone_value_is_a_document, set_up, tear_down),
        cmocka_unit_test_setup_teardown(windows_line_ends_count_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(columns_count_characters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(comments_move_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unclosed_string_hides_no_comment_below, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_mistake_is_told_with_its_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_path_leads_from_the_root, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cjson_lets_through_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(invalid_utf8_is_refused_with_its_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(broken_text_is_refused_with_a_sentence, set_up, tear_down),
        cmocka_unit_test_setup_teardown(depth_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(size_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(comments_are_refused_where_not_allowed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_byte_order_mark_is_skipped, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_text_need_not_end_with_nul, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strings_outlive_their_tree, set_up, tear_down),
        cmocka_unit_test_setup_teardown(types_have_words, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
