#include "gateway/cli/shared/options.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "gateway/base/text.h"
#include "tests/unit/expect.h"

static const char *directory;
static bool is_json;
static const char *word;
static char said[512]; /* on stderr by the last parse */

static const struct option one_word[] = {
    {"-c", &directory, NULL}, {"", &word, NULL}, {"--json", NULL, &is_json}, {NULL, NULL, NULL}};
static const struct option no_word[] = {
    {"-c", &directory, NULL}, {"--json", NULL, &is_json}, {NULL, NULL, NULL}};

static bool parse(int count, const char *const *arguments, bool takes_word)
{
    char *copies[8] = {NULL};
    static char bytes[8][32];
    for (int i = 0; i < count; i++) {
        text_copy(bytes[i], sizeof bytes[i], arguments[i]);
        copies[i] = bytes[i];
    }
    directory = word = NULL;
    is_json = false;
    int out = memfd_create("stderr", MFD_CLOEXEC);
    int before = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
    assert_true(out >= 0 && before >= 0 && dup2(out, STDERR_FILENO) == STDERR_FILENO);
    bool is_good = options_parse(count, copies, takes_word ? one_word : no_word, "usage: so\n");
    assert_int_equal(dup2(before, STDERR_FILENO), STDERR_FILENO);
    ssize_t length = pread(out, said, sizeof said - 1, 0);
    assert_true(length >= 0);
    said[length] = '\0';
    (void) close(out);
    (void) close(before);
    assert_int_equal(is_good, length == 0);
    return is_good;
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
    assert_string_equal(said, "huoyan scan: '-c' needs a value\nusage: so\n");
}

static void help_is_the_usage_alone(void **state)
{
    (void) state;
    assert_false(PARSE(true, "scan", "--help"));
    assert_string_equal(said, "usage: so\n");
}

static void what_is_unknown_or_said_twice_is_wrong(void **state)
{
    (void) state;
    assert_false(PARSE(true, "scan", "--what"));
    assert_false(PARSE(true, "scan", "-c", "a", "-c", "b"));
    assert_string_equal(said, "huoyan scan: '-c' is given twice\nusage: so\n");
    assert_false(PARSE(true, "scan", "--json", "--json"));
    assert_false(PARSE(true, "scan", "a", "b"));
    assert_string_equal(said, "huoyan scan: 'b' is one word too many\nusage: so\n");
    assert_false(PARSE(false, "scan", "a"));
}

static void an_unknown_option_names_the_nearest(void **state)
{
    (void) state;
    assert_false(PARSE(true, "scan", "--jsno"));
    assert_string_equal(
        said, "huoyan scan: there is no option '--jsno', did you mean '--json'?\nusage: so\n");
    assert_false(PARSE(true, "scan", "-"));
    assert_string_equal(said, "huoyan scan: there is no option '-'\nusage: so\n");
}

static void two_words_fill_their_rows_in_order(void **state)
{
    (void) state;
    const char *second = NULL;
    const struct option table[] = {{"", &word, NULL}, {"", &second, NULL}, {NULL, NULL, NULL}};
    char command[] = "user";
    char add[] = "add";
    char name[] = "ann";
    char *arguments[] = {command, add, name, NULL};
    word = NULL;
    assert_true(options_parse(3, arguments, table, ""));
    assert_string_equal(word, "add");
    assert_string_equal(second, "ann");
}

static void a_number_has_its_limits(void **state)
{
    (void) state;
    struct error error;
    int64_t number = 7;
    assert_true(options_number(NULL, "--unit", 1, 247, &number, &error));
    assert_int_equal(number, 7);
    assert_true(options_number("0x10", "--unit", 1, 247, &number, &error));
    assert_int_equal(number, 16);
    assert_false(options_number("248", "--unit", 1, 247, &number, &error));
    assert_string_equal(error.text, "--unit '248' is no number from 1 to 247");
    assert_int_equal(number, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_may_come_in_any_order),
        cmocka_unit_test(an_option_without_its_value_is_wrong),
        cmocka_unit_test(help_is_the_usage_alone),
        cmocka_unit_test(what_is_unknown_or_said_twice_is_wrong),
        cmocka_unit_test(an_unknown_option_names_the_nearest),
        cmocka_unit_test(two_words_fill_their_rows_in_order),
        cmocka_unit_test(a_number_has_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
