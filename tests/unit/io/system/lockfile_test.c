#include "gateway/io/system/lockfile.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/expect.h"

static char parent[64];
static char folder[96];
static struct error error;

static int make_folder(void **unused)
{
    (void) unused;
    (void) snprintf(parent, sizeof parent, "/tmp/huoyan-lock-XXXXXX");
    assert_non_null(mkdtemp(parent));
    (void) snprintf(folder, sizeof folder, "%s/data", parent);
    return 0;
}

static int remove_folder(void **unused)
{
    (void) unused;
    char file[128];
    (void) snprintf(file, sizeof file, "%s/lock", folder);
    (void) unlink(file);
    (void) rmdir(folder);
    return rmdir(parent);
}

static void a_second_one_is_told_the_pid_of_the_first(void **unused)
{
    (void) unused;
    struct lockfile *lockfile = NULL;
    struct lockfile *second = NULL;
    assert_true(lockfile_take(folder, &lockfile, &error));
    assert_false(lockfile_take(folder, &second, &error));
    assert_null(second);
    char sentence[256];
    (void) snprintf(sentence, sizeof sentence,
                    "'%s' is in use by huoyan, process %ld; stop it first", folder,
                    (long) getpid());
    assert_string_equal(error.text, sentence);
    lockfile_release(lockfile);
    assert_true(lockfile_take(folder, &second, &error));
    lockfile_release(second);
    lockfile_release(NULL);
}

static void a_missing_data_dir_is_made_for_its_owner_alone(void **unused)
{
    (void) unused;
    struct lockfile *lockfile = NULL;
    struct stat status;
    assert_true(lockfile_take(folder, &lockfile, &error));
    assert_int_equal(stat(folder, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    lockfile_release(lockfile);
    assert_false(lockfile_take("/proc/no/such", &lockfile, &error));
    assert_non_null(strstr(error.text, "'/proc/no/such'"));
}

static void a_killed_holder_locks_nobody_out(void **unused)
{
    (void) unused;
    int ready[2];
    assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        (void) prctl(PR_SET_PDEATHSIG, SIGKILL); /* a failed test leaves nothing behind */
        struct lockfile *held = NULL;
        bool is_ok = lockfile_take(folder, &held, &error);
        _exit(is_ok && write(ready[1], "x", 1) == 1 && pause() == 0 ? 0 : 1);
    }
    char byte = 0;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    struct lockfile *lockfile = NULL;
    assert_false(lockfile_take(folder, &lockfile, &error));
    char pid[32];
    (void) snprintf(pid, sizeof pid, "process %ld;", (long) child);
    assert_non_null(strstr(error.text, pid));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(lockfile_take(folder, &lockfile, &error));
    lockfile_release(lockfile);
    (void) close(ready[0]);
    (void) close(ready[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_one_is_told_the_pid_of_the_first, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_missing_data_dir_is_made_for_its_owner_alone, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(a_killed_holder_locks_nobody_out, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
