#include "gateway/io/auth/passwords.h"

#include "gateway/io/auth/secret.h"
#include "tests/unit/expect.h"

static void a_password_is_right_or_wrong_and_without_a_hash_wrong(void **unused)
{
    (void) unused;
    struct error error;
    char hash[PASSWORD_HASH_MAX];
    assert_true(secret_hash_password("correct horse", hash, &error));
    struct passwords passwords;
    assert_true(passwords_start(&passwords, &error));
    assert_int_equal(passwords_check(&passwords, hash, "correct horse"), PASSWORD_RIGHT);
    assert_int_equal(passwords_check(&passwords, hash, "battery staple"), PASSWORD_WRONG);
    assert_int_equal(passwords_check(&passwords, NULL, "correct horse"), PASSWORD_WRONG);
    passwords_stop(&passwords);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_password_is_right_or_wrong_and_without_a_hash_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
