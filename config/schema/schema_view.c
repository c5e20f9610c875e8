/* schema_view.c - values of the config, each with the default of its row. */
#include <stdlib.h>
#include <string.h>

#include "config/schema/schema.h"
#include "gateway/base/parse.h"

struct schema_view schema_view(const char *path, const struct json *object)
{
    return (struct schema_view){object, schema_get(path)};
}

static const struct schema_row *row_of(struct schema_view view, const char *key)
{
    const struct schema_row *row = schema_find(view.row, key);
    CHECK(row != NULL);
    return row;
}

const struct json *schema_value(struct schema_view view, const char *key)
{
    const struct schema_row *row = row_of(view, key);
    const struct json *value = json_find(view.object, key);
    return value != NULL && row->refusal == NULL && schema_fits(row, value, NULL) ? value : NULL;
}

struct schema_view schema_inside(struct schema_view view, const char *key)
{
    return (struct schema_view){schema_value(view, key), row_of(view, key)};
}

const char *schema_text(struct schema_view view, const char *key)
{
    const struct json *value = schema_value(view, key);
    return value != NULL ? value->string : row_of(view, key)->fallback;
}

const char *schema_text_or(struct schema_view view, const char *key, const char *otherwise)
{
    const char *text = schema_text(view, key);
    return text == NULL ? otherwise : text;
}

unsigned schema_choice_index(struct schema_view view, const char *key)
{
    const char *text = schema_text(view, key);
    struct schema_choice choice = {.rest = row_of(view, key)->choices};
    for (unsigned i = 0; text != NULL && schema_next_choice(&choice); i++) {
        if (strcmp(choice.text, text) == 0) {
            return i;
        }
    }
    return 0;
}

void schema_copy_text(struct schema_view view, const char *key, char *to, size_t size)
{
    text_copy(to, size, schema_text_or(view, key, ""));
}

ms_t schema_span(struct schema_view view, const char *key)
{
    const char *text = schema_text(view, key);
    ms_t span = 0;
    CHECK(text == NULL || parse_duration(text, &span));
    return span;
}

double schema_number(struct schema_view view, const char *key)
{
    const struct json *value = schema_value(view, key);
    const char *fallback = row_of(view, key)->fallback;
    double number = 0;
    CHECK(fallback == NULL || parse_double(fallback, &number));
    return value != NULL ? value->number : number;
}

int64_t schema_integer(struct schema_view view, const char *key)
{
    double number = schema_number(view, key);
    return (int64_t) number;
}

bool schema_bool(struct schema_view view, const char *key)
{
    const struct json *value = schema_value(view, key);
    const char *fallback = row_of(view, key)->fallback;
    return value != NULL ? value->boolean : fallback != NULL && strcmp(fallback, "true") == 0;
}

static const struct json *parse_fallback(struct arena *arena, const char *text)
{
    const struct json *root = NULL;
    int32_t line = 0;
    CHECK(json_parse(arena, text, strlen(text), false, &root, &line, NULL));
    return root;
}

struct reader_items schema_items(struct arena *arena, struct schema_view view, const char *key)
{
    const struct schema_row *row = row_of(view, key);
    const struct json *list = schema_value(view, key);
    if (list == NULL && row->fallback != NULL) {
        list = parse_fallback(arena, row->fallback);
    }
    if (list == NULL) {
        return (struct reader_items){0};
    }
    const struct schema_row *item_row = schema_find(row, NULL);
    const struct json **items =
        arena_take(arena, (size_t) list->count, sizeof(const struct json *));
    int32_t count = 0;
    for (const struct json *item = list->child; item != NULL; item = item->next) {
        if (schema_fits(item_row, item, NULL)) {
            items[count++] = item;
        }
    }
    return (struct reader_items){count, items};
}
