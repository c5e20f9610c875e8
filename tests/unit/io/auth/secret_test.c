#include "gateway/io/auth/secret.h"

#include <string.h>

#include "tests/unit/expect.h"

static void a_short_or_broken_password_is_refused_with_a_sentence(void **unused)
{
    (void) unused;
    char hash[PASSWORD_HASH_MAX];
    struct error error;
    assert_false(secret_hash_password("seven77", hash, &error));
    assert_non_null(strstr(error.text, "8"));
    assert_false(secret_hash_password("\xff\xff\xff\xff\xff\xff\xff\xff", hash, &error));
    assert_non_null(strstr(error.text, "UTF-8"));
    assert_true(secret_hash_password("火眼金睛", hash, &error));
    assert_memory_equal(hash, "$argon2id$v=19$m=19456,t=2,p=1$", 31);
}

static void a_password_matches_its_own_hash_only(void **unused)
{
    (void) unused;
    char hash[PASSWORD_HASH_MAX];
    struct error error;
    assert_true(secret_hash_password("correct horse", hash, &error));
    assert_true(secret_is_password(hash, "correct horse"));
    assert_false(secret_is_password(hash, "correct horsf"));
    assert_false(secret_is_password(hash, ""));
    assert_false(secret_is_password(NULL, "correct horse"));
}

static void each_session_and_token_is_new(void **unused)
{
    (void) unused;
    struct error error;
    assert_true(secret_prepare(&error));
    char one[SECRET_TEXT];
    char two[SECRET_TEXT];
    secret_make_session(one);
    secret_make_session(two);
    assert_int_equal(strlen(one), SECRET_TEXT - 1);
    assert_string_not_equal(one, two);
    char hash_of_one[TOKEN_HASH_MAX];
    char hash_of_two[TOKEN_HASH_MAX];
    assert_true(secret_make_token(one, hash_of_one, &error));
    assert_true(secret_make_token(two, hash_of_two, &error));
    assert_string_not_equal(one, two);
    assert_string_not_equal(hash_of_one, hash_of_two);
    char again[TOKEN_HASH_MAX];
    secret_hash_token(one, again);
    assert_string_equal(again, hash_of_one);
}

static void a_wiped_secret_is_gone(void **unused)
{
    (void) unused;
    char text[] = "secret";
    assert_true(secret_is_same(text, "secret", sizeof text));
    secret_wipe(text, sizeof text);
    assert_true(secret_is_same(text, "\0\0\0\0\0\0", sizeof text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_or_broken_password_is_refused_with_a_sentence),
        cmocka_unit_test(a_password_matches_its_own_hash_only),
        cmocka_unit_test(each_session_and_token_is_new),
        cmocka_unit_test(a_wiped_secret_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
