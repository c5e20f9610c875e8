#include "gateway/base/json.h"

#include <string.h>

/* The text and what it is are four inputs that no caller has as one struct.
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

static int32_t index_in_parent(const struct json *value)
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
            text_add(text, "%d", (int) index_in_parent(part));
        }
    }
}

const char *json_type_text(enum json_type type)
{
    static const char *const names[] = {"null",     "true or false", "a number",
                                        "a string", "an array",      "an object"};
    return names[type];
}
