#include "config/schema/schema.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/io/system/file.h"
#include "tests/unit/expect.h"

static struct arena *arena;

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
    int32_t line = 0;
    assert_true(json_parse(arena, text, strlen(text), false, &root, &line, NULL));
    return root;
}

/* The row's parent by its path; NULL for the root. */
static const struct schema_row *parent_of(const struct schema_row *row)
{
    char path[200]; /* longer than any of the table */
    (void) snprintf(path, sizeof path, "%s", row->path);
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        return NULL;
    }
    *slash = '\0';
    return schema_get(path);
}

static void expect_found(const struct schema_row *row)
{
    const struct schema_row *parent = parent_of(row);
    if (parent == NULL) {
        fail_msg("'%s' has no parent", row->path);
        return;
    }
    assert_true(parent < row);
    assert_ptr_equal(schema_get(row->path), row);
    const char *key = parent->type == SCHEMA_OBJECT ? schema_key(row) : NULL;
    if (schema_find(parent, key) != row) {
        fail_msg("'%s' is not found from its parent: its place in the table is wrong", row->path);
    }
}

static void every_row_stands_below_its_parent_and_once(void **state)
{
    (void) state;
    for (int i = 1; i < schema_rows_count; i++) {
        expect_found(&schema_rows[i]);
    }
}

static void expect_explained(const struct schema_row *row)
{
    if (row->help == NULL && row->refusal == NULL) {
        fail_msg("'%s' has no help", row->path);
    }
    assert_true((row->type == SCHEMA_CHOICE) == (row->choices != NULL));
    bool is_list = row->type == SCHEMA_LIST || row->type == SCHEMA_MAP;
    assert_true(!is_list || row->refusal != NULL || schema_next(row, NULL) != NULL);
}

static void every_row_explains_itself(void **state)
{
    (void) state;
    for (int i = 0; i < schema_rows_count; i++) {
        expect_explained(&schema_rows[i]);
    }
}

/* A default as the text of a JSON value. */
static const struct json *default_of(const struct schema_row *row)
{
    bool is_bare = row->type == SCHEMA_ID || row->type == SCHEMA_TEXT ||
                   row->type == SCHEMA_CHOICE || row->type == SCHEMA_SPAN;
    char text[600]; /* the longest default of the table and quotes */
    (void) snprintf(text, sizeof text, is_bare ? "\"%s\"" : "%s", row->fallback);
    return parse(text);
}

static void expect_own_fit(const struct schema_row *row)
{
    struct error error;
    if (row->fallback != NULL && !schema_fits(row, default_of(row), &error)) {
        fail_msg("the default of '%s' %s", row->path, error.text);
    }
}

static void every_default_fits_its_own_row(void **state)
{
    (void) state;
    for (int i = 0; i < schema_rows_count; i++) {
        expect_own_fit(&schema_rows[i]);
    }
}

static void expect_fit(const char *path, const char *value, const char *expected)
{
    struct error error = {"fits"};
    (void) schema_fits(schema_get(path), parse(value), &error);
    assert_string_equal(error.text, expected);
}

static void each_type_is_held_to_its_range(void **state)
{
    (void) state;
    expect_fit("/sites/*/devices/*/poll", "\"20ms\"", "fits");
    expect_fit("/sites/*/devices/*/poll", "\"19ms\"", "must be 20ms to 1d, not 19ms");
    expect_fit("/sites/*/devices/*/poll", "\"25h\"", "must be 20ms to 1d, not 25h");
    expect_fit("/rules/*/hold", "\"0s\"", "fits");
    expect_fit("/rules/*/clear_hold", "\"0s\"", "fits");
    expect_fit("/escalation/group_wait", "\"0s\"", "fits");
    expect_fit("/escalation/settle", "\"0s\"", "fits");
    expect_fit("/escalation/minor/silence/*", "\"1s\"", "fits");
    expect_fit("/escalation/minor/silence/*", "\"999ms\"", "must be 1s to 60d, not 999ms");
    expect_fit("/rules/*/min_coverage", "0.5", "fits");
    expect_fit("/rules/*/min_coverage", "0", "fits");
    expect_fit("/rules/*/min_coverage", "1", "fits");
    expect_fit("/rules/*/min_coverage", "-0.01", "must be 0 to 1, not -0.01");
    expect_fit("/rules/*/min_coverage", "1.01", "must be 0 to 1, not 1.01");
    expect_fit("/sites/*/devices/*/unit", "1", "fits");
    expect_fit("/sites/*/devices/*/unit", "255", "fits");
    expect_fit("/sites/*/devices/*/poll", "\"1d\"", "fits");
    expect_fit("/sites/*/devices/*/unit", "0", "must be 1 to 255, not 0");
    expect_fit("/sites/*/devices/*/unit", "1.5", "must be a whole number, not 1.5");
    expect_fit("/rules/*/latch", "1", "must be true or false, not a number");
    expect_fit("/people/*/name", "\"\"", "must not be empty");
    expect_fit("/areas/*/duty", "[]", "must not be empty");
    expect_fit("/areas/*/duty", "[1,2,3,4,5,6,7,8,9]", "has 9 items, at most 8 are allowed");
    expect_fit("/links/*/type", "\"rtu\"", "fits");
    expect_fit("/links/*/type", "\"rt\"",
               "'rt' is not one of rtu, tcp, rtu_over_tcp, dtu, did you mean 'rtu'?");
    expect_fit("/people/*/channels/*", "\"voice\"",
               "'voice' is not yet supported by this version, only sms");
}

static void a_view_gives_the_value_or_its_default(void **state)
{
    (void) state;
    const struct json *rule = parse("{\"hold\": \"5m\", \"latch\": true, \"min_coverage\": 7}");
    struct schema_view permission = schema_view("/rules/*", rule);
    assert_int_equal(schema_span(permission, "hold"), 5 * MS_PER_MINUTE);
    assert_int_equal(schema_span(permission, "clear_hold"), 0);
    assert_true(schema_bool(permission, "latch"));
    expect_near(schema_number(permission, "min_coverage"), 0.75, 0); /* 7 does not fit */
    assert_string_equal(schema_text(permission, "per"), "point");
    assert_null(schema_text(permission, "clear"));
    struct schema_view none = schema_view("/web", NULL);
    assert_string_equal(schema_text(none, "listen"), "127.0.0.1:8080");
    assert_int_equal(schema_integer(schema_view("/history", NULL), "max_bytes"),
                     INT64_C(4294967296));
}

static void a_list_gives_its_fitting_items_or_its_default(void **state)
{
    (void) state;
    struct schema_view permission =
        schema_view("/areas/*", parse("{\"duty\": [\"wang\", 5, \"Li\", \"chen\"]}"));
    struct reader_items items = schema_items(arena, permission, "duty");
    assert_int_equal(items.count, 2);
    assert_string_equal(items.item[1]->string, "chen");
    items = schema_items(arena, schema_view("/people/*", NULL), "channels");
    assert_int_equal(items.count, 1);
    assert_string_equal(items.item[0]->string, "sms");
    assert_int_equal(schema_items(arena, schema_view("/sites/*", NULL), "contacts").count, 0);
}

static char *text_of(void (*print)(FILE *to))
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    print(to);
    assert_int_equal(fclose(to), 0);
    return text;
}

static void the_committed_schema_is_the_tables(void **state)
{
    (void) state;
    char *committed = NULL;
    assert_true(
        file_read(SOURCE_DIR "/config/huoyan.schema.json", JSON_BYTES_MAX, &committed, NULL, NULL));
    struct text generated = text_growing(JSON_BYTES_MAX);
    schema_print_json(&generated);
    bool is_same = strcmp(generated.bytes, committed) == 0;
    text_free(&generated);
    if (!is_same) {
        fail_msg("%s", "the schema is old: huoyan check --schema > config/huoyan.schema.json");
    }
    assert_int_equal(parse(committed)->type, JSON_OBJECT);
    free(committed);
}

static void a_key_without_effect_says_so_in_the_help(void **state)
{
    (void) state;
    char *help = text_of(schema_print_help);
    struct text generated = text_growing(JSON_BYTES_MAX);
    schema_print_json(&generated);
    for (int i = 0; i < schema_rows_count; i++) {
        const struct schema_row *row = &schema_rows[i];
        if (row->no_effect != NULL) {
            assert_true(row->type != SCHEMA_CHOICE || row->fallback != NULL);
            assert_non_null(strstr(help, row->no_effect));
            assert_non_null(strstr(generated.bytes, row->no_effect));
        }
    }
    assert_non_null(strstr(help, "(it has no effect yet: the history stays under the old id)"));
    free(help);
    text_free(&generated);
}

static void help_names_every_key_that_may_be_used(void **state)
{
    (void) state;
    char *help = text_of(schema_print_help);
    assert_non_null(strstr(help, "/sites/*/devices/*/poll (span, 20ms to 1d) "));
    assert_non_null(strstr(help, "/rules/*/min_coverage (number, 0 to 1; default 0.75) "));
    assert_null(strstr(help, "/web/tls"));
    assert_null(strstr(help, "password)"));
    free(help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_row_stands_below_its_parent_and_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(every_row_explains_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_default_fits_its_own_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_type_is_held_to_its_range, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_view_gives_the_value_or_its_default, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_list_gives_its_fitting_items_or_its_default, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_committed_schema_is_the_tables, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_key_without_effect_says_so_in_the_help, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(help_names_every_key_that_may_be_used, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
