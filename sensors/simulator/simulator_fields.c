#include "sensors/simulator/simulator_fields.h"

#include <string.h>

#include "gateway/base/parse.h"

uint16_t simulator_fields_word(struct json_fields *fields, const struct json *object,
                               const char *key, uint16_t otherwise)
{
    return (uint16_t) json_fields_whole(fields, object, key, 0, UINT16_MAX, otherwise);
}

us_t simulator_fields_span(struct json_fields *fields, const struct json *object, const char *key,
                           us_t otherwise)
{
    return json_find(object, key) == NULL
               ? otherwise
               : json_fields_duration(fields, object, key, 0) * US_PER_MS;
}

unsigned simulator_fields_choice(struct json_fields *fields, const struct json *object,
                                 const char *key, const char *words, unsigned otherwise)
{
    int32_t choice = json_fields_word(fields, object, key, words);
    return choice < 0 ? otherwise : (unsigned) choice;
}

void simulator_fields_bytes(struct json_fields *fields, const struct json *object, const char *key,
                            struct sim_bytes *bytes)
{
    static const char hex[] = "hex:";
    const struct json *member = json_find(object, key);
    if (member == NULL) {
        return;
    }
    const char *text = member->type == JSON_STRING ? member->string : "";
    struct sim_bytes read = {.length = strlen(text)};
    if (strncmp(text, hex, sizeof hex - 1) == 0) {
        read.length = parse_hex(text + sizeof hex - 1, sizeof read.bytes, read.bytes);
    } else if (read.length <= sizeof read.bytes) {
        memcpy(read.bytes, text, read.length);
    }
    if (read.length >= 1 && read.length <= sizeof read.bytes) {
        *bytes = read;
    } else {
        json_fields_mistake(fields, member,
                            "must be text, or \"hex: 7E 81\" for bytes, at most %zu of them",
                            sizeof read.bytes);
    }
}

void *simulator_fields_table(
    struct json_fields *fields, const struct json *object, const char *key, size_t size,
    void (*read)(struct json_fields *fields, const struct json *json, void *to), int32_t *ret_count)
{
    const struct json *list = json_fields_list(fields, object, key, JSON_OBJECT, INT32_MAX);
    *ret_count = list == NULL ? 0 : list->count;
    char *table = arena_take(fields->arena, (size_t) *ret_count, size);
    const struct json *each = json_first(list);
    for (int32_t i = 0; i < *ret_count; i++, each = each->next) {
        read(fields, each, table + (size_t) i * size);
    }
    return table;
}
