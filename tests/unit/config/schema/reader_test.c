#include "config/schema/reader.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/expect.h"

enum { PATH_BYTES = 512 }; /* a temporary directory and a short name */

static struct arena *arena;
static struct config_problems problems;
static char folder[PATH_BYTES];

static int set_up(void **state)
{
    (void) state;
    arena = arena_new();
    (void) snprintf(folder, sizeof folder, "/tmp/huoyan [*] XXXXXX");
    return mkdtemp(folder) == NULL ? -1 : 0;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void) status;
    (void) kind;
    (void) place;
    return remove(path);
}

static int tear_down(void **state)
{
    (void) state;
    arena_free(arena);
    /* One thread only. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void write_file(const char *name, const char *text)
{
    char path[2 * PATH_BYTES];
    (void) snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void make_folder(const char *name)
{
    char path[2 * PATH_BYTES];
    (void) snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static struct reader *read_folder(void)
{
    struct reader *reader = reader_new(arena, folder, &problems);
    reader_read(reader);
    reader_finish(reader);
    return reader;
}

static void arrays_of_included_files_add_up(void **state)
{
    (void) state;
    make_folder("sites");
    write_file("huoyan.json",
               "{\"include\": [\"sites/*.json\", \"sites/b.json\"], \"sites\": [1]}");
    write_file("sites/b.json", "{\"sites\": [4]}");
    write_file("sites/a.json", "{\"sites\": [2, 3], \"web\": {}}");
    struct reader *reader = read_folder();
    assert_int_equal(problems.count, 0);
    assert_int_equal(reader->file_count, 3); /* each once */
    struct reader_items items = reader_items(reader, "sites");
    assert_int_equal(items.count, 4);
    for (int32_t i = 0; i < 4; i++) {
        expect_near(items.item[i]->number, i + 1, 0);
    }
    assert_string_equal(reader->file[1].name, "sites/a.json");
    assert_non_null(reader_section(reader, "web"));
    assert_null(reader_section(reader, "sms"));
    assert_int_equal(reader_items(reader, "rules").count, 0);
}

static void a_mistake_names_file_line_and_path(void **state)
{
    (void) state;
    write_file("huoyan.json", "{\"include\": [\"b.json\"]}");
    write_file("b.json", "{\n\"sites\": [\n{\"id\": 3}]}");
    struct reader *reader = reader_new(arena, folder, &problems);
    reader_read(reader);
    const struct json *item = reader_items(reader, "sites").item[0];
    reader_refuse(reader, item->child, "is %s", "wrong");
    reader_warn(reader, reader->file[0].root, "is odd");
    reader_refuse_file(reader, "p.json", 7, "/a", "is bad");
    reader_finish(reader);
    assert_int_equal(problems.count, 3);
    assert_int_equal(problems.error_count, 2);
    assert_int_equal(problems.warning_count, 1);
    assert_string_equal(problems.item[0].text, "huoyan.json:1: /: warning: is odd");
    assert_true(problems.item[0].is_warning);
    assert_string_equal(problems.item[1].text, "b.json:3: /sites/0/id: is wrong");
    assert_string_equal(problems.item[2].text, "p.json:7: /a: is bad");
}

static void too_many_mistakes_are_counted(void **state)
{
    (void) state;
    write_file("huoyan.json", "{}");
    struct reader *reader = reader_new(arena, folder, &problems);
    reader_read(reader);
    for (int i = 0; i < CONFIG_PROBLEMS_MAX + 50; i++) {
        reader_refuse(reader, reader->file[0].root, "is wrong %d", i);
    }
    reader_finish(reader);
    assert_int_equal(problems.count, CONFIG_PROBLEMS_MAX);
    assert_int_equal(problems.error_count, CONFIG_PROBLEMS_MAX + 50);
    assert_string_equal(problems.item[0].text, "huoyan.json:1: /: is wrong 0");
    assert_string_equal(problems.item[CONFIG_PROBLEMS_MAX - 1].text,
                        "huoyan.json: 51 more problems are not shown");
}

static void expect_only_problem(const char *words)
{
    struct reader *reader = read_folder();
    (void) reader;
    assert_int_equal(problems.count, 1);
    if (strstr(problems.item[0].text, words) == NULL) {
        fail_msg("'%s' does not say '%s'", problems.item[0].text, words);
    }
}

static void a_directory_without_root_is_told(void **state)
{
    (void) state;
    expect_only_problem("huoyan.json': No such file");
    assert_int_equal(problems.error_count, 1);
}

static void a_missing_file_is_wrong_and_an_empty_pattern_odd(void **state)
{
    (void) state;
    write_file("huoyan.json", "{\"include\": [\"a.json\"]}");
    expect_only_problem("there is no file 'a.json'");
    assert_int_equal(problems.error_count, 1);
    write_file("huoyan.json", "{\"include\": [\"*.jsn\"]}");
    expect_only_problem("no file matches '*.jsn'");
    assert_int_equal(problems.error_count, 0);
}

static void a_section_stands_once(void **state)
{
    (void) state;
    write_file("huoyan.json", "{\"include\": [\"b.json\"],\n\"web\": {}}");
    write_file("b.json", "{\"web\": {}}");
    expect_only_problem(
        "b.json:1: /web: is already given in huoyan.json:2; only lists may be split over files");
}

static void what_is_no_file_is_refused(void **state)
{
    (void) state;
    make_folder("dir.json");
    write_file("huoyan.json", "{\"include\": [\"dir.json\"]}");
    expect_only_problem("is not a regular file");
    char path[2 * PATH_BYTES];
    (void) snprintf(path, sizeof path, "%s/pipe.json", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    write_file("huoyan.json", "{\"include\": [\"pipe.json\"]}");
    expect_only_problem("is not a regular file"); /* and it does not wait for a writer */
}

static void a_broken_file_does_not_hide_the_others(void **state)
{
    (void) state;
    write_file("huoyan.json", "{\"include\": [\"a.json\", \"b.json\"]}");
    write_file("a.json", "{");
    write_file("b.json", "{\"sites\": [1]}");
    struct reader *reader = read_folder();
    assert_int_equal(problems.count, 1);
    assert_string_equal(problems.item[0].text,
                        "a.json:1: the text ends where a key in double quotes should stand");
    assert_int_equal(reader_items(reader, "sites").count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(arrays_of_included_files_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_mistake_names_file_line_and_path, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_mistakes_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_directory_without_root_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_file_is_wrong_and_an_empty_pattern_odd, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_section_stands_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_broken_file_does_not_hide_the_others, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
