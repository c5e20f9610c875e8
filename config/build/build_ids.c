/* build_ids.c - the ids of a root list, and the values that refer to them. */
#include <string.h>

#include "config/build/build.h"
#include "gateway/base/suggest.h"

int32_t build_find(const struct build_ids *ids, const char *id)
{
    for (int32_t i = 0; i < ids->count; i++) {
        if (strcmp(ids->id[i], id) == 0) {
            return i;
        }
    }
    return -1;
}

static void read_ids(struct build *build, struct build_ids *ids, const struct schema_row *row)
{
    int32_t count = ids->count;
    ids->id = arena_take(build->arena, (size_t) count, sizeof(const char *));
    ids->count = 0;
    for (int32_t i = 0; i < count; i++, ids->count++) {
        const struct json *id = schema_value((struct schema_view){ids->item[i], row}, "id");
        ids->id[i] = id == NULL ? "" : id->string;
        int32_t first = id == NULL ? -1 : build_find(ids, id->string);
        if (first >= 0) {
            reader_refuse(build->reader, id, "the id '%s' is already used at %s", id->string,
                          reader_place(build->reader, ids->item[first]));
        }
    }
}

struct build_ids build_ids(struct build *build, const char *key, const char *what, int32_t max)
{
    const struct schema_row *list = schema_find(schema_get(""), key);
    CHECK(list != NULL);
    struct reader_items items = reader_items(build->reader, key);
    if (items.count == 0) {
        items = schema_items(build->arena, schema_view("", NULL), key);
    }
    struct build_ids ids = {.what = what, .count = items.count, .item = items.item};
    if (items.count > max) {
        reader_refuse(build->reader, items.item[max], "one %s too many: at most %d", what,
                      (int) max);
        ids.count = max;
    }
    read_ids(build, &ids, schema_find(list, NULL));
    return ids;
}

int32_t build_refer_id(struct build *build, const struct build_ids *ids, const struct json *value,
                       const char *id)
{
    int32_t index = build_find(ids, id);
    if (index >= 0) {
        return index;
    }
    struct suggest suggest = {.word = id};
    for (int32_t i = 0; i < ids->count; i++) {
        suggest_offer(&suggest, ids->id[i]);
    }
    reader_refuse(build->reader, value, "there is no %s '%s'%s", ids->what, id,
                  suggest_text(&suggest));
    return -1;
}

int32_t build_refer(struct build *build, const struct build_ids *ids, const struct json *value)
{
    bool is_id = value != NULL && value->type == JSON_STRING;
    return is_id ? build_refer_id(build, ids, value, value->string) : -1;
}

static bool has_index(const int32_t *indexes, int32_t count, int32_t index)
{
    for (int32_t i = 0; i < count; i++) {
        if (indexes[i] == index) {
            return true;
        }
    }
    return false;
}

int32_t build_refer_all(struct build *build, struct schema_view view, const char *key,
                        const struct build_ids *ids, int32_t *ret_indexes, int32_t max)
{
    struct reader_items items = schema_items(build->scratch, view, key);
    int32_t count = 0;
    for (int32_t i = 0; i < items.count && count < max; i++) {
        int32_t index = build_refer(build, ids, items.item[i]);
        if (index >= 0 && has_index(ret_indexes, count, index)) {
            reader_refuse(build->reader, items.item[i], "'%s' is listed twice",
                          items.item[i]->string);
        } else if (index >= 0) {
            ret_indexes[count++] = index;
        }
    }
    return count;
}

void build_check_taken(struct build *build, struct reader_items items, int32_t i)
{
    const char *id = json_string(items.item[i], "id", "");
    for (int32_t k = 0; k < i; k++) {
        if (id[0] != '\0' && strcmp(json_string(items.item[k], "id", ""), id) == 0) {
            reader_refuse(build->reader, json_find(items.item[i], "id"),
                          "the id '%s' is already used at %s", id,
                          reader_place(build->reader, items.item[k]));
        }
    }
}
