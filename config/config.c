#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "config/build/build.h"

static int compare_derived(const void *a, const void *b)
{
    const struct build_derived *one = a;
    const struct build_derived *other = b;
    if (one->object != other->object) {
        return (uintptr_t) one->object < (uintptr_t) other->object ? -1 : 1;
    }
    return (one->row > other->row) - (one->row < other->row);
}

/* For tools that ask which model a device is (models.h); the list so far is only scratch. */
static void keep_profiles(struct build *build)
{
    const struct profile **kept =
        arena_take(build->arena, (size_t) build->profile_count, sizeof(const struct profile *));
    for (int32_t i = 0; i < build->profile_count; i++) {
        kept[i] = build->profile[i];
    }
    build->config->own_profile = kept;
    build->config->own_profile_count = build->profile_count;
}

static void build_in_order(struct build *build)
{
    build_settings(build);
    build_people(build);
    build_escalation(build);
    build_profiles(build);
    keep_profiles(build);
    build_links(build);
    build_sites(build);
    build_buses(build);
    build_rules(build);
    struct config_source *source = build->source;
    if (source->derived_count > 0) {
        qsort(source->derived, (size_t) source->derived_count, sizeof *source->derived,
              compare_derived);
    }
}

const char *build_derived_text(const struct config_source *source, const struct json *object,
                               const struct schema_row *row)
{
    if (source->derived_count == 0) {
        return NULL;
    }
    struct build_derived wanted = {object, row, NULL};
    const struct build_derived *found = bsearch(
        &wanted, source->derived, (size_t) source->derived_count, sizeof wanted, compare_derived);
    return found == NULL ? NULL : found->text;
}

/* A file that cannot be read hides what others refer to: then only what each file shows by itself
 * is told. */
static bool is_whole(const struct reader *reader)
{
    for (int32_t i = 0; i < reader->file_count; i++) {
        if (reader->file[i].root == NULL) {
            return false;
        }
    }
    return true;
}

static bool read_files(struct arena *arena, struct reader *reader, struct arena *scratch,
                       const struct config **ret_config)
{
    for (int32_t i = 0; i < reader->file_count; i++) {
        if (reader->file[i].root != NULL) {
            schema_check(reader, reader->file[i].root);
        }
    }
    struct config *config = arena_take(arena, 1, sizeof *config);
    struct build build = {.arena = arena,
                          .scratch = scratch,
                          .reader = reader,
                          .config = config,
                          .policy = arena_take(arena, 1, sizeof(struct policy)),
                          .source = arena_take(arena, 1, sizeof(struct config_source))};
    build.source->reader = reader;
    if (is_whole(reader)) {
        build_in_order(&build);
    }
    reader_finish(reader);
    if (reader->problems->error_count > 0) {
        return false;
    }
    config->directory = reader->directory;
    config->policy = build.policy;
    config->source = reader->trees == reader->arena ? build.source : NULL;
    *ret_config = config;
    return true;
}

bool build_config(struct arena *arena, struct reader *reader, const struct config **ret_config)
{
    struct arena *scratch = arena_new();
    bool is_good = read_files(arena, reader, scratch, ret_config);
    arena_free(scratch);
    return is_good;
}

bool config_read(struct arena *arena, const char *directory, struct config_problems *problems,
                 const struct config **ret_config)
{
    struct reader *reader = reader_new(arena, directory, problems);
    reader_read(reader);
    return build_config(arena, reader, ret_config);
}

bool config_read_to_run(struct arena *arena, const char *directory,
                        struct config_problems *problems, const struct config **ret_config)
{
    struct reader *reader = reader_new(arena, directory, problems);
    struct arena *trees = arena_new();
    reader->trees = trees;
    reader_read(reader);
    bool is_good = build_config(arena, reader, ret_config);
    arena_free(trees);
    return is_good;
}
