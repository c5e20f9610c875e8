/* config_print.c - the config as understood: each key with its value or default, as JSON that can
 * be read again. */
#include <stdio.h>
#include <string.h>

#include "config/build/build.h"
#include "config/config.h"
#include "gateway/base/json_write.h"
#include "gateway/base/parse.h"

enum { DEPTH_MAX = 10 }; /* of the table's containers */

/* A container that is being printed. */
struct print_frame {
    const struct schema_row *row;
    const struct json *value;          /* NULL: an object that is absent, all defaults */
    const struct schema_row *last_row; /* of an object: printed up to here */
    const struct json *next_item;      /* of a list or map */
};

struct printer {
    struct text *text;
    const struct config_source *source;
    int32_t base; /* depth of the outermost frame */
    int32_t depth;
    struct print_frame frame[DEPTH_MAX];
};

/* The next key or value stands on a line of its own. */
static void begin_print_line(struct printer *printer, int32_t depth)
{
    json_write_comma(printer->text);
    text_add(printer->text, "\n%*s", (int) (4 * depth), "");
}

static void print_key_name(struct printer *printer, const char *key)
{
    json_write_key(printer->text, key);
    text_add(printer->text, " ");
}

/* The shortest form that reads back as the same number. */
static void print_exact_number(struct text *text, double number)
{
    char bytes[32]; /* 17 digits, sign, point and exponent */
    for (int digits = 15; digits <= 17; digits++) {
        (void) snprintf(bytes, sizeof bytes, "%.*g", digits, number);
        double back = 0;
        if (parse_double(bytes, &back) && back >= number && back <= number) {
            break;
        }
    }
    text_add(text, "%s", bytes);
}

static void print_scalar(struct text *text, const struct json *value)
{
    if (value->type == JSON_STRING) {
        json_write_string(text, value->string);
    } else if (value->type == JSON_NUMBER) {
        print_exact_number(text, value->number);
    } else {
        CHECK(value->type == JSON_BOOL);
        json_write_bool(text, value->boolean);
    }
}

static bool is_container(const struct schema_row *row)
{
    return row->type == SCHEMA_OBJECT || row->type == SCHEMA_MAP || row->type == SCHEMA_LIST;
}

static void push_frame(struct printer *printer, const struct schema_row *row,
                       const struct json *value)
{
    CHECK(printer->depth < DEPTH_MAX);
    printer->frame[printer->depth++] = (struct print_frame){
        .row = row, .value = value, .next_item = value == NULL ? NULL : value->child};
    json_write_open(printer->text, row->type == SCHEMA_LIST ? '[' : '{');
}

static void print_config_value(struct printer *printer, const struct schema_row *row,
                               const struct json *value)
{
    if (is_container(row)) {
        push_frame(printer, row, value);
    } else {
        print_scalar(printer->text, value);
    }
}

static void print_key(struct printer *printer, struct print_frame *frame,
                      const struct schema_row *row)
{
    const char *derived = build_derived_text(printer->source, frame->value, row);
    const struct json *value = json_find(frame->value, schema_key(row));
    bool is_absent = derived == NULL && value == NULL && row->fallback == NULL;
    bool is_idle = row->no_effect != NULL && row->type != SCHEMA_CHOICE;
    if (row->refusal != NULL || is_absent || is_idle || !schema_belongs(row, frame->value)) {
        return;
    }
    begin_print_line(printer, printer->base + printer->depth);
    print_key_name(printer, schema_key(row));
    if (derived != NULL) {
        text_add(printer->text, "%s", derived);
    } else if (value != NULL || row->type == SCHEMA_OBJECT) {
        print_config_value(printer, row, value);
    } else {
        schema_print_fallback(printer->text, row);
    }
}

static void print_item(struct printer *printer, struct print_frame *frame, const struct json *item)
{
    begin_print_line(printer, printer->base + printer->depth);
    if (item->key != NULL) {
        print_key_name(printer, item->key);
    }
    print_config_value(printer, schema_find(frame->row, item->key), item);
}

static void close_frame(struct printer *printer)
{
    struct text *text = printer->text;
    const struct print_frame *frame = &printer->frame[--printer->depth];
    if (text->length > 0 && strchr("[{", text->bytes[text->length - 1]) == NULL) {
        text_add(text, "\n%*s", (int) (4 * (printer->base + printer->depth)), "");
    }
    json_write_close(text, frame->row->type == SCHEMA_LIST ? ']' : '}');
}

/* One step: the next key or item of the innermost container, or its end. */
static void print_step(struct printer *printer)
{
    struct print_frame *frame = &printer->frame[printer->depth - 1];
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
    print_item(printer, frame, item);
}

static void print_tree(struct printer *printer, const struct schema_row *row,
                       const struct json *value)
{
    print_config_value(printer, row, value);
    while (printer->depth > 0) {
        print_step(printer);
    }
}

/* A list of all files together. */
static void print_merged(struct printer *printer, const struct schema_row *row,
                         struct reader_items items)
{
    json_write_open(printer->text, '[');
    printer->base = 2;
    for (int32_t i = 0; i < items.count; i++) {
        begin_print_line(printer, 2);
        print_tree(printer, schema_find(row, NULL), items.item[i]);
    }
    printer->base = 1;
    text_add(printer->text, "\n%*s]", 4, "");
}

/* False: there is nothing to print of this root section. */
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
    begin_print_line(printer, 1);
    print_key_name(printer, key);
    if (value != NULL && row->type == SCHEMA_LIST) {
        print_merged(printer, row, reader_items(reader, key));
    } else if (value != NULL || row->type == SCHEMA_OBJECT) {
        print_tree(printer, row, value);
    } else {
        schema_print_fallback(printer->text, row);
    }
}

void config_print(const struct config *config, struct text *text)
{
    CHECK(config->source != NULL);
    struct reader *reader = config->source->reader;
    struct printer printer = {.text = text, .source = config->source, .base = 1};
    const struct schema_row *root = schema_get("");
    json_write_open(text, '{');
    for (const struct schema_row *row = schema_next(root, NULL); row != NULL;
         row = schema_next(root, row)) {
        if (has_section(reader, row)) {
            print_section(&printer, reader, row);
        }
    }
    text_add(text, "\n}\n");
}
