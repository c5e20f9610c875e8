#include "gateway/io/control/control.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "tests/unit/expect.h"
#include "tests/unit/scratch.h"

struct fixture {
    char folder[SCRATCH_MAX];
    struct state *state;
    struct control *control;
    char asked[40];
    char answer[CONTROL_LINE_MAX];
};

static int fake_command(void *context, const struct event_command *command,
                        char ret_text[static ANSWER_MAX])
{
    struct fixture *it = context;
    assert_int_equal(command->verb, COMMAND_TEST_SMS);
    (void) snprintf(it->asked, sizeof it->asked, "%s", command->note);
    (void) snprintf(ret_text, ANSWER_MAX, "没有这个人");
    return strcmp(command->note, "wang") == 0 ? 200 : 409;
}

static int open_fixture(void **context)
{
    struct fixture *it = calloc(1, sizeof *it);
    struct error error;
    scratch_make(it->folder);
    assert_true(state_open(it->folder, &it->state, &error));
    const struct control_callbacks callbacks = {
        .state = it->state, .context = it, .command = fake_command};
    assert_true(control_start(it->folder, &callbacks, &it->control, &error));
    *context = it;
    return 0;
}

static int close_fixture(void **context)
{
    struct fixture *it = *context;
    control_stop(it->control);
    state_close(it->state);
    scratch_remove(it->folder);
    free(it);
    return 0;
}

static const char *ask(struct fixture *it, const char *request)
{
    struct error error = {0};
    bool is_absent = true;
    if (!control_ask(it->folder, request, it->answer, &is_absent, &error)) {
        print_error("%s\n", error.text);
        fail();
    }
    assert_false(is_absent);
    return it->answer;
}

static void a_user_is_added_once_and_its_password_changed(void **context)
{
    struct fixture *it = *context;
    static const char add[] = "{\"verb\":\"user.put\",\"name\":\"zhao\",\"role\":\"inspector\","
                              "\"person\":\"zhao\",\"hash\":\"$argon2id$1\"}";
    assert_string_equal(ask(it, add), "{\"ok\":true}");
    assert_non_null(strstr(ask(it, add), "{\"ok\":false,\"error\":"));
    assert_string_equal(
        ask(it, "{\"verb\":\"user.password\",\"name\":\"zhao\",\"hash\":\"$argon2id$2\"}"),
        "{\"ok\":true}");
    struct state_account user;
    assert_true(state_account_get(it->state, STATE_USERS, "zhao", &user));
    assert_string_equal(user.hash, "$argon2id$2");
    assert_string_equal(user.person, "zhao");
    assert_int_equal(user.role, ROLE_INSPECTOR);
    assert_non_null(strstr(ask(it, "{\"verb\":\"user.list\"}"),
                           "{\"ok\":true,\"users\":[{\"name\":\"zhao\",\"role\":\"inspector\","
                           "\"person\":\"zhao\",\"created_at\":"));
    assert_null(strstr(it->answer, "argon2id"));
}

static void nonsense_is_answered_and_changes_nothing(void **context)
{
    struct fixture *it = *context;
    static const char *const requests[] = {
        "",
        "x",
        "[]",
        "{}",
        "{\"verb\":\"user.drop\"}",
        "{\"verb\":\"user.put\",\"name\":\"\",\"role\":\"admin\",\"hash\":\"$argon2id$1\"}",
        "{\"verb\":\"user.put\",\"name\":\"a b\",\"role\":\"admin\",\"hash\":\"$argon2id$1\"}",
        "{\"verb\":\"user.put\",\"name\":\"a\",\"role\":\"king\",\"hash\":\"$argon2id$1\"}",
        "{\"verb\":\"user.put\",\"name\":\"a\",\"role\":\"source\",\"hash\":\"$argon2id$1\"}",
        "{\"verb\":\"user.put\",\"name\":\"a\",\"role\":\"admin\",\"hash\":\"plain\"}",
        "{\"verb\":\"user.put\",\"name\":7,\"role\":\"admin\",\"hash\":\"$argon2id$1\"}",
        "{\"verb\":\"user.password\",\"name\":\"nobody\",\"hash\":\"$argon2id$1\"}",
        "{\"verb\":\"token.put\",\"name\":\"a\",\"role\":\"source\",\"hash\":\"abc\"}",
    };
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        assert_memory_equal(ask(it, requests[i]), "{\"ok\":false,\"error\":\"", 21);
    }
    assert_string_equal(ask(it, "{\"verb\":\"user.list\"}"), "{\"ok\":true,\"users\":[]}");
    assert_string_equal(ask(it, "{\"verb\":\"token.list\"}"), "{\"ok\":true,\"tokens\":[]}");
}

static void an_unknown_member_is_named(void **context)
{
    struct fixture *it = *context;
    assert_string_equal(
        ask(it,
            "{\"verb\":\"user.put\",\"name\":\"a\",\"rolle\":\"admin\",\"hash\":\"$argon2id$1\"}"),
        "{\"ok\":false,\"error\":\"'user.put' has no member 'rolle', did you mean 'role'?\"}");
    assert_string_equal(ask(it, "{\"verb\":\"user.list\",\"name\":\"a\"}"),
                        "{\"ok\":false,\"error\":\"'user.list' has no member 'name'\"}");
    assert_string_equal(ask(it, "{\"verb\":\"user.list\"}"), "{\"ok\":true,\"users\":[]}");
}

static void a_token_is_stored_by_its_hash(void **context)
{
    struct fixture *it = *context;
    char request[256];
    char hash[TOKEN_HASH_MAX];
    memset(hash, 'a', sizeof hash - 1);
    hash[sizeof hash - 1] = '\0';
    (void) snprintf(request, sizeof request,
                    "{\"verb\":\"token.put\",\"name\":\"camera\",\"role\":\"source\",\"hash\":"
                    "\"%s\"}",
                    hash);
    assert_string_equal(ask(it, request), "{\"ok\":true}");
    struct state_account token;
    assert_true(state_account_get(it->state, STATE_TOKENS, hash, &token));
    assert_string_equal(token.name, "camera");
    assert_non_null(strstr(ask(it, "{\"verb\":\"token.list\"}"),
                           "[{\"name\":\"camera\",\"role\":\"source\",\"created_at\":"));
}

static void a_test_sms_goes_to_the_engine(void **context)
{
    struct fixture *it = *context;
    assert_non_null(strstr(ask(it, "{\"verb\":\"sms.test\",\"person\":\"wang\"}"), "\"ok\":true"));
    assert_string_equal(it->asked, "wang");
    assert_string_equal(ask(it, "{\"verb\":\"sms.test\",\"person\":\"nobody\"}"),
                        "{\"ok\":false,\"error\":\"没有这个人\"}");
}

static void the_socket_is_for_its_owner_only(void **context)
{
    struct fixture *it = *context;
    char path[SCRATCH_MAX + 16];
    (void) snprintf(path, sizeof path, "%s/control.sock", it->folder);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    control_stop(it->control);
    it->control = NULL;
    assert_int_not_equal(stat(path, &about), 0);
}

static void nobody_listening_is_told_apart_from_trouble(void **context)
{
    struct fixture *it = *context;
    struct error error;
    bool is_absent = false;
    control_stop(it->control);
    it->control = NULL;
    assert_false(control_ask(it->folder, "{}", it->answer, &is_absent, &error));
    assert_true(is_absent);
    assert_false(control_ask("/nonexistent/place", "{}", it->answer, &is_absent, &error));
    assert_true(is_absent);
    assert_false(control_ask("/dev/null", "{}", it->answer, &is_absent, &error));
    assert_false(is_absent);
    assert_non_null(strstr(error.text, "/dev/null"));
}

/* A connection that says nothing, or half a line. */
static int hang_on(const struct fixture *it, const char *half)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void) snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock", it->folder);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *) &address, sizeof address), 0);
    assert_int_equal(send(fd, half, strlen(half), MSG_NOSIGNAL), strlen(half));
    return fd;
}

static void a_stop_does_not_wait_for_who_says_nothing(void **context)
{
    struct fixture *it = *context;
    int fd = hang_on(it, "{\"verb\":");
    control_stop(it->control);
    it->control = NULL;
    (void) close(fd);
}

static void half_a_line_is_no_request(void **context)
{
    struct fixture *it = *context;
    int fd = hang_on(it, "{\"verb\":\"user.put\",\"name\":\"a\",\"role\":\"admin\",\"hash\":"
                         "\"$argon2id$1\"}");
    (void) close(fd);
    assert_string_equal(ask(it, "{\"verb\":\"user.list\"}"), "{\"ok\":true,\"users\":[]}");
}

#define CONTROL_TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CONTROL_TEST(a_user_is_added_once_and_its_password_changed),
        CONTROL_TEST(an_unknown_member_is_named),
        CONTROL_TEST(nonsense_is_answered_and_changes_nothing),
        CONTROL_TEST(a_token_is_stored_by_its_hash),
        CONTROL_TEST(a_test_sms_goes_to_the_engine),
        CONTROL_TEST(the_socket_is_for_its_owner_only),
        CONTROL_TEST(nobody_listening_is_told_apart_from_trouble),
        CONTROL_TEST(a_stop_does_not_wait_for_who_says_nothing),
        CONTROL_TEST(half_a_line_is_no_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
