#include "gateway/base/error.h"

#include <errno.h>
#include <string.h>

#include "gateway/base/utf8.h"
#include "tests/unit/expect.h"

static void a_failure_is_one_line(void **state)
{
    (void) state;
    struct error error = {.text = "old"};
    assert_false(error_set(&error, "cannot open '%s': %s", "state.db", "disk full"));
    assert_string_equal(error.text, "cannot open 'state.db': disk full");
}

static void the_systems_words_come_last(void **state)
{
    (void) state;
    struct error error;
    assert_false(error_set_errno(&error, ENOENT, "cannot open '%s'", "x"));
    assert_string_equal(error.text, "cannot open 'x': No such file or directory");
}

static void nobody_has_to_listen(void **state)
{
    (void) state;
    assert_false(error_set(NULL, "x"));
    assert_false(error_set_errno(NULL, ENOENT, "x"));
}

static void an_error_can_be_wrapped_in_itself(void **state)
{
    (void) state;
    struct error error = {.text = "disk full"};
    assert_false(error_set(&error, "state: %s", error.text));
    assert_string_equal(error.text, "state: disk full");
    assert_false(error_set_errno(&error, EIO, "run: %s", error.text));
    assert_string_equal(error.text, "run: state: disk full: Input/output error");
}

static void a_long_sentence_is_cut_at_a_character(void **state)
{
    (void) state;
    enum { LIBRARY_BYTES = 3 * ERROR_MAX };
    char library[LIBRARY_BYTES + 1];
    for (size_t i = 0; i < ERROR_MAX; i++) {
        memcpy(library + 3 * i, "库", 3);
    }
    library[LIBRARY_BYTES] = '\0';
    struct error error;
    assert_false(error_set(&error, "%s", library));
    assert_int_equal(strlen(error.text), 510);
    assert_true(utf8_is_valid(error.text, strlen(error.text)));
    assert_false(error_set_errno(&error, EIO, "a%s", library));
    assert_true(utf8_is_valid(error.text, strlen(error.text)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_is_one_line),
        cmocka_unit_test(the_systems_words_come_last),
        cmocka_unit_test(nobody_has_to_listen),
        cmocka_unit_test(an_error_can_be_wrapped_in_itself),
        cmocka_unit_test(a_long_sentence_is_cut_at_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
