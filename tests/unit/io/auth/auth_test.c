#include "gateway/io/auth/auth.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/expect.h"
#include "tests/unit/scratch.h"

static const ms_t noon = 1800000000000;

struct fixture {
    char folder[SCRATCH_MAX];
    struct state *state;
    struct auth *auth;
};

static void add_user(struct state *state, const char *name, const char *password, enum role role)
{
    struct state_account user = {.role = role, .person = "wang"};
    (void) snprintf(user.name, sizeof user.name, "%s", name);
    struct error error;
    assert_true(secret_hash_password(password, user.hash, &error));
    assert_true(state_account_put(state, STATE_USERS, &user, false, &error));
}

static void open_fixture(struct fixture *fixture, bool is_demo)
{
    struct error error;
    scratch_make(fixture->folder);
    assert_true(state_open(fixture->folder, &fixture->state, &error));
    assert_true(auth_start(fixture->state, is_demo, &fixture->auth, &error));
}

static void close_fixture(struct fixture *fixture)
{
    auth_stop(fixture->auth);
    state_close(fixture->state);
    scratch_remove(fixture->folder);
}

static void a_right_password_opens_a_session_of_twelve_hours(void **unused)
{
    (void) unused;
    struct fixture it;
    open_fixture(&it, false);
    assert_false(auth_has_users(it.auth));
    add_user(it.state, "zhao", "correct horse", ROLE_INSPECTOR);
    assert_true(auth_has_users(it.auth));

    char session[SECRET_TEXT];
    assert_int_equal(auth_login(it.auth, "zhao", "correct horse", "192.0.2.1", noon, session),
                     LOGIN_OK);
    assert_int_equal(strlen(session), 64);
    struct identity who;
    assert_true(auth_session(it.auth, session, noon + SESSION_SPAN_MS - 1, &who));
    assert_string_equal(who.name, "zhao");
    assert_string_equal(who.person, "wang");
    assert_int_equal(who.role, ROLE_INSPECTOR);
    assert_false(auth_session(it.auth, session, noon + SESSION_SPAN_MS, &who));
    session[3] = session[3] == 'a' ? 'b' : 'a';
    assert_false(auth_session(it.auth, session, noon, &who));
    assert_false(auth_session(it.auth, "", noon, &who));
    close_fixture(&it);
}

static void a_logout_and_a_changed_password_end_sessions(void **unused)
{
    (void) unused;
    struct fixture it;
    open_fixture(&it, true);
    char one[SECRET_TEXT];
    char two[SECRET_TEXT];
    struct identity who;
    assert_int_equal(auth_login(it.auth, "demo", "demo", "127.0.0.1", noon, one), LOGIN_OK);
    assert_int_equal(auth_login(it.auth, "demo", "demo", "127.0.0.1", noon, two), LOGIN_OK);
    auth_logout(it.auth, one);
    assert_false(auth_session(it.auth, one, noon, &who));
    assert_true(auth_session(it.auth, two, noon, &who));
    auth_end_sessions(it.auth, "demo");
    assert_false(auth_session(it.auth, two, noon, &who));
    close_fixture(&it);
}

static void demo_logs_in_only_in_a_demo(void **unused)
{
    (void) unused;
    struct fixture it;
    char session[SECRET_TEXT];
    open_fixture(&it, false);
    assert_int_equal(auth_login(it.auth, "demo", "demo", "127.0.0.1", noon, session), LOGIN_WRONG);
    close_fixture(&it);
    open_fixture(&it, true);
    assert_true(auth_has_users(it.auth));
    assert_int_equal(auth_login(it.auth, "demo", "demo2", "127.0.0.1", noon, session), LOGIN_WRONG);
    assert_int_equal(auth_login(it.auth, "demo", "demo", "127.0.0.1", noon, session), LOGIN_OK);
    close_fixture(&it);
}

static void after_five_wrong_passwords_even_the_right_one_must_wait(void **unused)
{
    (void) unused;
    struct fixture it;
    open_fixture(&it, true);
    char session[SECRET_TEXT];
    for (int i = 0; i < NAME_TRIES_MAX; i++) {
        assert_int_equal(auth_login(it.auth, "demo", "guess", "192.0.2.1", noon, session),
                         LOGIN_WRONG);
    }
    assert_int_equal(auth_login(it.auth, "demo", "demo", "192.0.2.9", noon, session),
                     LOGIN_SLOW_DOWN);
    ms_t later = noon + 5 * MS_PER_MINUTE;
    assert_int_equal(auth_login(it.auth, "demo", "demo", "192.0.2.9", later, session), LOGIN_OK);
    close_fixture(&it);
}

static void one_address_may_not_guess_many_names(void **unused)
{
    (void) unused;
    struct fixture it;
    open_fixture(&it, false);
    char session[SECRET_TEXT];
    char name[16];
    for (int i = 0; i < ADDRESS_TRIES_MAX; i++) {
        (void) snprintf(name, sizeof name, "user%d", i);
        assert_int_equal(auth_login(it.auth, name, "guess", "192.0.2.1", noon, session),
                         LOGIN_WRONG);
    }
    assert_int_equal(auth_login(it.auth, "more", "guess", "192.0.2.1", noon, session),
                     LOGIN_SLOW_DOWN);
    close_fixture(&it);
}

static void a_token_is_known_by_its_hash_only(void **unused)
{
    (void) unused;
    struct fixture it;
    open_fixture(&it, false);
    char token[SECRET_TEXT];
    struct error error;
    struct state_account stored = {.name = "camera", .role = ROLE_SOURCE};
    assert_true(secret_make_token(token, stored.hash, &error));
    assert_true(state_account_put(it.state, STATE_TOKENS, &stored, false, &error));
    assert_memory_equal(token, "hy_", 3);
    assert_int_equal(strlen(stored.hash), 64);
    assert_null(strstr(stored.hash, token));

    struct identity who;
    assert_true(auth_token(it.auth, token, &who));
    assert_string_equal(who.name, "camera");
    assert_int_equal(who.role, ROLE_SOURCE);
    assert_false(auth_token(it.auth, stored.hash, &who));
    assert_false(auth_token(it.auth, "", &who));
    close_fixture(&it);
}

static void *guess(void *context)
{
    struct fixture *it = context;
    char session[SECRET_TEXT];
    enum login *login = malloc(sizeof *login);
    *login = auth_login(it->auth, "zhao", "wrong password", "192.0.2.1", noon, session);
    return login;
}

static void a_hundred_guesses_at_once_count_as_a_hundred(void **unused)
{
    (void) unused;
    struct fixture it;
    open_fixture(&it, false);
    add_user(it.state, "zhao", "correct horse", ROLE_ADMIN);
    enum { GUESSES = 16 };
    pthread_t threads[GUESSES];
    for (int i = 0; i < GUESSES; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, guess, &it), 0);
    }
    int answers[4] = {0};
    for (int i = 0; i < GUESSES; i++) {
        void *login = NULL;
        assert_int_equal(pthread_join(threads[i], &login), 0);
        answers[*(enum login *) login]++;
        free(login);
    }
    assert_int_equal(answers[LOGIN_OK], 0);
    assert_int_equal(answers[LOGIN_WRONG], NAME_TRIES_MAX);
    assert_int_equal(answers[LOGIN_SLOW_DOWN], GUESSES - NAME_TRIES_MAX);
    close_fixture(&it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_password_opens_a_session_of_twelve_hours),
        cmocka_unit_test(a_logout_and_a_changed_password_end_sessions),
        cmocka_unit_test(demo_logs_in_only_in_a_demo),
        cmocka_unit_test(after_five_wrong_passwords_even_the_right_one_must_wait),
        cmocka_unit_test(one_address_may_not_guess_many_names),
        cmocka_unit_test(a_token_is_known_by_its_hash_only),
        cmocka_unit_test(a_hundred_guesses_at_once_count_as_a_hundred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
