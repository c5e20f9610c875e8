#include "gateway/io/system/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/expect.h"
#include "tests/unit/scratch.h"

struct folder {
    char path[SCRATCH_MAX];
    char file[SCRATCH_MAX + 8];
};

static struct folder make_folder(const char *bytes, size_t length)
{
    struct folder folder;
    scratch_make(folder.path);
    (void) snprintf(folder.file, sizeof folder.file, "%s/file", folder.path);
    FILE *file = fopen(folder.file, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    return folder;
}

static void the_whole_file_comes_with_a_zero_behind(void **state)
{
    (void) state;
    static const char content[] = {'a', '\0', 'b', '\n'};
    for (size_t length = 0; length <= sizeof content; length++) {
        struct folder folder = make_folder(content, length);
        char *bytes = NULL;
        size_t got = 99;
        struct error error;
        assert_true(file_read(folder.file, sizeof content, &bytes, &got, &error));
        assert_int_equal(got, length);
        assert_memory_equal(bytes, content, length);
        assert_int_equal(bytes[length], 0);
        free(bytes);
        scratch_remove(folder.path);
    }
}

static void a_file_longer_than_the_limit_is_refused(void **state)
{
    (void) state;
    struct folder folder = make_folder("12345", 5);
    char *bytes = NULL;
    size_t length = 0;
    struct error error;
    assert_false(file_read(folder.file, 4, &bytes, &length, &error));
    assert_non_null(strstr(error.text, "is longer than 4 bytes"));
    assert_null(bytes);
    scratch_remove(folder.path);
}

static void what_is_no_regular_file_is_refused_at_once(void **state)
{
    (void) state;
    struct folder folder = make_folder("", 0);
    char pipe[SCRATCH_MAX + 8];
    (void) snprintf(pipe, sizeof pipe, "%s/pipe", folder.path);
    assert_int_equal(mkfifo(pipe, 0600), 0);
    const char *const paths[] = {folder.path, pipe};
    for (size_t i = 0; i < 2; i++) {
        char *bytes = NULL;
        size_t length = 0;
        struct error error;
        assert_false(file_read(paths[i], 100, &bytes, &length, &error));
        assert_non_null(strstr(error.text, "is not a regular file"));
    }
    scratch_remove(folder.path);
}

static void a_missing_file_is_a_sentence_with_its_path(void **state)
{
    (void) state;
    char *bytes = NULL;
    size_t length = 0;
    struct error error;
    assert_false(file_read("/tmp/huoyan-no-such/file", 100, &bytes, &length, &error));
    assert_string_equal(error.text,
                        "cannot open '/tmp/huoyan-no-such/file': No such file or directory");
}

static void all_bytes_are_written_or_errno_says_why_not(void **state)
{
    (void) state;
    int fd[2];
    char bytes[8] = "";
    assert_int_equal(pipe2(fd, O_CLOEXEC), 0);
    assert_true(file_write_all(fd[1], "seven", 5));
    assert_int_equal(read(fd[0], bytes, sizeof bytes), 5);
    assert_string_equal(bytes, "seven");
    assert_false(file_write_all(fd[0], "seven", 5));
    assert_int_equal(errno, EBADF);
    (void) close(fd[0]);
    (void) close(fd[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_file_comes_with_a_zero_behind),
        cmocka_unit_test(a_file_longer_than_the_limit_is_refused),
        cmocka_unit_test(what_is_no_regular_file_is_refused_at_once),
        cmocka_unit_test(all_bytes_are_written_or_errno_says_why_not),
        cmocka_unit_test(a_missing_file_is_a_sentence_with_its_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
