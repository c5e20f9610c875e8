#include "gateway/base/json_fields.h"

#include <string.h>

#include "tests/unit/expect.h"

struct notes {
    struct text text; /* "/path: sentence\n" of each mistake */
    char bytes[1024];
};

static void note_mistake(void *context, const struct json *at, const char *sentence)
{
    struct notes *notes = context;
    json_add_path(at, &notes->text);
    text_add(&notes->text, ": %s\n", sentence);
}

struct rig {
    struct arena *arena;
    struct notes notes;
    struct json_fields fields;
    const struct json *root;
};

static void open_rig(struct rig *rig, const char *json)
{
    rig->arena = arena_new();
    rig->notes.text = text_over(rig->notes.bytes, sizeof rig->notes.bytes);
    rig->fields =
        (struct json_fields){.arena = rig->arena, .add = note_mistake, .context = &rig->notes};
    int32_t line = 0;
    struct error error;
    assert_true(json_parse(rig->arena, json, strlen(json), false, &rig->root, &line, &error));
}

/* Expects these mistakes, and their count. */
static void close_rig(struct rig *rig, int32_t count, const char *mistakes)
{
    assert_string_equal(rig->notes.bytes, mistakes);
    assert_int_equal(rig->fields.mistake_count, count);
    arena_free(rig->arena);
}

static void each_unknown_member_is_a_mistake_but_private_ones(void **state)
{
    (void) state;
    struct rig rig;
    open_rig(&rig, "{\"a\": 1, \"x_note\": 2, \"ab\": 3, \"list\": [5]}");
    json_fields_known(&rig.fields, rig.root, "a b list");
    json_fields_known(&rig.fields, json_find(rig.root, "list")->child, "a");
    close_rig(&rig, 2,
              "/ab: no such member; here may stand: a b list (and your own, beginning with x_)\n"
              "/list/0: must be an object, not a number\n");
}

static void the_first_unknown_member_is_found_with_its_nearest_name(void **state)
{
    (void) state;
    struct rig rig;
    char nearest[SUGGEST_WORD_MAX] = "before";
    open_rig(&rig, "{\"until\":1,\"nots\":2,\"x_mine\":3}");
    const struct json *member =
        json_fields_find_unknown(rig.root, "nobody not note until", nearest);
    assert_string_equal(member->key, "nots");
    assert_string_equal(nearest, "not");
    assert_string_equal(json_fields_find_unknown(rig.root, "until nots", nearest)->key, "x_mine");
    assert_string_equal(nearest, "");
    assert_null(json_fields_find_unknown(rig.root, "x_mine nots until", nearest));
    close_rig(&rig, 0, "");
}

static void a_member_has_its_type_and_may_be_needed(void **state)
{
    (void) state;
    struct rig rig;
    open_rig(&rig, "{\"name\": \"n\", \"list\": [1, \"2\"], \"long\": [1, 2, 3]}");
    assert_non_null(json_fields_need(&rig.fields, rig.root, "name", JSON_STRING));
    assert_null(json_fields_may(&rig.fields, rig.root, "none", JSON_STRING));
    assert_null(json_fields_may(&rig.fields, rig.root, "name", JSON_BOOL));
    assert_null(json_fields_need(&rig.fields, rig.root, "none", JSON_ARRAY));
    assert_null(json_fields_list(&rig.fields, rig.root, "list", JSON_NUMBER, 2));
    assert_null(json_fields_list(&rig.fields, rig.root, "long", JSON_NUMBER, 2));
    assert_int_equal(json_fields_list(&rig.fields, rig.root, "long", JSON_NUMBER, 3)->count, 3);
    close_rig(&rig, 4,
              "/name: must be true or false, not a string\n"
              ": 'none' is missing: it must be an array\n"
              "/list/1: must be a number, not a string\n"
              "/long: holds 3, at most 2 are allowed\n");
}

static void whole_numbers_have_limits_and_may_be_hexadecimal(void **state)
{
    (void) state;
    struct rig rig;
    open_rig(&rig, "{\"a\": 7, \"hex\": \"0x1F\", \"half\": 0.5, \"word\": \"x\", \"big\": 100}");
    assert_int_equal(json_fields_need_whole(&rig.fields, rig.root, "a", 7, 7, 1), 7);
    assert_int_equal(json_fields_need_whole(&rig.fields, rig.root, "hex", 0, 99, 1), 31);
    static const char *const keys[] = {"none", "half", "word", "big"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        assert_int_equal(json_fields_whole(&rig.fields, rig.root, keys[i], -9, 99, -3), -3);
    }
    (void) json_fields_need_whole(&rig.fields, rig.root, "none", 0, 9, 0);
    close_rig(&rig, 4,
              "/half: must be a whole number, or a string like \"0x01F4\"\n"
              "/word: must be a whole number, or a string like \"0x01F4\"\n"
              "/big: 100 is not within -9 and 99\n"
              ": 'none' is missing: it must be a whole number\n");
}

static void numbers_and_spans_have_limits(void **state)
{
    (void) state;
    struct rig rig;
    open_rig(&rig, "{\"a\": 0.5, \"range\": [1, 2], \"back\": [2, 1], \"one\": [1]}");
    double span[2] = {0};
    expect_near(json_fields_number(&rig.fields, rig.root, "a", 1), 0.5, 0);
    expect_near(json_fields_number(&rig.fields, rig.root, "none", 1), 1, 0);
    expect_near(json_fields_number_within(&rig.fields, rig.root, "a", 0, 1, 7), 0.5, 0);
    expect_near(json_fields_number_within(&rig.fields, rig.root, "none", 0, 1, 7), 7, 0);
    expect_near(json_fields_number_within(&rig.fields, rig.root, "a", 1, 2, 7), 7, 0);
    assert_true(json_fields_span(&rig.fields, rig.root, "range", span));
    expect_near(span[1], 2, 0);
    assert_false(json_fields_span(&rig.fields, rig.root, "back", span));
    assert_false(json_fields_span(&rig.fields, rig.root, "one", span));
    close_rig(&rig, 3,
              "/a: must be a number between 1 and 2\n"
              "/back: must be [lowest, highest]\n"
              "/one: must be [lowest, highest]\n");
}

static void flags_durations_words_and_ids_are_read(void **state)
{
    (void) state;
    struct rig rig;
    open_rig(&rig,
             "{\"on\": true, \"span\": \"20s\", \"bad\": \"20\", \"id\": \"a-1\", \"no\": \"A\"}");
    assert_true(json_fields_bool(&rig.fields, rig.root, "on", false));
    assert_true(json_fields_bool(&rig.fields, rig.root, "none", true));
    assert_int_equal(json_fields_duration(&rig.fields, rig.root, "span", 1), 20 * MS_PER_SECOND);
    assert_int_equal(json_fields_duration(&rig.fields, rig.root, "none", 1), 1);
    assert_int_equal(json_fields_duration(&rig.fields, rig.root, "bad", 1), 1);
    assert_int_equal(json_fields_word(&rig.fields, rig.root, "span", "10s 20s"), 1);
    assert_int_equal(json_fields_word(&rig.fields, rig.root, "span", "10s 20s0"), -1);
    assert_int_equal(json_fields_word(&rig.fields, rig.root, "none", "a b"), -1);
    assert_string_equal(json_fields_id(&rig.fields, rig.root, "id"), "a-1");
    assert_string_equal(json_fields_text(&rig.fields, rig.root, "none", "-"), "-");
    (void) json_fields_id(&rig.fields, rig.root, "no");
    close_rig(&rig, 3,
              "/bad: must be a duration like \"20s\"\n"
              "/span: '20s' is none of: 10s 20s0\n"
              "/no: 'A' is no id: use small letters, digits, - and _, at most 32\n");
}

static void without_an_arena_strings_stay_in_the_tree(void **state)
{
    (void) state;
    struct rig rig;
    open_rig(&rig, "{\"name\": \"n\"}");
    assert_ptr_not_equal(json_fields_text(&rig.fields, rig.root, "name", ""),
                         rig.root->child->string);
    rig.fields.arena = NULL;
    assert_ptr_equal(json_fields_text(&rig.fields, rig.root, "name", ""), rig.root->child->string);
    close_rig(&rig, 0, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_unknown_member_is_a_mistake_but_private_ones),
        cmocka_unit_test(the_first_unknown_member_is_found_with_its_nearest_name),
        cmocka_unit_test(a_member_has_its_type_and_may_be_needed),
        cmocka_unit_test(whole_numbers_have_limits_and_may_be_hexadecimal),
        cmocka_unit_test(numbers_and_spans_have_limits),
        cmocka_unit_test(flags_durations_words_and_ids_are_read),
        cmocka_unit_test(without_an_arena_strings_stay_in_the_tree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
