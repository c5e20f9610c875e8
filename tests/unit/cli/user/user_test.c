#include "gateway/cli/user/user.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/cli/shared/exit.h"
#include "gateway/io/control/control.h"
#include "gateway/io/system/clock.h"
#include "gateway/io/system/lockfile.h"
#include "tests/unit/expect.h"
#include "tests/unit/scratch.h"

enum { OUTPUT_MAX = 4096, WORDS_MAX = 12, PATH_TEXT_MAX = SCRATCH_MAX + 32 };

struct fixture {
    char folder[SCRATCH_MAX];
    char data_dir[PATH_TEXT_MAX];
    char output[OUTPUT_MAX]; /* of the last command, stdout and stderr */
};

static int open_fixture(void **context)
{
    struct fixture *it = calloc(1, sizeof *it);
    char path[PATH_TEXT_MAX];
    scratch_make(it->folder);
    (void) snprintf(it->data_dir, sizeof it->data_dir, "%s/data", it->folder);
    (void) snprintf(path, sizeof path, "%s/huoyan.json", it->folder);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    (void) fprintf(file,
                   "{\"gateway\":{\"id\":\"t-1\",\"name\":\"t\",\"data_dir\":\"%s\"},"
                   "\"people\":[{\"id\":\"wang\",\"name\":\"王某\",\"phone\":\"13800000001\"}],"
                   "\"areas\":[{\"id\":\"a\",\"level\":\"town\",\"name\":\"A\",\"duty\":[\"wang\"]}"
                   ",{\"id\":\"v\",\"level\":\"village\",\"parent\":\"a\",\"name\":\"V\","
                   "\"duty\":[\"wang\"]},{\"id\":\"g\",\"level\":\"grid\",\"parent\":\"v\","
                   "\"name\":\"G\",\"duty\":[\"wang\"]}]}",
                   it->data_dir);
    assert_int_equal(fclose(file), 0);
    *context = it;
    return 0;
}

static int close_fixture(void **context)
{
    struct fixture *it = *context;
    struct stat about;
    if (stat(it->data_dir, &about) == 0) {
        scratch_remove(it->data_dir);
    }
    scratch_remove(it->folder);
    free(it);
    return 0;
}

/* Puts `to` in the place of a standard descriptor; returns what was there. */
static int swap(int standard, int to)
{
    int before = fcntl(standard, F_DUPFD_CLOEXEC, 10);
    assert_true(before >= 0 && dup2(to, standard) == standard);
    return before;
}

static void put_back(int standard, int before)
{
    assert_int_equal(dup2(before, standard), standard);
    (void) close(before);
}

/* Runs `line` split at blanks, with `input` on stdin. */
static int run(struct fixture *it, const char *line, const char *input)
{
    char words[512];
    char *arguments[WORDS_MAX + 1] = {0};
    int count = 0;
    (void) snprintf(words, sizeof words, "%s -c %s", line, it->folder);
    char *rest = words;
    for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " ")) {
        assert_true(count < WORDS_MAX);
        arguments[count++] = word;
    }
    int in[2] = {-1, -1};
    int out = memfd_create("output", MFD_CLOEXEC);
    assert_true(out >= 0 && pipe2(in, O_CLOEXEC) == 0);
    assert_int_equal(write(in[1], input, strlen(input)), strlen(input));
    (void) close(in[1]);
    (void) fflush(stdout);
    int before[3] = {swap(0, in[0]), swap(1, out), swap(2, out)};
    int code = strcmp(arguments[0], "user") == 0 ? cli_user(count, arguments)
                                                 : cli_token(count, arguments);
    (void) fflush(stdout);
    for (int i = 0; i < 3; i++) {
        put_back(i, before[i]);
    }
    ssize_t length = pread(out, it->output, OUTPUT_MAX - 1, 0);
    assert_true(length >= 0);
    it->output[length] = '\0';
    (void) close(in[0]);
    (void) close(out);
    return code;
}

static bool says(const struct fixture *it, const char *words)
{
    return strstr(it->output, words) != NULL;
}

static void a_user_is_made_before_the_first_run(void **context)
{
    struct fixture *it = *context;
    assert_int_equal(run(it, "user add zhao --role inspector --password-stdin", "correct horse\n"),
                     EXIT_DONE);
    assert_int_equal(run(it, "user add zhao --role admin --password-stdin", "correct horse\n"),
                     EXIT_NO);
    assert_true(says(it, "zhao"));
    assert_int_equal(run(it, "user list --json", ""), EXIT_DONE);
    assert_string_equal(
        it->output, "[\n  {\"name\": \"zhao\", \"role\": \"inspector\", \"person\": \"\"}\n]\n");

    struct error error;
    struct state *state = NULL;
    struct auth *auth = NULL;
    char session[SECRET_TEXT];
    assert_true(state_open(it->data_dir, &state, &error));
    assert_true(auth_start(state, false, &auth, &error));
    assert_int_equal(auth_login(auth, "zhao", "correct horse", "::1", clock_ms(), session),
                     LOGIN_OK);
    auth_stop(auth);
    state_close(state);
}

static void the_token_is_the_last_word(void **context)
{
    struct fixture *it = *context;
    assert_int_equal(run(it, "token add camera --role source", ""), EXIT_DONE);
    const char *token = strrchr(it->output, ' ');
    assert_non_null(token);
    assert_memory_equal(token, " hy_", 4);
    assert_int_equal(strlen(token), 1 + 46 + 1);
    assert_int_equal(run(it, "token list", ""), EXIT_DONE);
    assert_true(says(it, "camera") && says(it, "source") && !says(it, "hy_"));
    assert_int_equal(run(it, "token add worker --role grid", ""), EXIT_NO);
}

static void mistakes_are_told_before_anything_is_made(void **context)
{
    struct fixture *it = *context;
    struct stat about;
    assert_int_equal(run(it, "user add kid --role grid --password-stdin", "correct horse\n"),
                     EXIT_NO);
    assert_int_equal(run(it, "user add kid --role grid --person nobody --password-stdin", "x\n"),
                     EXIT_NO);
    assert_true(says(it, "nobody"));
    assert_int_equal(run(it, "user add kid --role king --password-stdin", "x\n"), EXIT_NO);
    assert_int_equal(run(it, "user add kid --role admin --password-stdin", "short\n"), EXIT_NO);
    assert_int_equal(run(it, "user add kid --role admin --password-stdin", ""), EXIT_NO);
    assert_int_equal(run(it, "user add kid --role admin", "correct horse\n"), EXIT_NO);
    assert_true(says(it, "--password-stdin"));
    static const char *const wrong[] = {"user",
                                        "user add",
                                        "user add kid",
                                        "user add kid more --role admin",
                                        "user list kid",
                                        "user add kid --role",
                                        "user add kid --role admin --role admin",
                                        "user drop kid",
                                        "token add camera",
                                        "token add camera --role source --person wang"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(run(it, wrong[i], ""), EXIT_USAGE);
        assert_true(says(it, "usage:"));
    }
    assert_int_not_equal(stat(it->data_dir, &about), 0);
}

static void beside_a_daemon_it_is_the_daemon_that_writes(void **context)
{
    struct fixture *it = *context;
    struct error error;
    struct lockfile *lockfile = NULL;
    struct control *control = NULL;
    struct control_callbacks daemon = {0};
    assert_true(lockfile_take(it->data_dir, &lockfile, &error));
    assert_true(state_open(it->data_dir, &daemon.state, &error));
    assert_true(auth_start(daemon.state, false, &daemon.auth, &error));
    assert_int_equal(run(it, "user list", ""), EXIT_SYSTEM);
    assert_true(says(it, "in use"));

    assert_true(control_start(it->data_dir, &daemon, &control, &error));
    assert_int_equal(
        run(it, "user add kid --role grid --person wang --password-stdin", "old horse\n"),
        EXIT_DONE);
    char session[SECRET_TEXT];
    struct identity who;
    ms_t now = clock_ms();
    assert_int_equal(auth_login(daemon.auth, "kid", "old horse", "::1", now, session), LOGIN_OK);
    assert_int_equal(run(it, "user passwd kid --password-stdin", "new horse\r\n"), EXIT_DONE);
    assert_false(auth_session(daemon.auth, session, now, &who));
    assert_int_equal(auth_login(daemon.auth, "kid", "new horse", "::1", now, session), LOGIN_OK);
    assert_true(auth_session(daemon.auth, session, now, &who));
    assert_string_equal(who.person, "wang");
    control_stop(control);
    auth_stop(daemon.auth);
    state_close(daemon.state);
    lockfile_release(lockfile);
}

#define USER_TEST(name) cmocka_unit_test_setup_teardown(name, open_fixture, close_fixture)

int main(void)
{
    const struct CMUnitTest tests[] = {
        USER_TEST(a_user_is_made_before_the_first_run),
        USER_TEST(the_token_is_the_last_word),
        USER_TEST(mistakes_are_told_before_anything_is_made),
        USER_TEST(beside_a_daemon_it_is_the_daemon_that_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
