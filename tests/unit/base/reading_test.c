#include "gateway/base/reading.h"

#include <string.h>

#include "gateway/base/utf8.h"
#include "tests/unit/expect.h"

static void the_words_of_quality_are_those_of_the_api(void **state)
{
    (void) state;
    assert_string_equal(quality_name(QUALITY_GOOD), "good");
    assert_string_equal(quality_name(QUALITY_UNCERTAIN), "uncertain");
    assert_string_equal(quality_name(QUALITY_BAD), "bad");
    assert_string_equal(quality_name(QUALITY_NO_ANSWER), "no_answer");
}

static void only_good_and_uncertain_have_a_value(void **state)
{
    (void) state;
    static const bool has_value[QUALITY_COUNT] = {true, true, false, false};
    for (int i = 0; i < QUALITY_COUNT; i++) {
        struct reading reading = {.quality = (enum quality) i};
        assert_int_equal(reading_has_value(&reading), has_value[i]);
    }
}

static void every_reason_has_words_of_its_own(void **state)
{
    (void) state;
    assert_string_equal(reason_text(REASON_NONE), "");
    for (int i = 1; i < REASON_COUNT; i++) {
        const char *text = reason_text((enum reason) i);
        assert_true(strlen(text) > 0);
        assert_true(utf8_is_valid(text, strlen(text)));
        for (int j = 0; j < i; j++) {
            assert_string_not_equal(text, reason_text((enum reason) j));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_of_quality_are_those_of_the_api),
        cmocka_unit_test(only_good_and_uncertain_have_a_value),
        cmocka_unit_test(every_reason_has_words_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
