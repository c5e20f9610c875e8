#include "config/build/shipped_models.h"

#include <string.h>

#define SUFFIX ".json"

const struct shipped_file *shipped_models_find(const char *id)
{
    size_t length = strlen(id);
    for (int i = 0; i < shipped_profiles_count; i++) {
        const char *path = shipped_profiles[i].path;
        if (strncmp(path, id, length) == 0 && strcmp(path + length, SUFFIX) == 0) {
            return &shipped_profiles[i];
        }
    }
    return NULL;
}

/* The tests of the build have proved the shipped models. */
static void ignore_problem(void *context, const struct json *at, const char *sentence)
{
    (void) context;
    (void) at;
    (void) sentence;
}

int32_t shipped_models_list(struct arena *arena, const struct config *config,
                            const struct profile *const **ret_model)
{
    const struct profile_problems problems = {.add = ignore_problem};
    int32_t count = config == NULL ? 0 : config->own_profile_count;
    size_t max = (size_t) count + (size_t) shipped_profiles_count;
    const struct profile **model = arena_take(arena, max, sizeof(const struct profile *));
    for (int32_t i = 0; i < count; i++) {
        model[i] = config->own_profile[i];
    }
    struct arena *scratch = arena_new();
    for (int i = 0; i < shipped_profiles_count; i++, count++) {
        const struct shipped_file *file = &shipped_profiles[i];
        const struct json *root = NULL;
        int32_t line = 0;
        CHECK(json_parse(scratch, file->bytes, file->length, true, &root, &line, NULL));
        CHECK(profile_parse(arena, root, &problems, &model[count]));
    }
    arena_free(scratch);
    *ret_model = model;
    return count;
}
