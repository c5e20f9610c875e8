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
    LINE_BYTES = 1200,    /* a path of a file, a JSON path, a sentence of ERROR_MAX */
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
    problems->count = 0;
    problems->error_count = 0;
    problems->warning_count = 0;
    return reader;
}

static void add_problem_line(struct reader *reader, struct reader_mark mark, bool is_warning,
                             const char *line)
{
    struct config_problems *problems = reader->problems;
    problems->error_count += !is_warning;
    problems->warning_count += is_warning;
    if (problems->count == CONFIG_PROBLEMS_MAX - 1) {
        reader->dropped++;
        return;
    }
    mark.order = problems->count;
    reader->mark[problems->count] = mark;
    problems->item[problems->count++] =
        (struct config_problem){is_warning, arena_copy(reader->arena, line)};
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

static void add_problem(struct reader *reader, const struct json *value, bool is_warning,
                        const char *sentence)
{
    int32_t file = reader_find_file(reader, value);
    CHECK(file >= 0);
    char bytes[LINE_BYTES];
    struct text line = text_over(bytes, sizeof bytes);
    text_add(&line, "%s:%d: ", reader->file[file].name, (int) value->line);
    if (value->parent == NULL) {
        text_add(&line, "/");
    }
    json_add_path(value, &line);
    text_add(&line, ": %s%s", is_warning ? "warning: " : "", sentence);
    add_problem_line(reader, (struct reader_mark){.file = file, .line = value->line}, is_warning,
                     bytes);
}

void reader_refuse(struct reader *reader, const struct json *value, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    add_problem(reader, value, false, sentence);
}

void reader_warn(struct reader *reader, const struct json *value, const char *format, ...)
{
    char sentence[SENTENCE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    add_problem(reader, value, true, sentence);
}

void reader_refuse_file(struct reader *reader, const char *name, int32_t line, const char *path,
                        const char *sentence)
{
    char bytes[LINE_BYTES];
    struct text text = text_over(bytes, sizeof bytes);
    text_add(&text, "%s:%d: %s%s%s", name, (int) line, path, path[0] == '\0' ? "" : ": ", sentence);
    /* Behind all files with a tree, each such file for itself, in the order of their first mistake.
     * */
    bool is_new = reader->other_name == NULL || strcmp(reader->other_name, name) != 0;
    reader->other_count += is_new;
    reader->other_name = is_new ? arena_copy(reader->arena, name) : reader->other_name;
    int32_t file = CONFIG_FILES_MAX + reader->other_count;
    add_problem_line(reader, (struct reader_mark){.file = file, .line = line}, false, bytes);
}

bool reader_load(struct arena *arena, const char *path, const char **ret_bytes, size_t *ret_length,
                 struct error *error)
{
    char *bytes = NULL;
    size_t length = 0;
    if (!file_read(path, JSON_BYTES_MAX, &bytes, &length, error)) {
        return false;
    }
    char *copy = arena_take(arena, length + 1, 1);
    memcpy(copy, bytes, length + 1);
    free(bytes);
    *ret_bytes = copy;
    *ret_length = length;
    return true;
}

static void refuse_file_text(struct reader *reader, const char *name, int32_t line,
                             const char *sentence)
{
    char bytes[LINE_BYTES];
    (void) snprintf(bytes, sizeof bytes, "%s:%d: %s", name, (int) line, sentence);
    add_problem_line(reader, (struct reader_mark){.file = reader->file_count - 1, .line = line},
                     false, bytes);
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
        refuse_file_text(reader, name, line, error.text);
        return;
    }
    file->root = root;
    if (root->type != JSON_OBJECT) {
        reader_refuse(reader, root, "must be an object, not %s", json_type_text(root->type));
    }
}

const char *reader_path(struct reader *reader, const char *name)
{
    char path[PATH_BYTES];
    (void) snprintf(path, sizeof path, "%s%s%s", name[0] == '/' ? "" : reader->directory,
                    name[0] == '/' ? "" : "/", name);
    return arena_copy(reader->arena, path);
}

/* Reads one file; its bytes are given back as soon as they are a tree. */
static void add_named_file(struct reader *reader, const char *name)
{
    struct arena *scratch = arena_new();
    const char *bytes = "";
    size_t length = 0;
    struct error error;
    if (reader_load(scratch, reader_path(reader, name), &bytes, &length, &error)) {
        reader_add_text(reader, name, bytes, length);
    } else {
        reader->file[reader->file_count++].name = arena_copy(reader->arena, name);
        refuse_file_text(reader, name, 1, error.text);
    }
    arena_free(scratch);
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

struct reader_items reader_items(struct reader *reader, const char *key)
{
    int32_t count = 0;
    for (int32_t i = 0; i < reader->file_count; i++) {
        const struct json *array = json_find(reader->file[i].root, key);
        count += array != NULL && array->type == JSON_ARRAY ? array->count : 0;
    }
    const struct json **items =
        arena_take(reader->trees, (size_t) count, sizeof(const struct json *));
    int32_t used = 0;
    for (int32_t i = 0; i < reader->file_count; i++) {
        const struct json *array = json_find(reader->file[i].root, key);
        const struct json *item = array != NULL && array->type == JSON_ARRAY ? array->child : NULL;
        for (; item != NULL; item = item->next) {
            items[used++] = item;
        }
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

struct sorted {
    struct reader_mark mark;
    struct config_problem problem;
};

static int compare_marks(const void *a, const void *b)
{
    const struct reader_mark *one = &((const struct sorted *) a)->mark;
    const struct reader_mark *other = &((const struct sorted *) b)->mark;
    int by_file = (one->file > other->file) - (one->file < other->file);
    int by_line = (one->line > other->line) - (one->line < other->line);
    int by_order = (one->order > other->order) - (one->order < other->order);
    return by_file != 0 ? by_file : by_line != 0 ? by_line : by_order;
}

void reader_finish(struct reader *reader)
{
    struct config_problems *problems = reader->problems;
    struct sorted sorted[CONFIG_PROBLEMS_MAX] = {0};
    for (int32_t i = 0; i < problems->count; i++) {
        sorted[i] = (struct sorted){reader->mark[i], problems->item[i]};
    }
    qsort(sorted, (size_t) problems->count, sizeof sorted[0], compare_marks);
    for (int32_t i = 0; i < problems->count; i++) {
        problems->item[i] = sorted[i].problem;
    }
    if (reader->dropped > 0) {
        char line[80]; /* the sentence below with a number */
        (void) snprintf(line, sizeof line, "%s: %d more problems are not shown", "huoyan.json",
                        (int) reader->dropped);
        problems->item[problems->count++] =
            (struct config_problem){false, arena_copy(reader->arena, line)};
    }
}
