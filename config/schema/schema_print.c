/* schema_print.c - the table of schema.h as a JSON Schema for editors, and as lines for people. */
#include <stdio.h>
#include <string.h>

#include "config/schema/schema.h"
#include "gateway/base/json_write.h"
#include "gateway/base/parse.h"

enum { HELP_BYTES = 400, NAME_BYTES = 100 }; /* the longest of the table */

/* The help of the row, and whether it has no effect yet. */
static void format_row_help(const struct schema_row *row, char to[static HELP_BYTES])
{
    struct text text = text_over(to, HELP_BYTES);
    text_add(&text, "%s", row->help);
    if (row->no_effect != NULL) {
        bool is_choice = row->type == SCHEMA_CHOICE;
        text_add(&text,
                 is_choice ? " (only the default has an effect yet: %s)"
                           : " (it has no effect yet: %s)",
                 row->no_effect);
    }
}

/* The name of a definition: "/sites/ * /devices/ *" without its stars is "sites.devices". */
static void format_row_name(const struct schema_row *row, char to[static NAME_BYTES])
{
    struct text text = text_over(to, NAME_BYTES);
    for (const char *at = row->path; *at == '/';) {
        size_t length = strcspn(at + 1, "/");
        if (at[1] != '*') {
            text_add(&text, "%s%.*s", text.length > 0 ? "." : "", (int) length, at + 1);
        }
        at += length + 1;
    }
}

/* The next value or key begins a line. */
static void begin_schema_line(struct text *text, int depth)
{
    json_write_comma(text);
    text_add(text, "\n%*s", 2 * depth, "");
}

static void write_choices(struct text *text, const char *choices)
{
    json_write_key_open(text, "enum", '[');
    struct schema_choice choice = {.rest = choices};
    while (schema_next_choice(&choice)) {
        if (!choice.is_later) {
            json_write_string(text, choice.text);
        }
    }
    json_write_close(text, ']');
}

static void write_pattern(struct text *text, const char *pattern)
{
    json_write_key_string(text, "type", "string");
    json_write_key_string(text, "pattern", pattern);
}

static void write_reference(struct text *text, const struct schema_row *row)
{
    char name[NAME_BYTES];
    format_row_name(row, name);
    json_write_key(text, "$ref");
    text_add(text, "\"#/definitions/%s\"", name);
}

/* The type of a value without its children; an object by the name of its definition. */
static void write_type(struct text *text, const struct schema_row *row)
{
    switch (row->type) {
    case SCHEMA_OBJECT:
        write_reference(text, row);
        break;
    case SCHEMA_MAP:
        json_write_key_string(text, "type", "object");
        break;
    case SCHEMA_LIST:
        json_write_key_string(text, "type", "array");
        json_write_key_number(text, "minItems", row->min);
        json_write_key_number(text, "maxItems", row->max);
        break;
    case SCHEMA_ID:
        write_pattern(text, "^[a-z0-9][a-z0-9_-]{0,31}$");
        break;
    case SCHEMA_TEXT:
        json_write_key_string(text, "type", "string");
        json_write_key_int(text, "minLength", row->min > 0);
        break;
    case SCHEMA_CHOICE:
        write_choices(text, row->choices);
        break;
    case SCHEMA_SPAN:
        write_pattern(text, "^[0-9]+(ms|s|m|h|d)$");
        break;
    case SCHEMA_BOOL:
        json_write_key_string(text, "type", "boolean");
        break;
    case SCHEMA_INTEGER:
    case SCHEMA_NUMBER:
        json_write_key_string(text, "type", row->type == SCHEMA_INTEGER ? "integer" : "number");
        json_write_key_number(text, "minimum", row->min);
        json_write_key_number(text, "maximum", row->max);
        break;
    }
}

void schema_print_fallback(struct text *text, const struct schema_row *row)
{
    if (row->type == SCHEMA_ID || row->type == SCHEMA_TEXT || row->type == SCHEMA_CHOICE ||
        row->type == SCHEMA_SPAN) {
        json_write_string(text, row->fallback);
    } else {
        text_add(text, "%s", row->fallback);
    }
}

static void write_property(struct text *text, const struct schema_row *row)
{
    begin_schema_line(text, 4);
    json_write_key_open(text, schema_key(row), '{');
    write_type(text, row);
    if (row->type == SCHEMA_LIST || row->type == SCHEMA_MAP) {
        json_write_key_open(text, row->type == SCHEMA_LIST ? "items" : "additionalProperties", '{');
        write_type(text, schema_find(row, NULL));
        json_write_close(text, '}');
    }
    if (row->type != SCHEMA_OBJECT) { /* beside a $ref nothing counts */
        char help[HELP_BYTES];
        format_row_help(row, help);
        json_write_key_string(text, "description", help);
        if (row->fallback != NULL) {
            json_write_key(text, "default");
            schema_print_fallback(text, row);
        }
    }
    json_write_close(text, '}');
}

static void write_required(struct text *text, const struct schema_row *object)
{
    bool has_any = false;
    for (const struct schema_row *row = schema_next(object, NULL); row != NULL;
         row = schema_next(object, row)) {
        if (row->is_required && !has_any) {
            has_any = true;
            begin_schema_line(text, 3);
            json_write_key_open(text, "required", '[');
        }
        if (row->is_required) {
            json_write_string(text, schema_key(row));
        }
    }
    if (has_any) {
        json_write_close(text, ']');
    }
}

static void write_definition(struct text *text, const char *name, const struct schema_row *object)
{
    begin_schema_line(text, 2);
    json_write_key_open(text, name, '{');
    begin_schema_line(text, 3);
    json_write_key_string(text, "type", "object");
    json_write_key_string(text, "description", object->help);
    json_write_key_bool(text, "additionalProperties", false);
    if (object->path[0] != '\0') { /* an included file has no 'gateway' */
        write_required(text, object);
    }
    begin_schema_line(text, 3);
    json_write_key_open(text, "properties", '{');
    for (const struct schema_row *row = schema_next(object, NULL); row != NULL;
         row = schema_next(object, row)) {
        if (row->refusal == NULL) {
            write_property(text, row);
        }
    }
    json_write_close(text, '}');
    json_write_close(text, '}');
}

/* Is the row, or one that it lies in, refused? */
static bool is_refused_row(const struct schema_row *row)
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

void schema_print_json(struct text *text)
{
    json_write_open(text, '{');
    begin_schema_line(text, 1);
    json_write_key_string(text, "$schema", "http://json-schema.org/draft-07/schema#");
    json_write_key_string(text, "title", "huoyan.json and what it includes");
    begin_schema_line(text, 1);
    json_write_key_open(text, "allOf", '[');
    json_write_open(text, '{');
    json_write_key_string(text, "$ref", "#/definitions/huoyan");
    json_write_close(text, '}');
    json_write_close(text, ']');
    json_write_key_open(text, "definitions", '{');
    write_definition(text, "huoyan", &schema_rows[0]);
    for (int i = 1; i < schema_rows_count; i++) {
        const struct schema_row *row = &schema_rows[i];
        if (row->type == SCHEMA_OBJECT && !is_refused_row(row)) {
            char name[NAME_BYTES];
            format_row_name(row, name);
            write_definition(text, name, row);
        }
    }
    text_add(text, "}}\n");
}

static void print_row_range(FILE *to, const struct schema_row *row)
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
    static const char *const types[] = {"object", "map",  "list",    "id",    "text",
                                        "choice", "span", "boolean", "whole", "number"};
    for (int i = 1; i < schema_rows_count; i++) {
        const struct schema_row *row = &schema_rows[i];
        if (is_refused_row(row)) {
            continue;
        }
        (void) fprintf(to, "%s (%s", row->path, types[row->type]);
        print_row_range(to, row);
        if (row->fallback != NULL && row->type != SCHEMA_OBJECT) {
            (void) fprintf(to, "; default %s", row->fallback);
        }
        char help[HELP_BYTES];
        format_row_help(row, help);
        (void) fprintf(to, "%s) %s\n", row->is_required ? "; required" : "", help);
    }
}
