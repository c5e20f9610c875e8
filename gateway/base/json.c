#include "gateway/base/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/json_places.h"
#include "gateway/base/utf8.h"

/* What lives only while one text is read. */
struct reader {
    struct json_room room; /* the caller's */
    struct arena *scratch; /* ours */
    char *bytes;           /* the text, comments blanked, NUL-terminated */
    size_t length;
    struct locate_place *places;
    size_t count, used;
    int32_t line; /* of a mistake */
    struct error *error;
};

/* A container whose children are being added. */
struct level {
    struct json *node;
    struct json *last; /* child */
    const cJSON *item; /* the next child to add */
};

static bool check_text(struct reader *reader)
{
    size_t at = 0;
    while (at < reader->length) {
        uint32_t code = 0;
        size_t size = utf8_decode(reader->bytes + at, reader->length - at, &code);
        if (size == 0 || code == 0) {
            reader->line = locate_line(reader->bytes, at);
            return error_set(reader->error, "byte %zu (0x%02X) is not text: save the file as UTF-8",
                             at + 1, (unsigned) (unsigned char) reader->bytes[at]);
        }
        at += size;
    }
    return true;
}

static void copy_text(struct reader *reader, const char *bytes, size_t length)
{
    if (length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        bytes += 3; /* the byte order mark some editors write */
        length -= 3;
    }
    reader->bytes = arena_take(reader->scratch, length + 1, 1);
    if (length > 0) { /* `bytes` may be NULL then */
        memcpy(reader->bytes, bytes, length);
    }
    reader->length = length;
}

static enum json_type type_of(const cJSON *item)
{
    switch (item->type & 0xFF) {
    case cJSON_True:
    case cJSON_False:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default: /* cJSON's flags are no enum */
        return JSON_NULL;
    }
}

static struct json *node_of(struct reader *reader, const cJSON *item)
{
    CHECK(reader->used < reader->count);
    struct locate_place place = reader->places[reader->used++];
    struct json *node = arena_take(reader->room.tree, 1, sizeof *node);
    *node = (struct json){.type = type_of(item), .line = place.line, .column = place.column};
    node->boolean = cJSON_IsTrue(item) != 0;
    node->number = node->type == JSON_NUMBER ? item->valuedouble : 0;
    if (node->type == JSON_STRING) {
        node->string = arena_copy(reader->room.strings, item->valuestring);
    }
    if (item->string != NULL) {
        node->key = arena_copy(reader->room.tree, item->string);
    }
    return node;
}

static int compare_keys(const void *a, const void *b)
{
    const struct json *one = *(const struct json *const *) a;
    const struct json *other = *(const struct json *const *) b;
    int order = strcmp(one->key, other->key);
    if (order != 0) {
        return order;
    }
    return one->line != other->line ? (one->line > other->line) - (one->line < other->line)
                                    : (one->column > other->column) - (one->column < other->column);
}

static bool check_keys(struct reader *reader, const struct json *object)
{
    if (object->type != JSON_OBJECT || object->count < 2) {
        return true;
    }
    size_t count = (size_t) object->count;
    const struct json **members = arena_take(reader->scratch, count, sizeof(const struct json *));
    size_t i = 0;
    for (const struct json *member = object->child; member != NULL; member = member->next) {
        members[i++] = member;
    }
    qsort(members, count, sizeof(const struct json *), compare_keys);
    for (i = 1; i < count; i++) {
        if (strcmp(members[i - 1]->key, members[i]->key) == 0) {
            reader->line = members[i]->line;
            return error_set(reader->error, "the key '%s' stands there twice, first in line %d",
                             members[i]->key, (int) members[i - 1]->line);
        }
    }
    return true;
}

static struct json *add_child(struct reader *reader, struct level *level)
{
    struct json *node = node_of(reader, level->item);
    node->parent = level->node;
    if (level->last == NULL) {
        level->node->child = node;
    } else {
        level->last->next = node;
    }
    level->last = node;
    level->node->count++;
    level->item = level->item->next;
    return node;
}

static bool check_number(struct reader *reader, const struct json *node)
{
    if (node->type != JSON_NUMBER || isfinite(node->number)) {
        return true;
    }
    reader->line = node->line;
    return error_set(reader->error, "the number is too large");
}

/* cJSON's tree to ours, place by place. */
static bool build(struct reader *reader, const cJSON *item, const struct json **ret_root)
{
    struct level stack[JSON_DEPTH_MAX + 1];
    struct json *root = node_of(reader, item);
    stack[0] = (struct level){.node = root, .item = item->child};
    bool is_good = check_number(reader, root);
    for (int32_t depth = 1; is_good && depth > 0;) {
        struct level *level = &stack[depth - 1];
        if (level->item == NULL) {
            is_good = check_keys(reader, level->node);
            depth--;
            continue;
        }
        const cJSON *child = level->item;
        struct json *node = add_child(reader, level);
        is_good = check_number(reader, node);
        if (child->child != NULL) {
            CHECK(depth <= JSON_DEPTH_MAX);
            stack[depth++] = (struct level){.node = node, .item = child->child};
        }
    }
    if (is_good) {
        *ret_root = root;
    }
    return is_good;
}

static bool read_document(struct reader *reader, bool has_comments, const struct json **ret_root)
{
    if (!check_text(reader)) {
        return false;
    }
    if (has_comments) {
        locate_blank_comments(reader->bytes, reader->length);
    }
    size_t max = locate_values_max(reader->bytes, reader->length);
    reader->places = arena_take(reader->scratch, max, sizeof *reader->places);
    if (!locate_values(reader->bytes, reader->length, reader->places, &reader->count, &reader->line,
                       reader->error)) {
        return false;
    }
    const char *end = NULL;
    cJSON *item = cJSON_ParseWithLengthOpts(reader->bytes, reader->length + 1, &end, 0);
    if (item == NULL) {
        size_t offset = end == NULL ? 0 : (size_t) (end - reader->bytes);
        reader->line =
            locate_line(reader->bytes, offset < reader->length ? offset : reader->length);
        return error_set(reader->error, "the text is not valid JSON here");
    }
    bool is_good = build(reader, item, ret_root);
    cJSON_Delete(item);
    return is_good;
}

/* The text and what it is are four inputs that no caller has as one struct.
 * NOLINTNEXTLINE(readability-function-size) */
bool json_parse_into(struct json_room room, const char *bytes, size_t length, bool has_comments,
                     const struct json **ret_root, int32_t *ret_line, struct error *error)
{
    if (length > JSON_BYTES_MAX) {
        *ret_line = 1;
        return error_set(error, "the text is longer than %d MiB", JSON_BYTES_MAX / 1024 / 1024);
    }
    struct reader reader = {.room = room, .scratch = arena_new(), .line = 1, .error = error};
    copy_text(&reader, bytes, length);
    bool is_good = read_document(&reader, has_comments, ret_root);
    if (!is_good) {
        *ret_line = reader.line;
    }
    arena_free(reader.scratch);
    return is_good;
}

/* The same inputs, the same exception.
 * NOLINTNEXTLINE(readability-function-size) */
bool json_parse(struct arena *arena, const char *bytes, size_t length, bool has_comments,
                const struct json **ret_root, int32_t *ret_line, struct error *error)
{
    struct json_room room = {.tree = arena, .strings = arena};
    return json_parse_into(room, bytes, length, has_comments, ret_root, ret_line, error);
}

const struct json *json_find(const struct json *object, const char *key)
{
    if (object == NULL || object->type != JSON_OBJECT) {
        return NULL;
    }
    for (const struct json *member = object->child; member != NULL; member = member->next) {
        if (strcmp(member->key, key) == 0) {
            return member;
        }
    }
    return NULL;
}

const char *json_string(const struct json *object, const char *key, const char *otherwise)
{
    const struct json *member = json_find(object, key);
    return member != NULL && member->type == JSON_STRING ? member->string : otherwise;
}

static int32_t position_of(const struct json *value)
{
    int32_t position = 0;
    for (const struct json *at = value->parent->child; at != value; at = at->next) {
        position++;
    }
    return position;
}

static void add_key(struct text *text, const char *key)
{
    for (; *key != '\0'; key++) {
        if (*key == '~' || *key == '/') {
            text_add(text, *key == '~' ? "~0" : "~1");
        } else {
            text_add_bytes(text, key, 1);
        }
    }
}

void json_add_path(const struct json *value, struct text *text)
{
    const struct json *way[JSON_DEPTH_MAX + 1];
    int32_t count = 0;
    for (; value->parent != NULL; value = value->parent) {
        CHECK(count <= JSON_DEPTH_MAX);
        way[count++] = value;
    }
    while (count > 0) {
        const struct json *part = way[--count];
        text_add(text, "/");
        if (part->key != NULL) {
            add_key(text, part->key);
        } else {
            text_add(text, "%d", (int) position_of(part));
        }
    }
}

const char *json_type_text(enum json_type type)
{
    static const char *const names[] = {"null",     "true or false", "a number",
                                        "a string", "an array",      "an object"};
    return names[type];
}
