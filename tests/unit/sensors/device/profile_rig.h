/* profile_rig.h - profiles written in a test, and the mistakes found in them. For the tests of
 * profile. */
#pragma once

#include <stdarg.h>
#include <string.h>

#include "sensors/device/profile.h"
#include "sensors/device/profile_proof.h"
#include "tests/unit/expect.h"

/* Keeps the mistakes as "path: sentence\n". */
struct notes {
    char bytes[4096];
    size_t length;
    int32_t count;
};

static inline void note(void *context, const struct json *at, const char *sentence)
{
    struct notes *notes = context;
    char path_bytes[256];
    struct text path = text_over(path_bytes, sizeof path_bytes);
    json_add_path(at, &path);
    int added = snprintf(notes->bytes + notes->length, sizeof(notes->bytes) - notes->length,
                         "%s: %s\n", path.bytes, sentence);
    assert_true(added > 0 && notes->length + (size_t) added < sizeof(notes->bytes));
    notes->length += (size_t) added;
    notes->count++;
}

static inline const struct profile *parse(struct arena *arena, const char *json,
                                          struct notes *notes)
{
    *notes = (struct notes){.count = 0};
    struct profile_problems problems = {.context = notes, .add = note};
    const struct profile *profile = NULL;
    const struct json *root = NULL;
    int32_t line = 0;
    assert_true(json_parse(arena, json, strlen(json), true, &root, &line, NULL));
    if (!profile_parse(arena, root, &problems, &profile)) {
        assert_true(notes->count > 0);
        assert_null(profile);
    }
    return profile;
}

/* `json` is refused with exactly this one mistake at `path`. */
static inline void expect_mistake(const char *json, const char *path, const char *part)
{
    struct arena *arena = arena_new();
    struct notes notes;
    const struct profile *profile = parse(arena, json, &notes);
    if (profile != NULL || notes.count != 1 || strstr(notes.bytes, part) == NULL ||
        strncmp(notes.bytes, path, strlen(path)) != 0 || notes.bytes[strlen(path)] != ':') {
        print_error("of: %s\nexpected one mistake at %s with '%s', got %d:\n%s", json, path, part,
                    notes.count, notes.bytes);
        fail();
    }
    arena_free(arena);
}

#define HEAD "{\"profile\": 1, \"id\": \"a\", \"status\": \"text\", "
#define READS "\"reads\": [{\"name\": \"r\", \"fc\": 3, \"addr\": 0, \"count\": 4}], "
#define POINT_A "{\"key\": \"a\", \"read\": \"r\", \"type\": \"int16\"}"
#define POINTS "\"points\": [" POINT_A "]"
