/* schema_check.c - holds a tree against the table of schema.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config/schema/schema.h"
#include "gateway/base/parse.h"
#include "gateway/base/suggest.h"

enum { CHOICES_BYTES = 160 }; /* the longest list of choices with commas */

static const enum json_type json_types[] = {
    [SCHEMA_OBJECT] = JSON_OBJECT, [SCHEMA_MAP] = JSON_OBJECT,  [SCHEMA_LIST] = JSON_ARRAY,
    [SCHEMA_ID] = JSON_STRING,     [SCHEMA_TEXT] = JSON_STRING, [SCHEMA_CHOICE] = JSON_STRING,
    [SCHEMA_SPAN] = JSON_STRING,   [SCHEMA_BOOL] = JSON_BOOL,   [SCHEMA_INTEGER] = JSON_NUMBER,
    [SCHEMA_NUMBER] = JSON_NUMBER,
};

static bool span_fits(const struct schema_row *row, const char *text, struct error *error)
{
    ms_t span = 0;
    if (!parse_duration(text, &span)) {
        return error_set(error, "'%s' is not a span of time: write 500ms, 5s, 10m, 24h or 7d",
                         text);
    }
    if ((double) span >= row->min && (double) span <= row->max) {
        return true;
    }
    char min[24];
    char max[24];
    format_duration((ms_t) row->min, min);
    format_duration((ms_t) row->max, max);
    return error_set(error, "must be %s to %s, not %s", min, max, text);
}

static bool text_fits(const struct schema_row *row, const char *text, struct error *error)
{
    size_t length = strlen(text);
    if ((double) length < row->min) {
        return length == 0 ? error_set(error, "must not be empty")
                           : error_set(error, "is too short: '%s'", text);
    }
    return (double) length <= row->max ||
           error_set(error, "is too long: %zu bytes, at most %.0f", length, row->max);
}

static bool number_fits(const struct schema_row *row, double number, struct error *error)
{
    if (row->type == SCHEMA_INTEGER && floor(number) < number) {
        return error_set(error, "must be a whole number, not %.15g", number);
    }
    if (number >= row->min && number <= row->max) {
        return true;
    }
    return row->type == SCHEMA_INTEGER
               ? error_set(error, "must be %.0f to %.0f, not %.0f", row->min, row->max, number)
               : error_set(error, "must be %.15g to %.15g, not %.15g", row->min, row->max, number);
}

static bool choice_fits(const struct schema_row *row, const char *text, struct error *error)
{
    char bytes[CHOICES_BYTES];
    struct text supported = text_over(bytes, sizeof bytes);
    struct suggest suggest = {.word = text};
    bool is_later = false;
    struct schema_choice choice = {.rest = row->choices};
    while (schema_next_choice(&choice)) {
        bool is_same = strcmp(choice.text, text) == 0;
        if (is_same && !choice.is_later) {
            return true;
        }
        if (!choice.is_later) {
            text_add(&supported, "%s%s", supported.length > 0 ? ", " : "", choice.text);
        }
        is_later = is_later || is_same;
        suggest_offer(&suggest, choice.text);
    }
    return is_later
               ? error_set(error, "'%s' is not yet supported by this version, only %s", text, bytes)
               : error_set(error, "'%s' is not one of %s%s", text, bytes, suggest_text(&suggest));
}

static bool count_fits(const struct schema_row *row, int32_t count, struct error *error)
{
    if (row->type == SCHEMA_OBJECT) {
        return true;
    }
    if (count < row->min) {
        return error_set(error, "must not be empty");
    }
    return count <= row->max ||
           error_set(error, "has %d items, at most %.0f are allowed", (int) count, row->max);
}

bool schema_fits(const struct schema_row *row, const struct json *value, struct error *error)
{
    enum json_type wanted = json_types[row->type];
    if (value->type != wanted) {
        return error_set(error, "must be %s, not %s",
                         row->type == SCHEMA_SPAN ? "a span of time such as \"5m\""
                                                  : json_type_text(wanted),
                         json_type_text(value->type));
    }
    switch (row->type) {
    case SCHEMA_OBJECT:
    case SCHEMA_MAP:
    case SCHEMA_LIST:
        return count_fits(row, value->count, error);
    case SCHEMA_ID:
        return parse_is_id(value->string) ||
               error_set(error,
                         "'%s' is not an id: at most 32 small letters, digits, - and _, the first "
                         "one a letter or digit",
                         value->string);
    case SCHEMA_TEXT:
        return text_fits(row, value->string, error);
    case SCHEMA_CHOICE:
        return choice_fits(row, value->string, error);
    case SCHEMA_SPAN:
        return span_fits(row, value->string, error);
    case SCHEMA_BOOL:
        return true;
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        return number_fits(row, value->number, error);
    }
    return true;
}

static void refuse_unknown(struct reader *reader, const struct json *value,
                           const struct schema_row *parent)
{
    struct suggest suggest = {.word = value->key};
    for (const struct schema_row *row = schema_next(parent, NULL); row != NULL;
         row = schema_next(parent, row)) {
        if (row->refusal == NULL) {
            suggest_offer(&suggest, schema_key(row));
        }
    }
    reader_refuse(reader, value, "no such key%s", suggest_text(&suggest));
}

void schema_require(struct reader *reader, const struct json *object, const char *key,
                    const char *why)
{
    if (json_find(object, key) == NULL) {
        reader_refuse(reader, object, "needs '%s': %s", key, why);
    }
}

static void check_required(struct reader *reader, const struct json *object,
                           const struct schema_row *parent)
{
    for (const struct schema_row *row = schema_next(parent, NULL); row != NULL;
         row = schema_next(parent, row)) {
        if (row->is_required) {
            schema_require(reader, object, schema_key(row), row->help);
        }
    }
}

/* Without the warning the writer of the key relies on it. */
static void warn_no_effect(struct reader *reader, const struct json *value,
                           const struct schema_row *row)
{
    if (row->type != SCHEMA_CHOICE) {
        reader_warn(reader, value, "has no effect yet: %s", row->no_effect);
    } else if (strcmp(value->string, row->fallback) != 0) {
        reader_warn(reader, value, "'%s' has no effect yet: %s", value->string, row->no_effect);
    }
}

/* A key of another type of link is a mistake; one of another SMS driver may wait for its use. */
static void check_belongs(struct reader *reader, const struct json *value,
                          const struct schema_row *parent, const struct schema_row *row)
{
    if (schema_belongs(row, value->parent)) {
        return;
    }
    bool is_link = schema_find(parent, "type") != NULL;
    const char *type =
        schema_text((struct schema_view){value->parent, parent}, is_link ? "type" : "driver");
    if (type != NULL && is_link) {
        reader_refuse(reader, value, "has no meaning for a link of type '%s'", type);
    } else if (type != NULL) {
        reader_warn(reader, value, "has no effect with the driver '%s': it belongs to '%s'", type,
                    row->only);
    }
}

/* Checks one value below a container of `parent`. Returns its row, or NULL when its content cannot
 * be checked. */
static const struct schema_row *check_value(struct reader *reader, const struct json *value,
                                            const struct schema_row *parent)
{
    CHECK(parent != NULL);
    const struct schema_row *row = schema_find(parent, value->key);
    if (row == NULL) {
        refuse_unknown(reader, value, parent);
        return NULL;
    }
    if (row->refusal != NULL) {
        reader_refuse(reader, value, "%s", row->refusal);
        return NULL;
    }
    if (parent->type == SCHEMA_MAP && !parse_is_id(value->key)) {
        reader_refuse(reader, value, "'%s' is not an id", value->key);
        return NULL;
    }
    check_belongs(reader, value, parent, row);
    struct error error;
    if (!schema_fits(row, value, &error)) {
        reader_refuse(reader, value, "%s", error.text);
    } else if (row->no_effect != NULL) {
        warn_no_effect(reader, value, row);
    }
    if (value->type != json_types[row->type]) {
        return NULL;
    }
    if (row->type == SCHEMA_OBJECT) {
        check_required(reader, value, row);
    }
    return row;
}

void schema_check(struct reader *reader, const struct json *root)
{
    const struct schema_row *rows[JSON_DEPTH_MAX + 1] = {schema_rows};
    int32_t depth = 0;
    const struct json *value = root->type == JSON_OBJECT ? root->child : NULL;
    while (value != NULL) {
        const struct schema_row *row = check_value(reader, value, rows[depth]);
        if (row != NULL && value->child != NULL) {
            CHECK(depth < JSON_DEPTH_MAX);
            rows[++depth] = row;
            value = value->child;
            continue;
        }
        while (value != root && value->next == NULL) {
            value = value->parent;
            depth--;
        }
        value = value == root ? NULL : value->next;
    }
}
