/* build_profiles.c - device models: all own ones, and those shipped ones that the config uses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "config/build/shipped_models.h"
#include "config/sections/sections.h"
#include "gateway/base/suggest.h"
#include "gateway/io/system/file.h"
#include "sensors/device/profile_proof.h"

enum {
    PATH_BYTES = 256,       /* longer paths are cut */
    LOST_PROFILES_MAX = 64, /* more of them are refused twice */
};

/* The file of a profile, for its mistakes. */
struct profile_source {
    struct reader *reader;
    const char *name;
    const struct json *root; /* NULL: the text could not be parsed */
};

static void refuse_profile_value(void *context, const struct json *at, const char *sentence)
{
    const struct profile_source *source = context;
    char bytes[PATH_BYTES];
    struct text path = text_over(bytes, sizeof bytes);
    json_add_path(at, &path);
    reader_refuse_file(source->reader, source->name, at->line, bytes, sentence);
}

static void add_profile(struct build *build, const struct profile *profile)
{
    build->profile = arena_grow(build->arena, build->profile, build->profile_count,
                                &build->profile_max, sizeof(const struct profile *));
    build->profile[build->profile_count++] = profile;
}

static const struct profile *find_profile(const struct build *build, const char *id)
{
    for (int32_t i = 0; i < build->profile_count; i++) {
        if (strcmp(build->profile[i]->id, id) == 0) {
            return build->profile[i];
        }
    }
    return NULL;
}

/* The profile of the text, proved by its vectors. NULL: it was refused. */
static const struct profile *parse_profile(struct build *build, struct profile_source *source,
                                           const char *bytes, size_t length)
{
    int32_t line = 1;
    struct error error;
    if (!json_parse(build->scratch, bytes, length, true, &source->root, &line, &error)) {
        reader_refuse_file(build->reader, source->name, line, "", error.text);
        return NULL;
    }
    struct profile_problems problems = {source, refuse_profile_value};
    const struct profile *profile = NULL;
    if (!profile_parse(build->arena, source->root, &problems, &profile)) {
        return NULL;
    }
    if (!profile_prove(profile, &error)) {
        refuse_profile_value(source, json_find(source->root, "vectors"), error.text);
        return NULL;
    }
    return profile;
}

static void read_own_profile(struct build *build, const char *name, const char *bytes,
                             size_t length)
{
    struct profile_source source = {.reader = build->reader, .name = name};
    const struct profile *profile = parse_profile(build, &source, bytes, length);
    if (profile == NULL) {
        /* Its devices are not refused for an unknown profile as well. */
        const char *id = json_string(source.root, "id", NULL);
        if (id != NULL && build->lost.count < LOST_PROFILES_MAX) {
            build->lost.id[build->lost.count++] = id;
        }
        return;
    }
    if (find_profile(build, profile->id) != NULL || shipped_models_find(profile->id) != NULL) {
        struct error error;
        (void) error_set(&error, "a profile with the id '%s' exists: choose another id",
                         profile->id);
        refuse_profile_value(&source, json_find(source.root, "id"), error.text);
        return;
    }
    add_profile(build, profile);
}

/* Parsed when first used: most configs use a few of the many. */
static const struct profile *use_shipped(struct build *build, const char *id)
{
    const struct shipped_file *file = shipped_models_find(id);
    if (file == NULL) {
        return NULL;
    }
    struct profile_source source = {.reader = build->reader, .name = file->path};
    const struct profile *profile = parse_profile(build, &source, file->bytes, file->length);
    if (profile != NULL) {
        add_profile(build, profile);
    }
    return profile;
}

static void read_own(struct build *build, const struct json *pattern)
{
    const char *names[CONFIG_FILES_MAX];
    int32_t count = reader_match(build->reader, pattern, names, CONFIG_FILES_MAX);
    for (int32_t i = 0; i < count; i++) {
        char *bytes = NULL;
        size_t length = 0;
        struct error error;
        const char *path = reader_path(build->reader, names[i]);
        if (file_read(path, JSON_BYTES_MAX, &bytes, &length, &error)) {
            read_own_profile(build, names[i], bytes, length);
        } else {
            reader_refuse(build->reader, pattern, "%s", error.text);
        }
        free(bytes);
    }
}

void build_profiles(struct build *build)
{
    build->lost.id = arena_take(build->scratch, LOST_PROFILES_MAX, sizeof(const char *));
    struct reader_items patterns = reader_items(build->reader, "profiles");
    const struct schema_row *row = schema_get("/profiles/*");
    for (int32_t i = 0; i < patterns.count; i++) {
        if (schema_fits(row, patterns.item[i], NULL)) {
            read_own(build, patterns.item[i]);
        }
    }
    build->config->own_profile = build->profile;
    build->config->own_profile_count = build->profile_count;
}

/* The name on the case of a sensor may be an alias. */
static bool has_alias(const struct profile *profile, const char *name)
{
    if (profile->model != NULL && strcasecmp(profile->model, name) == 0) {
        return true;
    }
    for (int32_t i = 0; i < profile->alias_count; i++) {
        if (strcasecmp(profile->alias[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void refuse_profile(struct build *build, const struct json *value)
{
    const struct profile *const *model = NULL;
    int32_t count = shipped_models_list(build->scratch, build->config, &model);
    struct suggest suggest = {.word = value->string};
    for (int32_t i = 0; i < count; i++) {
        if (has_alias(model[i], value->string)) {
            text_copy(suggest.best, sizeof suggest.best, model[i]->id);
            break;
        }
        suggest_offer(&suggest, model[i]->id);
    }
    reader_refuse(build->reader, value, "there is no profile '%s'%s", value->string,
                  suggest_text(&suggest));
}

const struct profile *build_profile(struct build *build, const struct json *value)
{
    if (value == NULL) {
        return NULL;
    }
    const struct profile *profile = find_profile(build, value->string);
    if (profile == NULL) {
        profile = use_shipped(build, value->string);
    }
    if (profile == NULL) {
        if (build_find(&build->lost, value->string) < 0) {
            refuse_profile(build, value);
        }
        return NULL;
    }
    const struct json *allow = reader_section(build->reader, "allow_unverified");
    bool is_allowed = allow != NULL && allow->type == JSON_BOOL && allow->boolean;
    if (profile->status == PROFILE_RECALLED && !is_allowed) {
        reader_refuse(build->reader, value,
                      "the register map of '%s' was written from memory: verify it on a device and "
                      "raise its \"status\", or set \"allow_unverified\": true in huoyan.json",
                      profile->id);
    }
    return profile;
}
