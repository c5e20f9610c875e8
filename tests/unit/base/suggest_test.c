#include "gateway/base/suggest.h"

#include "tests/unit/expect.h"

static const char *nearest(const char *word, const char *const *candidates)
{
    static struct suggest suggest;
    suggest = (struct suggest){.word = word};
    for (; *candidates != NULL; candidates++) {
        suggest_offer(&suggest, *candidates);
    }
    return suggest.best;
}

static const char *const keys[] = {"poll", "profile", "points", "unit", "link", "id", NULL};

static void each_kind_of_typing_mistake_is_understood(void **state)
{
    (void) state;
    assert_string_equal(nearest("pol", keys), "poll");   /* one missing */
    assert_string_equal(nearest("polll", keys), "poll"); /* one too many */
    assert_string_equal(nearest("pull", keys), "poll");  /* one wrong */
    assert_string_equal(nearest("lnik", keys), "link");  /* two swapped */
    assert_string_equal(nearest("porfiles", keys), "profile");
}

static void what_is_far_gets_no_suggestion(void **state)
{
    (void) state;
    assert_string_equal(nearest("colour", keys), "");
    assert_string_equal(nearest("x", keys), "");
    assert_string_equal(nearest("", keys), "");
    assert_string_equal(nearest("zz", keys), "");
}

static void the_nearest_wins_and_of_equals_the_first(void **state)
{
    (void) state;
    const char *const near[] = {"points", "point", "paint", NULL};
    assert_string_equal(nearest("poit", near), "point");
    const char *const equal[] = {"ab1", "ab2", NULL};
    assert_string_equal(nearest("ab3", equal), "ab1");
}

static void long_words_are_left_alone(void **state)
{
    (void) state;
    char word[SUGGEST_WORD_MAX + 3];
    for (size_t i = 0; i + 1 < sizeof word; i++) {
        word[i] = 'a';
    }
    word[sizeof word - 1] = '\0';
    const char *const same[] = {word, NULL};
    assert_string_equal(nearest(word, same), "");
    word[SUGGEST_WORD_MAX] = '\0';
    assert_string_equal(nearest(word, same), word);
}

static void the_text_is_ready_to_append(void **state)
{
    (void) state;
    struct suggest suggest = {.word = "pol"};
    assert_string_equal(suggest_text(&suggest), "");
    suggest_offer(&suggest, "poll");
    assert_string_equal(suggest_text(&suggest), ", did you mean 'poll'?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_typing_mistake_is_understood),
        cmocka_unit_test(what_is_far_gets_no_suggestion),
        cmocka_unit_test(the_nearest_wins_and_of_equals_the_first),
        cmocka_unit_test(long_words_are_left_alone),
        cmocka_unit_test(the_text_is_ready_to_append),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
