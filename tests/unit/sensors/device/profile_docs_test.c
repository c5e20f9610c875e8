/* profile_docs_test.c - the pages about writing a profile show one that is right. */
#include <stdlib.h>

#include "tests/unit/sensors/device/profile_rig.h"

/* What stands between the first ```json and the next ``` of a page. */
static char *example_of(const char *name)
{
    char path[512];
    (void) snprintf(path, sizeof(path), "%s/sensors/%s", SOURCE_DIR, name);
    FILE *file = fopen(path, "rbe");
    assert_non_null(file);
    static char page[16384];
    size_t length = fread(page, 1, sizeof(page) - 1, file);
    assert_int_equal(fclose(file), 0);
    page[length] = '\0';
    char *from = strstr(page, "```json\n");
    assert_non_null(from);
    from += strlen("```json\n");
    char *until = strstr(from, "```");
    assert_non_null(until);
    *until = '\0';
    return from;
}

static void expect_right_example(const char *name)
{
    struct arena *arena = arena_new();
    struct notes notes;
    const struct profile *profile = parse(arena, example_of(name), &notes);
    if (profile == NULL) {
        fail_msg("%s: %s", name, notes.bytes);
        return;
    }
    struct error error;
    if (!profile_prove(profile, &error)) {
        fail_msg("%s: %s", name, error.text);
    }
    assert_true(profile->vector_count >= 2 && profile->output_count >= 1);
    arena_free(arena);
}

static void the_example_of_each_page_is_a_profile_that_proves_itself(void **state)
{
    (void) state;
    expect_right_example("PROFILES.md");
    expect_right_example("PROFILES.zh-CN.md");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_each_page_is_a_profile_that_proves_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
