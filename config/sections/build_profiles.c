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

/* The text of a profile, to find the lines of its mistakes. */
struct profile_source {
    struct build *build;
    const char *name;
    const struct json *root; /* NULL: the text could not be parsed */
};

static const struct json *find_path_child(const struct json *value, const char *part, size_t length)
{
    int64_t position = 0;
    for (const struct json *child = value->child; child != NULL; child = child->next, position++) {
        char index[24]; /* a 64-bit number */
        (void) snprintf(index, sizeof index, "%lld", (long long) position);
        const char *key = child->key != NULL ? child->key : index;
        if (strlen(key) == length && memcmp(key, part, length) == 0) {
            return child;
        }
    }
    return NULL;
}

/* The line of a JSON path, or of the deepest part of it that is there. */
static int32_t find_path_line(const struct json *root, const char *path)
{
    const struct json *at = root;
    int32_t line = 1;
    while (at != NULL) {
        line = at->line;
        if (*path != '/') {
            break;
        }
        size_t length = strcspn(path + 1, "/");
        at = find_path_child(at, path + 1, length);
        path += length + 1;
    }
    return line;
}

static void refuse_profile_value(void *context, const char *path, const char *sentence)
{
    const struct profile_source *source = context;
    reader_refuse_file(source->build->reader, source->name, find_path_line(source->root, path),
                       path, sentence);
}

static void add_profile(struct build *build, const struct profile *profile)
{
    build->profile = arena_grow(build->scratch, build->profile, build->profile_count,
                                &build->profile_max, sizeof(const struct profile *));
    build->profile[build->profile_count++] = profile;
}

/* Devices of a profile with mistakes are not refused for an unknown profile as well. */
static void lose_profile(struct build *build, const struct json *root)
{
    const char *id = root == NULL ? NULL : json_string(root, "id", NULL);
    if (id != NULL && build->lost_count < LOST_PROFILES_MAX) {
        build->lost_profile[build->lost_count++] = arena_copy(build->scratch, id);
    }
}

static bool is_lost(const struct build *build, const char *id)
{
    for (int32_t i = 0; i < build->lost_count; i++) {
        if (strcmp(build->lost_profile[i], id) == 0) {
            return true;
        }
    }
    return false;
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
    if (!profile_parse(build->arena, bytes, length, &problems, &profile)) {
        return NULL;
    }
    if (!profile_prove(profile, &error)) {
        refuse_profile_value(source, "/vectors", error.text);
        return NULL;
    }
    return profile;
}

static void read_own_profile(struct build *build, const char *name, const char *bytes,
                             size_t length)
{
    struct profile_source source = {.build = build, .name = name};
    const struct profile *profile = parse_profile(build, &source, bytes, length);
    if (profile == NULL) {
        lose_profile(build, source.root);
        return;
    }
    if (find_profile(build, profile->id) != NULL || shipped_models_find(profile->id) != NULL) {
        struct error error;
        (void) error_set(&error, "a profile with the id '%s' exists: choose another id",
                         profile->id);
        refuse_profile_value(&source, "/id", error.text);
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
    struct profile_source source = {.build = build, .name = file->path};
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

/* For shipped_models.h; the list so far is scratch memory. */
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

void build_profiles(struct build *build)
{
    struct reader_items patterns = reader_items(build->reader, "profiles");
    const struct schema_row *row = schema_get("/profiles/*");
    for (int32_t i = 0; i < patterns.count; i++) {
        if (schema_fits(row, patterns.item[i], NULL)) {
            read_own(build, patterns.item[i]);
        }
    }
    keep_profiles(build);
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
            suggest = (struct suggest){value->string, model[i]->id, 0};
            break;
        }
        suggest_offer(&suggest, model[i]->id);
    }
    char hint[SUGGEST_TEXT_MAX];
    reader_refuse(build->reader, value, "there is no profile '%s'%s", value->string,
                  suggest_text(&suggest, hint));
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
        if (!is_lost(build, value->string)) {
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
