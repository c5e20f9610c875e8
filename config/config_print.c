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
    int32_t depth;
    struct print_frame frame[DEPTH_MAX];
};

/* The next key (NULL: an item of a list) stands on a line of its own. */
static void begin_print_line(struct printer *printer, const char *key)
{
    json_write_comma(printer->text);
    text_add(printer->text, "\n%*s", (int) (4 * printer->depth), "");
    if (key != NULL) {
        text_add(printer->text, "\"%s\": ", key);
    }
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

/* The item behind `last` (NULL: the first one) of a list or map. A root list goes on in the next
 * file. */
static const struct json *find_next_item(const struct printer *printer,
                                         const struct print_frame *frame, const struct json *last)
{
    if (frame == &printer->frame[1] && frame->row->type == SCHEMA_LIST) {
        return reader_next_item(printer->source->reader, schema_key(frame->row), last);
    }
    return last == NULL ? json_first(frame->value) : last->next;
}

static void print_config_value(struct printer *printer, const struct schema_row *row,
                               const struct json *value)
{
    if (row->type != SCHEMA_OBJECT && row->type != SCHEMA_MAP && row->type != SCHEMA_LIST) {
        CHECK(value != NULL); /* only an object, the root, is printed without a value */
        print_scalar(printer->text, value);
        return;
    }
    CHECK(printer->depth < DEPTH_MAX);
    struct print_frame *frame = &printer->frame[printer->depth++];
    *frame = (struct print_frame){.row = row, .value = value};
    frame->next_item = find_next_item(printer, frame, NULL);
    json_write_open(printer->text, row->type == SCHEMA_LIST ? '[' : '{');
}

static bool is_of_files(const struct schema_row *row)
{
    return strcmp(row->path, "/include") == 0 || strcmp(row->path, "/$schema") == 0;
}

static void print_key(struct printer *printer, struct print_frame *frame,
                      const struct schema_row *row)
{
    const char *key = schema_key(row);
    const char *derived = build_derived_text(printer->source, frame->value, row);
    const struct json *value = frame == printer->frame
                                   ? reader_section(printer->source->reader, key)
                                   : json_find(frame->value, key);
    bool is_absent = derived == NULL && value == NULL && row->fallback == NULL;
    bool is_idle = row->no_effect != NULL && row->type != SCHEMA_CHOICE;
    if (row->refusal != NULL || is_absent || is_idle || is_of_files(row) ||
        !schema_belongs(row, frame->value)) {
        return;
    }
    begin_print_line(printer, key);
    if (derived != NULL) {
        text_add(printer->text, "%s", derived);
    } else if (value != NULL || row->type == SCHEMA_OBJECT) {
        print_config_value(printer, row, value);
    } else {
        schema_print_fallback(printer->text, row);
    }
}

static void close_frame(struct printer *printer)
{
    struct text *text = printer->text;
    const struct print_frame *frame = &printer->frame[--printer->depth];
    if (strchr("[{", text->bytes[text->length - 1]) == NULL) {
        text_add(text, "\n%*s", (int) (4 * printer->depth), "");
    }
    json_write_close(text, frame->row->type == SCHEMA_LIST ? ']' : '}');
}

/* One step: the next key or item of the innermost container, or its end. */
static void print_step(struct printer *printer)
{
    struct print_frame *frame = &printer->frame[printer->depth - 1];
    const struct json *item = frame->next_item;
    if (frame->row->type == SCHEMA_OBJECT) {
        frame->last_row = schema_next(frame->row, frame->last_row);
        if (frame->last_row != NULL) {
            print_key(printer, frame, frame->last_row);
            return;
        }
    } else if (item != NULL) {
        frame->next_item = find_next_item(printer, frame, item);
        begin_print_line(printer, item->key);
        print_config_value(printer, schema_find(frame->row, item->key), item);
        return;
    }
    close_frame(printer);
}

void config_print(const struct config *config, struct text *text)
{
    CHECK(config->source != NULL);
    struct printer printer = {.text = text, .source = config->source};
    print_config_value(&printer, schema_get(""), NULL);
    while (printer.depth > 0) {
        print_step(&printer);
    }
    text_add(text, "\n");
}
