/* schema_print.c - the table of schema.h as a JSON Schema for editors, and as lines for people. */
#include <stdio.h>
#include <string.h>

#include "config/schema/schema.h"
#include "gateway/base/parse.h"

enum { STRING_BYTES = 2048 /* the longest help, escaped */, NAME_BYTES = 100 };

static void print_string(FILE *to, const char *string)
{
    char bytes[STRING_BYTES];
    struct text text = text_over(bytes, sizeof bytes);
    text_add_json(&text, string);
    (void) fputs(bytes, to);
}

/* What the row is for, and that it does nothing yet. */
static void format_help(const struct schema_row *row, char to[static STRING_BYTES])
{
    struct text text = text_over(to, STRING_BYTES);
    text_add(&text, "%s", row->help);
    if (row->no_effect != NULL) {
        bool is_choice = row->type == SCHEMA_CHOICE;
        text_add(&text,
                 is_choice ? " (only the default has an effect yet: %s)"
                           : " (it has no effect yet: %s)",
                 row->no_effect);
    }
}

/* "/sites/ * /devices/ *" without its stars is "sites.devices": the name of an object's definition.
 * */
static void print_reference(FILE *to, const struct schema_row *row)
{
    char name[NAME_BYTES];
    struct text text = text_over(name, sizeof name);
    for (const char *at = row->path; *at == '/';) {
        size_t length = strcspn(at + 1, "/");
        if (at[1] != '*') {
            text_add(&text, "%s%.*s", text.length > 0 ? "." : "", (int) length, at + 1);
        }
        at += length + 1;
    }
    (void) fputs(name, to);
}

static bool is_text(const struct schema_row *row)
{
    return row->type == SCHEMA_ID || row->type == SCHEMA_TEXT || row->type == SCHEMA_CHOICE ||
           row->type == SCHEMA_SPAN;
}

static void print_choices(FILE *to, const char *choices)
{
    (void) fputs("\"enum\": [", to);
    bool has_any = false;
    while (choices != NULL) {
        size_t length = strcspn(choices, "|");
        if (choices[0] != '!') {
            (void) fprintf(to, "%s\"%.*s\"", has_any ? ", " : "", (int) length, choices);
            has_any = true;
        }
        choices = choices[length] == '|' ? choices + length + 1 : NULL;
    }
    (void) fputs("]", to);
}

/* What a value without children may be; of an object where it is defined. */
static void print_simple(FILE *to, const struct schema_row *row)
{
    switch (row->type) {
    case SCHEMA_OBJECT:
        (void) fputs("\"$ref\": \"#/definitions/", to);
        print_reference(to, row);
        (void) fputs("\"", to);
        break;
    case SCHEMA_MAP:
        (void) fputs("\"type\": \"object\"", to);
        break;
    case SCHEMA_LIST:
        (void) fprintf(to, "\"type\": \"array\", \"minItems\": %.0f, \"maxItems\": %.0f", row->min,
                       row->max);
        break;
    case SCHEMA_ID:
        (void) fputs("\"type\": \"string\", \"pattern\": \"^[a-z0-9][a-z0-9_-]{0,31}$\"", to);
        break;
    case SCHEMA_TEXT:
        (void) fprintf(to, "\"type\": \"string\", \"minLength\": %d", row->min > 0);
        break;
    case SCHEMA_CHOICE:
        print_choices(to, row->choices);
        break;
    case SCHEMA_SPAN:
        (void) fputs("\"type\": \"string\", \"pattern\": \"^[0-9]+(ms|s|m|h|d)$\"", to);
        break;
    case SCHEMA_BOOL:
        (void) fputs("\"type\": \"boolean\"", to);
        break;
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        (void) fprintf(to, "\"type\": \"%s\", \"minimum\": %.15g, \"maximum\": %.15g",
                       row->type == SCHEMA_INTEGER ? "integer" : "number", row->min, row->max);
        break;
    }
}

static void print_default(FILE *to, const struct schema_row *row)
{
    if (row->fallback == NULL || row->type == SCHEMA_OBJECT) {
        return;
    }
    (void) fputs(", \"default\": ", to);
    if (is_text(row)) {
        print_string(to, row->fallback);
    } else {
        (void) fputs(row->fallback, to);
    }
}

static void print_property(FILE *to, const struct schema_row *row)
{
    (void) fputs("        ", to);
    print_string(to, schema_key(row));
    (void) fputs(": {", to);
    print_simple(to, row);
    if (row->type == SCHEMA_LIST || row->type == SCHEMA_MAP) {
        (void) fprintf(to, ", \"%s\": {",
                       row->type == SCHEMA_LIST ? "items" : "additionalProperties");
        print_simple(to, schema_find(row, NULL));
        (void) fputs("}", to);
    }
    if (row->type != SCHEMA_OBJECT) { /* beside a $ref nothing counts */
        char help[STRING_BYTES];
        format_help(row, help);
        (void) fputs(", \"description\": ", to);
        print_string(to, help);
        print_default(to, row);
    }
    (void) fputs("}", to);
}

static void print_required(FILE *to, const struct schema_row *object)
{
    bool has_any = false;
    for (const struct schema_row *row = schema_next(object, NULL); row != NULL;
         row = schema_next(object, row)) {
        if (row->is_required) {
            (void) fprintf(to, "%s\"%s\"", has_any ? ", " : "      \"required\": [",
                           schema_key(row));
            has_any = true;
        }
    }
    (void) fputs(has_any ? "],\n" : "", to);
}

static void print_object(FILE *to, const struct schema_row *object)
{
    (void) fputs("      \"type\": \"object\",\n      \"description\": ", to);
    print_string(to, object->help);
    (void) fputs(",\n      \"additionalProperties\": false,\n", to);
    if (object->path[0] != '\0') { /* an included file has no 'gateway' */
        print_required(to, object);
    }
    (void) fputs("      \"properties\": {\n", to);
    bool has_any = false;
    for (const struct schema_row *row = schema_next(object, NULL); row != NULL;
         row = schema_next(object, row)) {
        if (row->refusal == NULL) {
            (void) fputs(has_any ? ",\n" : "", to);
            has_any = true;
            print_property(to, row);
        }
    }
    (void) fputs("\n      }", to);
}

/* Is the row, or one that it lies in, refused? */
static bool is_refused(const struct schema_row *row)
{
    for (int i = 0; i < schema_rows_count; i++) {
        const struct schema_row *above = &schema_rows[i];
        size_t length = strlen(above->path);
        if (above->refusal != NULL && strncmp(above->path, row->path, length) == 0 &&
            (row->path[length] == '/' || row->path[length] == '\0')) {
            return true;
        }
    }
    return false;
}

void schema_print_json(FILE *to)
{
    (void) fputs("{\n  \"$schema\": \"http://json-schema.org/draft-07/schema#\",\n"
                 "  \"title\": \"huoyan.json and what it includes\",\n"
                 "  \"allOf\": [{\"$ref\": \"#/definitions/huoyan\"}],\n"
                 "  \"definitions\": {\n    \"huoyan\": {\n",
                 to);
    print_object(to, &schema_rows[0]);
    for (int i = 1; i < schema_rows_count; i++) {
        const struct schema_row *row = &schema_rows[i];
        if (row->type == SCHEMA_OBJECT && !is_refused(row)) {
            (void) fputs("\n    },\n    \"", to);
            print_reference(to, row);
            (void) fputs("\": {\n", to);
            print_object(to, row);
        }
    }
    (void) fputs("\n    }\n  }\n}\n", to);
}

static const char *type_text(enum schema_type type)
{
    static const char *const texts[] = {"object", "map",  "list",    "id",    "text",
                                        "choice", "span", "boolean", "whole", "number"};
    return texts[type];
}

static void print_range(FILE *to, const struct schema_row *row)
{
    char min[24];
    char max[24];
    if (row->type == SCHEMA_SPAN) {
        format_duration((ms_t) row->min, min);
        format_duration((ms_t) row->max, max);
        (void) fprintf(to, ", %s to %s", min, max);
    } else if (row->type == SCHEMA_INTEGER || row->type == SCHEMA_NUMBER) {
        (void) fprintf(to, ", %.15g to %.15g", row->min, row->max);
    } else if (row->type == SCHEMA_CHOICE) {
        (void) fprintf(to, ": %s", row->choices);
    }
}

void schema_print_help(FILE *to)
{
    for (int i = 1; i < schema_rows_count; i++) {
        const struct schema_row *row = &schema_rows[i];
        if (is_refused(row)) {
            continue;
        }
        (void) fprintf(to, "%s (%s", row->path, type_text(row->type));
        print_range(to, row);
        if (row->fallback != NULL && row->type != SCHEMA_OBJECT) {
            (void) fprintf(to, "; default %s", row->fallback);
        }
        char help[STRING_BYTES];
        format_help(row, help);
        (void) fprintf(to, "%s) %s\n", row->is_required ? "; required" : "", help);
    }
}
