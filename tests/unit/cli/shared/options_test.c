#include "gateway/cli/shared/options.h"

#include "tests/unit/expect.h"

static const char *directory;
static bool is_json;
static const char *word;

static bool parse(int count, const char *const *arguments, bool takes_word)
{
    const struct option table[] = {
        {"-c", &directory, NULL}, {"--json", NULL, &is_json}, {NULL, NULL, NULL}};
    char *copies[8] = {NULL};
    static char bytes[8][32];
    for (int i = 0; i < count; i++) {
        (void) snprintf(bytes[i], sizeof bytes[i], "%s", arguments[i]);
        copies[i] = bytes[i];
    }
    directory = word = NULL;
    is_json = false;
    return options_parse(count, copies, table, takes_word ? &word : NULL);
}

#define PARSE(takes_word, ...)                                                \
    parse((int) (sizeof(const char *[]){__VA_ARGS__} / sizeof(const char *)), \
          (const char *[]){__VA_ARGS__}, takes_word)

static void options_may_come_in_any_order(void **state)
{
    (void) state;
    assert_true(PARSE(true, "scan", "--json", "bus1", "-c", "town"));
    assert_string_equal(word, "bus1");
    assert_string_equal(directory, "town");
    assert_true(is_json);
    assert_true(PARSE(true, "scan"));
    assert_true(word == NULL && directory == NULL && !is_json);
}

static void an_option_without_its_value_is_wrong(void **state)
{
    (void) state;
    assert_false(PARSE(true, "scan", "-c"));
}

static void what_is_unknown_or_said_twice_is_wrong(void **state)
{
    (void) state;
    assert_false(PARSE(true, "scan", "--what"));
    assert_false(PARSE(true, "scan", "-c", "a", "-c", "b"));
    assert_false(PARSE(true, "scan", "--json", "--json"));
    assert_false(PARSE(true, "scan", "a", "b"));
    assert_false(PARSE(false, "scan", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_come_in_any_order),
        cmocka_unit_test(an_option_without_its_value_is_wrong),
        cmocka_unit_test(what_is_unknown_or_said_twice_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
