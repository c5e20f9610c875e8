#include "config/schema/reader.h"

#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/error.h"
#include "gateway/io/system/file.h"

enum {
    PATH_BYTES = 4096,    /* PATH_MAX */
    SENTENCE_BYTES = 640, /* ERROR_MAX and a little before it */
};

struct reader *reader_new(struct arena *arena, const char *directory,
                          struct config_problems *problems)
{
    struct reader *reader = arena_take(arena, 1, sizeof *reader);
    reader->arena = arena;
    reader->trees = arena;
    reader->directory = arena_copy(arena, directory);
    reader->problems = problems;
    *problems = (struct config_problems){0};
    return reader;
}

int32_t reader_find_file(const struct reader *reader, const struct json *value)
{
    const struct json *root = value;
    while (root->parent != NULL) {
        root = root->parent;
    }
    for (int32_t i = 0; i < reader->file_count; i++) {
        if (reader->file[i].root == root) {
            return i;
        }
    }
    return -1;
}

const char *reader_place(struct reader *reader, const struct json *value)
{
    int32_t file = reader_find_file(reader, value);
    return file < 0
               ? "the defaults"
               : arena_format(reader->trees, "%s:%d", reader->file[file].name, (int) value->line);
}

static bool stands_before(const struct config_problem *one, const struct config_problem *other)
{
    return one->file != other->file ? one->file < other->file : one->line < other->line;
}

/* Puts the line behind those of its place in the files. */
static void add_problem(struct reader *reader, struct config_problem problem, const char *name,
                        const char *path, const char *sentence)
{
    struct config_problems *problems = reader->problems;
    problems->error_count += !problem.is_warning;
    problems->warning_count += problem.is_warning;
    if (problems->count == CONFIG_PROBLEMS_MAX - 1) {
        return; /* reader_finish says how many more there were */
    }
    problem.text =
        arena_format(reader->arena, "%s:%d: %s%s%s%s", name, (int) problem.line, path,
                     path[0] == '\0' ? "" : ": ", problem.is_warning ? "warning: " : "", sentence);
    int32_t at = problems->count++;
    for (; at > 0 && stands_before(&problem, &problems->item[at - 1]); at--) {
        problems->item[at] = problems->item[at - 1];
    }
    problems->item[at] = problem;
}

static PRINTF_LIKE(4, 0) void add_value_problem(struct reader *reader, const struct json *value,
                                                bool is_warning, const char *format,
                                                va_list arguments)
{
    int32_t file = reader_find_file(reader, value);
    CHECK(file >= 0);
    char sentence[SENTENCE_BYTES];
    (void) vsnprintf(sentence, sizeof sentence, format, arguments);
    char path_bytes[PATH_BYTES];
    struct text path = text_over(path_bytes, sizeof path_bytes);
    text_add(&path, "%s", value->parent == NULL ? "/" : "");
    json_add_path(value, &path);
    add_problem(
        reader,
        (struct config_problem){.is_warning = is_warning, .file = file, .line = value->line},
        reader->file[file].name, path_bytes, sentence);
}

void reader_refuse(struct reader *reader, const struct json *value, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_value_problem(reader, value, false, format, arguments);
    va_end(arguments);
}

void reader_warn(struct reader *reader, const struct json *value, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    add_value_problem(reader, value, true, format, arguments);
    va_end(arguments);
}

void reader_refuse_file(struct reader *reader, const char *name, int32_t line, const char *path,
                        const char *sentence)
{
    /* Behind all files with a tree, each such file for itself, in the order of their first mistake.
     */
    bool is_new = reader->other_name == NULL || strcmp(reader->other_name, name) != 0;
    reader->other_count += is_new;
    reader->other_name = is_new ? arena_copy(reader->arena, name) : reader->other_name;
    int32_t file = CONFIG_FILES_MAX + reader->other_count;
    add_problem(reader, (struct config_problem){.file = file, .line = line}, name, path, sentence);
}

/* The newest file could not become a tree. */
static void refuse_newest_file(struct reader *reader, int32_t line, const char *sentence)
{
    int32_t file = reader->file_count - 1;
    add_problem(reader, (struct config_problem){.file = file, .line = line},
                reader->file[file].name, "", sentence);
}

void reader_add_text(struct reader *reader, const char *name, const char *bytes, size_t length)
{
    CHECK(reader->file_count < CONFIG_FILES_MAX);
    struct reader_file *file = &reader->file[reader->file_count++];
    file->name = arena_copy(reader->arena, name);
    int32_t line = 1;
    struct error error;
    const struct json *root = NULL;
    struct json_room room = {.tree = reader->trees, .strings = reader->arena};
    if (!json_parse_into(room, bytes, length, true, &root, &line, &error)) {
        refuse_newest_file(reader, line, error.text);
        return;
    }
    file->root = root;
    if (root->type != JSON_OBJECT) {
        reader_refuse(reader, root, "must be an object, not %s", json_type_text(root->type));
    }
}

const char *reader_path(struct reader *reader, const char *name)
{
    return name[0] == '/' ? name : arena_format(reader->arena, "%s/%s", reader->directory, name);
}

static void add_named_file(struct reader *reader, const char *name)
{
    char *bytes = NULL;
    size_t length = 0;
    struct error error;
    if (file_read(reader_path(reader, name), JSON_BYTES_MAX, &bytes, &length, &error)) {
        reader_add_text(reader, name, bytes, length);
    } else {
        reader->file[reader->file_count++].name = arena_copy(reader->arena, name);
        refuse_newest_file(reader, 1, error.text);
    }
    free(bytes);
}

/* The directory, with the special characters of glob escaped. */
static void add_glob_escaped(struct text *text, const char *directory)
{
    for (; *directory != '\0'; directory++) {
        if (strchr("*?[\\", *directory) != NULL) {
            text_add(text, "\\");
        }
        text_add_bytes(text, directory, 1);
    }
}

int32_t reader_glob(struct reader *reader, const char *pattern, const char **ret_names, int32_t max)
{
    char bytes[2 * PATH_BYTES];
    struct text full = text_over(bytes, sizeof bytes);
    bool is_relative = pattern[0] != '/';
    if (is_relative) {
        add_glob_escaped(&full, reader->directory);
        text_add(&full, "/");
    }
    text_add(&full, "%s", pattern);
    glob_t found = {0};
    int32_t count = 0;
    /* Unsafe only beside a thread that changes the environment, and none does.
     * NOLINTNEXTLINE(concurrency-mt-unsafe) */
    if (glob(bytes, 0, NULL, &found) == 0) {
        size_t skip = is_relative ? strlen(reader->directory) + 1 : 0;
        for (size_t i = 0; i < found.gl_pathc && count < max; i++) {
            ret_names[count++] = arena_copy(reader->arena, found.gl_pathv[i] + skip);
        }
    }
    globfree(&found);
    return count;
}

int32_t reader_match(struct reader *reader, const struct json *pattern, const char **ret_names,
                     int32_t max)
{
    int32_t count = reader_glob(reader, pattern->string, ret_names, max);
    if (count == 0 && strpbrk(pattern->string, "*?[") == NULL) {
        reader_refuse(reader, pattern, "there is no file '%s'", pattern->string);
    } else if (count == 0) {
        reader_warn(reader, pattern, "no file matches '%s'", pattern->string);
    }
    return count;
}

static bool has_named_file(const struct reader *reader, const char *name)
{
    for (int32_t i = 0; i < reader->file_count; i++) {
        if (strcmp(reader->file[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void include_pattern(struct reader *reader, const struct json *pattern)
{
    const char *names[CONFIG_FILES_MAX];
    int32_t count = reader_match(reader, pattern, names, CONFIG_FILES_MAX);
    for (int32_t i = 0; i < count; i++) {
        if (has_named_file(reader, names[i])) {
            continue;
        }
        if (reader->file_count == CONFIG_FILES_MAX) {
            reader_refuse(reader, pattern, "more than %d files", CONFIG_FILES_MAX);
            return;
        }
        add_named_file(reader, names[i]);
    }
}

/* What stands once must stand in one file only; and only the root includes. */
static void check_sections(struct reader *reader, int32_t file)
{
    const struct json *root = reader->file[file].root;
    if (root == NULL || root->type != JSON_OBJECT) {
        return;
    }
    for (const struct json *section = root->child; section != NULL; section = section->next) {
        if (strcmp(section->key, "include") == 0 && file > 0) {
            reader_refuse(reader, section, "only huoyan.json may include other files");
        }
        const struct json *first = reader_section(reader, section->key);
        if (first != section && section->type != JSON_ARRAY && section->key[0] != '$') {
            reader_refuse(reader, section,
                          "is already given in %s; only lists may be split over files",
                          reader_place(reader, first));
        }
    }
}

static void include_patterns(struct reader *reader, const struct json *patterns)
{
    if (patterns == NULL || patterns->type != JSON_ARRAY) {
        return;
    }
    for (const struct json *item = patterns->child; item != NULL; item = item->next) {
        if (item->type == JSON_STRING) {
            include_pattern(reader, item);
        }
    }
}

void reader_read(struct reader *reader)
{
    add_named_file(reader, "huoyan.json");
    include_patterns(reader, json_find(reader->file[0].root, "include"));
    for (int32_t i = 0; i < reader->file_count; i++) {
        check_sections(reader, i);
    }
}

const struct json *reader_next_item(const struct reader *reader, const char *key,
                                    const struct json *last)
{
    if (last != NULL && last->next != NULL) {
        return last->next;
    }
    int32_t file = last == NULL ? 0 : reader_find_file(reader, last) + 1;
    for (; file < reader->file_count; file++) {
        const struct json *array = json_find(reader->file[file].root, key);
        if (array != NULL && array->type == JSON_ARRAY && array->count > 0) {
            return array->child;
        }
    }
    return NULL;
}

struct reader_items reader_items(struct reader *reader, const char *key)
{
    const struct json **items = NULL;
    int32_t count = 0;
    int32_t max = 0;
    for (const struct json *item = reader_next_item(reader, key, NULL); item != NULL;
         item = reader_next_item(reader, key, item)) {
        items = arena_grow(reader->trees, items, count, &max, sizeof(const struct json *));
        items[count++] = item;
    }
    return (struct reader_items){count, items};
}

const struct json *reader_section(const struct reader *reader, const char *key)
{
    for (int32_t i = 0; i < reader->file_count; i++) {
        const struct json *section = json_find(reader->file[i].root, key);
        if (section != NULL) {
            return section;
        }
    }
    return NULL;
}

void reader_finish(struct reader *reader)
{
    struct config_problems *problems = reader->problems;
    int32_t more = problems->error_count + problems->warning_count - problems->count;
    if (more > 0) {
        problems->item[problems->count++].text =
            arena_format(reader->arena, "huoyan.json: %d more problems are not shown", (int) more);
    }
}
