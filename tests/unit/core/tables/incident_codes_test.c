#include "gateway/core/tables/incident_codes.h"

#include <string.h>

#include "tests/unit/expect.h"

#define AT 1784000000000

static int open_codes(void **state)
{
    struct arena *arena = arena_new();
    *state = arena;
    return 0;
}

static int close_codes(void **state)
{
    arena_free(*state);
    return 0;
}

static void a_code_has_four_digits_and_checks(void **state)
{
    struct incident_codes *codes = incident_codes_new(*state);
    char code[CODE_MAX];
    incident_codes_give(codes, 1, AT, code);
    assert_int_equal(strlen(code), 4);
    assert_true(incident_codes_find(codes, code) == 1);
}

/* Only a code can be held. */
static bool is_code(struct incident_codes *codes, const char *text)
{
    incident_codes_hold(codes, text, 4711);
    return incident_codes_find(codes, text) == 4711;
}

static void expect_no_code_with_another_digit_at(struct incident_codes *codes, const char *code,
                                                 size_t place)
{
    char wrong[CODE_MAX];
    memcpy(wrong, code, sizeof wrong);
    for (int digit = 0; digit <= 9; digit++) {
        wrong[place] = (char) ('0' + digit);
        assert_int_equal(is_code(codes, wrong), wrong[place] == code[place]);
    }
}

static void expect_no_code_swapped_at(struct incident_codes *codes, const char *code, size_t place)
{
    char wrong[CODE_MAX];
    memcpy(wrong, code, sizeof wrong);
    wrong[place] = code[place - 1];
    wrong[place - 1] = code[place];
    assert_int_equal(is_code(codes, wrong), code[place] == code[place - 1]);
}

static void one_wrong_or_two_swapped_digits_are_no_code(void **state)
{
    struct incident_codes *codes = incident_codes_new(*state);
    for (int64_t id = 1; id <= 200; id++) {
        char code[CODE_MAX];
        incident_codes_give(codes, id, AT, code);
        for (size_t i = 0; i < 4; i++) {
            expect_no_code_with_another_digit_at(codes, code, i);
        }
        for (size_t i = 1; i < 4; i++) {
            expect_no_code_swapped_at(codes, code, i);
        }
    }
}

static void a_code_rests_thirty_days(void **state)
{
    struct incident_codes *codes = incident_codes_new(*state);
    char first[CODE_MAX];
    incident_codes_give(codes, 7, AT, first);
    incident_codes_rest(codes, first, AT);
    char next[CODE_MAX];
    incident_codes_give(codes, 7, AT + INCIDENT_CODES_REST_MS - 1,
                        next); /* the same id begins its search there */
    assert_string_not_equal(first, next);
    incident_codes_give(codes, 7, AT + INCIDENT_CODES_REST_MS, next);
    assert_string_equal(first, next);
}

static void when_all_are_taken_there_are_five_digits(void **state)
{
    struct incident_codes *codes = incident_codes_new(*state);
    char code[CODE_MAX];
    for (int64_t id = 1; id <= 900; id++) {
        incident_codes_give(codes, id, AT, code);
        assert_int_equal(strlen(code), 4);
        assert_true(incident_codes_find(codes, code) == id);
    }
    incident_codes_give(codes, 901, AT, code);
    assert_int_equal(strlen(code), 5);
    assert_true(incident_codes_find(codes, code) == 901);
}

static void what_is_no_code_names_nothing(void **state)
{
    struct incident_codes *codes = incident_codes_new(*state);
    static const char *const texts[] = {"", "1", "123", "0000", "73822", "abcd", "1234567"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(incident_codes_find(codes, texts[i]) == 0);
        incident_codes_hold(codes, texts[i], 5); /* of a damaged database */
        incident_codes_rest(codes, texts[i], AT);
    }
}

static void a_held_code_is_given_to_nobody_else(void **state)
{
    struct incident_codes *fresh = incident_codes_new(*state);
    char code[CODE_MAX];
    incident_codes_give(fresh, 3, AT, code);
    struct incident_codes *restored = incident_codes_new(*state);
    incident_codes_hold(restored, code, 99);
    char other[CODE_MAX];
    incident_codes_give(restored, 3, AT, other);
    assert_string_not_equal(code, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_code_has_four_digits_and_checks),
        cmocka_unit_test(one_wrong_or_two_swapped_digits_are_no_code),
        cmocka_unit_test(a_code_rests_thirty_days),
        cmocka_unit_test(when_all_are_taken_there_are_five_digits),
        cmocka_unit_test(what_is_no_code_names_nothing),
        cmocka_unit_test(a_held_code_is_given_to_nobody_else),
    };
    return cmocka_run_group_tests(tests, open_codes, close_codes);
}
