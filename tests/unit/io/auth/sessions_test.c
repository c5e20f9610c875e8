#include "gateway/io/auth/sessions.h"

#include "tests/unit/expect.h"

static const ms_t noon = 1800000000000;
static struct sessions sessions; /* 40 kB: too much for a stack frame */

static void open_sessions(void)
{
    struct error error;
    assert_true(secret_prepare(&error));
    sessions_init(&sessions);
}

static void the_oldest_session_ends_when_there_are_too_many(void **unused)
{
    (void) unused;
    open_sessions();
    const struct identity zhao = {.name = "zhao"};
    char first[SECRET_TEXT];
    char session[SECRET_TEXT];
    struct identity who;
    sessions_open(&sessions, &zhao, noon, first);
    for (int i = 1; i < SESSION_MAX; i++) {
        sessions_open(&sessions, &zhao, noon + i, session);
    }
    assert_true(sessions_find(&sessions, first, noon + SESSION_MAX, &who));
    sessions_open(&sessions, &zhao, noon + SESSION_MAX, session);
    assert_false(sessions_find(&sessions, first, noon + SESSION_MAX, &who));
    assert_true(sessions_find(&sessions, session, noon + SESSION_MAX, &who));
    sessions_destroy(&sessions);
}

static void a_session_that_is_over_makes_room_before_an_open_one(void **unused)
{
    (void) unused;
    open_sessions();
    const struct identity zhao = {.name = "zhao"};
    char session[SECRET_TEXT];
    char second[SECRET_TEXT];
    struct identity who;
    sessions_open(&sessions, &zhao, noon, session);
    sessions_open(&sessions, &zhao, noon + 1, second);
    for (int i = 2; i < SESSION_MAX; i++) {
        sessions_open(&sessions, &zhao, noon + i, session);
    }
    sessions_open(&sessions, &zhao, noon + SESSION_SPAN_MS, session);
    assert_true(sessions_find(&sessions, second, noon + SESSION_SPAN_MS, &who));
    sessions_destroy(&sessions);
}

static void closing_a_user_leaves_the_others_open(void **unused)
{
    (void) unused;
    open_sessions();
    const struct identity zhao = {.name = "zhao"};
    const struct identity wang = {.name = "wang", .role = ROLE_ADMIN};
    char one[SECRET_TEXT];
    char two[SECRET_TEXT];
    struct identity who;
    sessions_open(&sessions, &zhao, noon, one);
    sessions_open(&sessions, &wang, noon, two);
    sessions_close_user(&sessions, "zhao");
    assert_false(sessions_find(&sessions, one, noon, &who));
    assert_true(sessions_find(&sessions, two, noon, &who));
    assert_string_equal(who.name, "wang");
    assert_int_equal(who.role, ROLE_ADMIN);
    sessions_close(&sessions, two);
    assert_false(sessions_find(&sessions, two, noon, &who));
    sessions_destroy(&sessions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_oldest_session_ends_when_there_are_too_many),
        cmocka_unit_test(a_session_that_is_over_makes_room_before_an_open_one),
        cmocka_unit_test(closing_a_user_leaves_the_others_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
