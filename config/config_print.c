/* config_print.c - the config as understood: each key with its value or default, as JSON that can
 * be read again. */
#include <stdio.h>
#include <string.h>

#include "config/build/build.h"
#include "config/config.h"

enum {
    STRING_BYTES = 6 * 1000 + 3, /* the longest text of the table, all of it escaped */
    DEPTH_MAX = 10,              /* of the table's containers */
};

/* A container that is being printed. */
struct frame {
    const struct schema_row *row;
    const struct json *value;          /* NULL: an object that is absent, all defaults */
    const struct schema_row *last_row; /* of an object: printed up to here */
    const struct json *next_item;      /* of a list or map */
    bool has_any;
};

struct printer {
    FILE *to;
    const struct config_source *source;
    int32_t base; /* depth of the outermost frame */
    int32_t depth;
    struct frame frame[DEPTH_MAX];
};

static void print_line(struct printer *printer, int32_t depth)
{
    (void) fprintf(printer->to, "\n%*s", (int) (4 * depth), "");
}

static void print_string(FILE *to, const char *string)
{
    char bytes[STRING_BYTES];
    struct text text = text_over(bytes, sizeof bytes);
    text_add_json(&text, string);
    (void) fputs(bytes, to);
}

/* The shortest form that reads back as the same number. */
static void print_number(FILE *to, double number)
{
    char bytes[32]; /* 17 digits, sign, point and exponent */
    for (int digits = 15; digits <= 17; digits++) {
        (void) snprintf(bytes, sizeof bytes, "%.*g", digits, number);
        double back = 0;
        if (parse_double(bytes, &back) && back >= number && back <= number) {
            break;
        }
    }
    (void) fputs(bytes, to);
}

static void print_scalar(FILE *to, const struct json *value)
{
    switch (value->type) {
    case JSON_NULL:
    case JSON_ARRAY:
    case JSON_OBJECT:
        (void) fputs("null", to);
        break;
    case JSON_BOOL:
        (void) fputs(value->boolean ? "true" : "false", to);
        break;
    case JSON_NUMBER:
        print_number(to, value->number);
        break;
    case JSON_STRING:
        print_string(to, value->string);
        break;
    }
}

static void print_fallback(FILE *to, const struct schema_row *row)
{
    bool is_string = row->type == SCHEMA_ID || row->type == SCHEMA_TEXT ||
                     row->type == SCHEMA_CHOICE || row->type == SCHEMA_SPAN;
    if (is_string) {
        print_string(to, row->fallback);
    } else {
        (void) fputs(row->fallback, to);
    }
}

static bool is_container(const struct schema_row *row)
{
    return row->type == SCHEMA_OBJECT || row->type == SCHEMA_MAP || row->type == SCHEMA_LIST;
}

static void push(struct printer *printer, const struct schema_row *row, const struct json *value)
{
    CHECK(printer->depth < DEPTH_MAX);
    printer->frame[printer->depth++] = (struct frame){
        .row = row, .value = value, .next_item = value == NULL ? NULL : value->child};
    (void) fputs(row->type == SCHEMA_LIST ? "[" : "{", printer->to);
}

static void print_value(struct printer *printer, const struct schema_row *row,
                        const struct json *value)
{
    if (is_container(row)) {
        push(printer, row, value);
    } else {
        print_scalar(printer->to, value);
    }
}

static void start_item(struct printer *printer, struct frame *frame, const char *key)
{
    (void) fputs(frame->has_any ? "," : "", printer->to);
    frame->has_any = true;
    print_line(printer, printer->base + printer->depth);
    if (key != NULL) {
        print_string(printer->to, key);
        (void) fputs(": ", printer->to);
    }
}

static void print_key(struct printer *printer, struct frame *frame, const struct schema_row *row)
{
    const char *derived = build_derived_text(printer->source, frame->value, row);
    const struct json *value = json_find(frame->value, schema_key(row));
    bool is_absent = derived == NULL && value == NULL && row->fallback == NULL;
    bool is_idle = row->no_effect != NULL && row->type != SCHEMA_CHOICE;
    if (row->refusal != NULL || is_absent || is_idle || !schema_belongs(row, frame->value)) {
        return;
    }
    start_item(printer, frame, schema_key(row));
    if (derived != NULL) {
        (void) fputs(derived, printer->to);
    } else if (value != NULL || row->type == SCHEMA_OBJECT) {
        print_value(printer, row, value);
    } else {
        print_fallback(printer->to, row);
    }
}

static void close_frame(struct printer *printer)
{
    struct frame *frame = &printer->frame[--printer->depth];
    if (frame->has_any) {
        print_line(printer, printer->base + printer->depth);
    }
    (void) fputs(frame->row->type == SCHEMA_LIST ? "]" : "}", printer->to);
}

/* One step: the next key or item of the innermost container, or its end. */
static void step(struct printer *printer)
{
    struct frame *frame = &printer->frame[printer->depth - 1];
    if (frame->row->type == SCHEMA_OBJECT) {
        frame->last_row = schema_next(frame->row, frame->last_row);
        if (frame->last_row == NULL) {
            close_frame(printer);
        } else {
            print_key(printer, frame, frame->last_row);
        }
        return;
    }
    const struct json *item = frame->next_item;
    if (item == NULL) {
        close_frame(printer);
        return;
    }
    frame->next_item = item->next;
    start_item(printer, frame, item->key);
    print_value(printer, schema_find(frame->row, item->key), item);
}

static void print_tree(struct printer *printer, const struct schema_row *row,
                       const struct json *value)
{
    print_value(printer, row, value);
    while (printer->depth > 0) {
        step(printer);
    }
}

static void print_merged(struct printer *printer, const struct schema_row *row,
                         struct reader_items items)
{
    (void) fputs("[", printer->to);
    printer->base = 2;
    for (int32_t i = 0; i < items.count; i++) {
        (void) fputs(i == 0 ? "" : ",", printer->to);
        print_line(printer, 2);
        print_tree(printer, schema_find(row, NULL), items.item[i]);
    }
    printer->base = 1;
    print_line(printer, 1);
    (void) fputs("]", printer->to);
}

/* A root section; lists are those of all files together. False: there is nothing to print. */
static bool has_section(struct reader *reader, const struct schema_row *row)
{
    const char *key = schema_key(row);
    bool is_ours = strcmp(key, "include") == 0 || strcmp(key, "$schema") == 0;
    return !is_ours && row->refusal == NULL &&
           (row->fallback != NULL || reader_section(reader, key) != NULL);
}

static void print_section(struct printer *printer, struct reader *reader,
                          const struct schema_row *row)
{
    const char *key = schema_key(row);
    const struct json *value = reader_section(reader, key);
    print_string(printer->to, key);
    (void) fputs(": ", printer->to);
    if (value != NULL && row->type == SCHEMA_LIST) {
        print_merged(printer, row, reader_items(reader, key));
    } else if (value != NULL || row->type == SCHEMA_OBJECT) {
        print_tree(printer, row, value);
    } else {
        print_fallback(printer->to, row);
    }
}

void config_print(const struct config *config, FILE *to)
{
    CHECK(config->source != NULL);
    struct reader *reader = config->source->reader;
    struct printer printer = {.to = to, .source = config->source, .base = 1};
    const struct schema_row *root = schema_get("");
    (void) fputs("{", to);
    bool has_any = false;
    for (const struct schema_row *row = schema_next(root, NULL); row != NULL;
         row = schema_next(root, row)) {
        if (has_section(reader, row)) {
            (void) fputs(has_any ? "," : "", to);
            has_any = true;
            print_line(&printer, 1);
            print_section(&printer, reader, row);
        }
    }
    (void) fputs("\n}\n", to);
}
