#include "gateway/io/state/state_users.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/io/system/db.h"
#include "tests/unit/expect.h"

#define NOW ((ms_t) 1784354400000)

extern const char *const state_migrations[]; /* of state_schema.c */
static char folder[64];
static struct error error;
static struct state *state;

static int set_up(void **unused)
{
    (void) unused;
    (void) snprintf(folder, sizeof folder, "/tmp/huoyan-users-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_true(state_open(folder, &state, &error));
    return 0;
}

static int tear_down(void **unused)
{
    (void) unused;
    state_stop(state);
    state_close(state);
    static const char *const files[] = {"state.db", "state.db-wal", "state.db-shm"};
    for (int i = 0; i < 3; i++) {
        char path[96];
        (void) snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void) unlink(path);
    }
    return rmdir(folder);
}

static void start(void)
{
    static const struct state_callbacks none;
    assert_true(state_start(state, &none, &error));
}

static void users_are_kept_with_and_without_the_thread(void **unused)
{
    (void) unused;
    struct state_account user = {.name = "li",
                                 .role = ROLE_INSPECTOR,
                                 .person = "wang",
                                 .hash = "$argon2id$x",
                                 .created_at = NOW};
    assert_true(state_account_put(state, STATE_USERS, &user, false, &error));
    start();
    assert_false(state_account_put(state, STATE_USERS, &user, false, &error));
    assert_non_null(strstr(error.text, "there is a user 'li' already"));
    user.role = ROLE_ADMIN;
    assert_true(state_account_put(state, STATE_USERS, &user, true, &error));
    struct state_account found;
    assert_true(state_account_get(state, STATE_USERS, "li", &found));
    assert_string_equal(found.name, "li");
    assert_int_equal(found.role, ROLE_ADMIN);
    assert_string_equal(found.person, "wang");
    assert_string_equal(found.hash, "$argon2id$x");
    assert_int_equal(found.created_at, NOW);
    assert_false(state_account_get(state, STATE_USERS, "LI", &found));
    struct state_account users[2];
    assert_int_equal(state_account_list(state, STATE_USERS, users, 2), 1);
}

static void a_token_is_found_by_its_hash(void **unused)
{
    (void) unused;
    start();
    struct state_account token = {
        .name = "camera", .role = ROLE_SOURCE, .hash = "ab12", .created_at = NOW};
    assert_true(state_account_put(state, STATE_TOKENS, &token, false, &error));
    struct state_account found;
    assert_true(state_account_get(state, STATE_TOKENS, "ab12", &found));
    assert_string_equal(found.name, "camera");
    assert_int_equal(found.role, ROLE_SOURCE);
    assert_int_equal(found.created_at, NOW);
    assert_false(state_account_get(state, STATE_TOKENS, "ab13", &found));
    (void) snprintf(token.hash, sizeof token.hash, "cd34");
    assert_false(state_account_put(state, STATE_TOKENS, &token, false, &error));
    struct state_account tokens[2];
    assert_int_equal(state_account_list(state, STATE_TOKENS, tokens, 2), 1);
}

static void a_user_with_an_unknown_role_is_skipped(void **unused)
{
    (void) unused;
    struct state_account li = {.name = "li", .role = ROLE_VIEWER};
    struct state_account wu = {.name = "wu", .role = ROLE_ADMIN};
    assert_true(state_account_put(state, STATE_USERS, &li, false, &error));
    assert_true(state_account_put(state, STATE_USERS, &wu, false, &error));
    char path[96];
    (void) snprintf(path, sizeof path, "%s/state.db", folder);
    struct db *db = NULL;
    assert_true(db_open(path, DB_FULL, state_migrations, &db, &error));
    assert_true(db_run(db, "UPDATE user SET role = 'king' WHERE name = 'li'", &error));
    db_close(db);
    struct state_account found = {.name = "nobody"};
    assert_false(state_account_get(state, STATE_USERS, "li", &found));
    assert_string_equal(found.name, "nobody");
    struct state_account users[2];
    assert_int_equal(state_account_list(state, STATE_USERS, users, 2), 1);
    assert_string_equal(users[0].name, "wu");
}

#define USER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        USER_TEST(users_are_kept_with_and_without_the_thread),
        USER_TEST(a_token_is_found_by_its_hash),
        USER_TEST(a_user_with_an_unknown_role_is_skipped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
