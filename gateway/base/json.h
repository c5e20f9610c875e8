/* json.h - JSON text to a read-only tree with lines and columns.
 *
 * The text is read after RFC 8259. Also refused are duplicate keys, invalid UTF-8, \u0000, half
 * surrogate pairs and numbers beyond a double. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "gateway/base/text.h"

enum { JSON_DEPTH_MAX = 32, JSON_BYTES_MAX = 16 * 1024 * 1024 };

enum json_type { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

struct json {
    enum json_type type;
    bool boolean;
    double number;
    const char *string;       /* of a string, else NULL */
    const char *key;          /* of a member, else NULL */
    int32_t line, column;     /* of the value (of the key for a member), from 1 */
    int32_t count;            /* children */
    const struct json *child; /* first of an array or object */
    const struct json *next;  /* sibling */
    const struct json *parent;
};

/* Parses `length` bytes; `has_comments` allows // comments. The tree is the arena's. On failure
 * `error` holds a sentence without a file name, and ret_line the line of the mistake. */
MUST_CHECK bool json_parse(struct arena *arena, const char *bytes, size_t length, bool has_comments,
                           const struct json **ret_root, int32_t *ret_line, struct error *error);

/* The memory of a tree. Its strings may outlive the nodes. */
struct json_room {
    struct arena *tree;    /* nodes and keys */
    struct arena *strings; /* what `string` points to; may be the same */
};

/* json_parse into two arenas. */
MUST_CHECK bool json_parse_into(struct json_room room, const char *bytes, size_t length,
                                bool has_comments, const struct json **ret_root, int32_t *ret_line,
                                struct error *error);

/* The member with this key, or NULL (also when `object` is NULL or none). */
const struct json *json_find(const struct json *object, const char *key);

/* The first child of an array or object; NULL: there is none, or `list` is NULL. */
static inline const struct json *json_first(const struct json *list)
{
    return list == NULL ? NULL : list->child;
}

/* The string of a member, or `otherwise`. */
const char *json_string(const struct json *object, const char *key, const char *otherwise);

/* Adds the path from the root: /sites/0/devices/1/poll (RFC 6901). */
void json_add_path(const struct json *value, struct text *text);

/* "an object" "a string" ... for sentences. */
const char *json_type_text(enum json_type type);
