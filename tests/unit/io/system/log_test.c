#include "gateway/io/system/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/utf8.h"
#include "tests/unit/expect.h"

enum { STAMP_BYTES = 29 }; /* 2026-07-18T14:20:40.123+08:00 */

/* stderr goes to a file for a while. */
static int kept_stderr;
static FILE *printed;

static void start_reading(void)
{
    printed = tmpfile();
    assert_non_null(printed);
    kept_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
    assert_true(kept_stderr >= 0);
    assert_true(dup2(fileno(printed), STDERR_FILENO) >= 0);
}

/* What was printed since; `to` holds `size` bytes. */
static void stop_reading(char *to, size_t size)
{
    assert_true(dup2(kept_stderr, STDERR_FILENO) >= 0);
    assert_int_equal(close(kept_stderr), 0);
    assert_int_equal(fseek(printed, 0, SEEK_SET), 0);
    size_t length = fread(to, 1, size - 1, printed);
    to[length] = '\0';
    assert_int_equal(fclose(printed), 0);
}

static void a_line_has_time_level_thing_and_sentence(void **state)
{
    (void) state;
    static const struct zone shanghai = {.count = 1, .change = {{INT64_MIN, 28800000}}};
    log_set_zone(&shanghai);
    char lines[256];
    start_reading();
    log_line(LOG_LEVEL_WARNING, "store main", "refused %d lines", 3);
    stop_reading(lines, sizeof lines);
    assert_int_equal(lines[10], 'T');
    assert_memory_equal(lines + STAMP_BYTES - 6, "+08:00", 6);
    assert_string_equal(lines + STAMP_BYTES, " warning store main: refused 3 lines\n");
}

static void lines_above_the_level_are_not_printed(void **state)
{
    (void) state;
    char lines[1024];
    start_reading();
    log_line(LOG_LEVEL_DEBUG, "a", "no");
    log_line(LOG_LEVEL_INFO, "a", "yes");
    log_set_level(LOG_LEVEL_ERROR);
    log_line(LOG_LEVEL_WARNING, "a", "no");
    log_line(LOG_LEVEL_ERROR, "a", "yes");
    log_set_level(LOG_LEVEL_DEBUG);
    log_line(LOG_LEVEL_DEBUG, "a", "yes");
    log_set_level(LOG_LEVEL_INFO);
    stop_reading(lines, sizeof lines);
    assert_null(strstr(lines, "no"));
    assert_non_null(strstr(lines, " info a: yes\n"));
    assert_non_null(strstr(lines, " error a: yes\n"));
    assert_non_null(strstr(lines, " debug a: yes\n"));
}

static void nobody_else_begins_a_line(void **state)
{
    (void) state;
    char lines[256];
    start_reading();
    log_line(LOG_LEVEL_INFO, "sms\n", "from %s", "x\r\nforged\x1b[2J\x7f库");
    stop_reading(lines, sizeof lines);
    assert_string_equal(lines + STAMP_BYTES, " info sms : from x  forged [2J 库\n");
}

static void a_long_line_is_cut_at_a_character_and_still_ends(void **state)
{
    (void) state;
    static char library[3 * LOG_LINE_MAX + 1];
    static const char character[] = {'\xE5', '\xBA', '\x93'}; /* 库 */
    for (size_t i = 0; i < LOG_LINE_MAX; i++) {
        memcpy(library + 3 * i, character, sizeof character);
    }
    static char lines[4 * LOG_LINE_MAX];
    start_reading();
    log_line(LOG_LEVEL_INFO, "a", "%s", library);
    stop_reading(lines, sizeof lines);
    size_t length = strlen(lines);
    assert_true(length <= LOG_LINE_MAX && length > LOG_LINE_MAX - 8);
    assert_int_equal(lines[length - 1], '\n');
    assert_true(utf8_is_valid(lines, length));
}

static void errno_is_kept(void **state)
{
    (void) state;
    char lines[256];
    start_reading();
    errno = ENOSPC;
    log_line(LOG_LEVEL_INFO, "a", "b");
    int after = errno;
    stop_reading(lines, sizeof lines);
    assert_int_equal(after, ENOSPC);
}

enum { PRINTERS = 4, LINES = 200 };

static void *print_lines(void *context)
{
    for (int i = 0; i < LINES; i++) {
        log_line(LOG_LEVEL_INFO, context, "%.*s", 60,
                 "0123456789012345678901234567890123456789012345678901234567890");
    }
    return NULL;
}

static void threads_do_not_mix_their_lines(void **state)
{
    (void) state;
    static char lines[PRINTERS * LINES * 128];
    static char name[PRINTERS][2] = {"a", "b", "c", "d"};
    pthread_t thread[PRINTERS];
    start_reading();
    for (int i = 0; i < PRINTERS; i++) {
        assert_int_equal(pthread_create(&thread[i], NULL, print_lines, name[i]), 0);
    }
    for (int i = 0; i < PRINTERS; i++) {
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    }
    stop_reading(lines, sizeof lines);
    int count = 0;
    for (const char *line = lines; *line != '\0'; line = strchr(line, '\n') + 1) {
        assert_int_equal(strcspn(line, "\n"), STAMP_BYTES + strlen(" info a: ") + 60);
        count++;
    }
    assert_int_equal(count, PRINTERS * LINES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_thing_and_sentence),
        cmocka_unit_test(lines_above_the_level_are_not_printed),
        cmocka_unit_test(nobody_else_begins_a_line),
        cmocka_unit_test(a_long_line_is_cut_at_a_character_and_still_ends),
        cmocka_unit_test(errno_is_kept),
        cmocka_unit_test(threads_do_not_mix_their_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
