/* reader.h - the files of a config and the mistakes found in them.
 *
 * DIRECTORY/huoyan.json is the root; its "include" names more files by pattern. Their arrays add
 * up; any other section stands in one file only. Each mistake becomes one line "file:line:
 * /json/path: sentence", with the file named as seen from the directory. The lines come out in the
 * order of the files. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/schema/problems.h"
#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "gateway/base/json.h"

enum { CONFIG_FILES_MAX = 1000 };

struct reader_file {
    const char *name;        /* "huoyan.json" "sites/w3.json" */
    const struct json *root; /* NULL: it could not be parsed */
};

struct reader {
    struct arena *arena;
    struct arena *trees; /* of the files without their strings: the same, or one that goes first */
    const char *directory;
    int32_t file_count;
    struct reader_file file[CONFIG_FILES_MAX];
    struct config_problems *problems;
    int32_t other_count;    /* files of reader_refuse_file, */
    const char *other_name; /* and the last of them */
};

/* An empty reader; everything it takes is the arena's, until `trees` is set to another one. */
struct reader *reader_new(struct arena *arena, const char *directory,
                          struct config_problems *problems);

/* Reads the root file and what it includes. Mistakes go to the problems. */
void reader_read(struct reader *reader);

/* Adds one file from memory: for tests and fuzzing. */
void reader_add_text(struct reader *reader, const char *name, const char *bytes, size_t length);

/* The files that a pattern names, sorted; a relative one is seen from the directory. Names are as
 * in reader_file, in the arena. Returns the count, at most `max`. */
int32_t reader_glob(struct reader *reader, const char *pattern, const char **ret_names,
                    int32_t max);

/* The same for a pattern of the config: no file is a warning, and without * ? [ a mistake. */
int32_t reader_match(struct reader *reader, const struct json *pattern, const char **ret_names,
                     int32_t max);

/* The path to open for a name that reader_glob gave. */
const char *reader_path(struct reader *reader, const char *name);

/* The item behind `last` (NULL: the first) of the root array `key` over all files, or NULL. */
const struct json *reader_next_item(const struct reader *reader, const char *key,
                                    const struct json *last);

/* All of them, in order. */
struct reader_items {
    int32_t count;
    const struct json *const *item;
};
struct reader_items reader_items(struct reader *reader, const char *key);

/* The root section `key` of the first file that has it, or NULL. */
const struct json *reader_section(const struct reader *reader, const char *key);

/* The file where a value stands; -1: it is of a default. */
int32_t reader_find_file(const struct reader *reader, const struct json *value);

/* Where a value stands: "sites/w3.json:12". The text lives as long as the trees. */
const char *reader_place(struct reader *reader, const struct json *value);

/* A mistake at `value`, or a warning. Beyond CONFIG_PROBLEMS_MAX they are only counted. */
void reader_refuse(struct reader *reader, const struct json *value, const char *format, ...)
    PRINTF_LIKE(3, 4);
void reader_warn(struct reader *reader, const struct json *value, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* A mistake in a file that has no tree here: a broken text, or a profile. `path` may be "". */
void reader_refuse_file(struct reader *reader, const char *name, int32_t line, const char *path,
                        const char *sentence);

/* Writes how many more problems there were than lines. Call once, at the end. */
void reader_finish(struct reader *reader);
