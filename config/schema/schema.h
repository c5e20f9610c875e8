/* schema.h - the one table that knows every key of the config: its type, range, default and help.
 *
 * It parses, checks, prints help and generates config/huoyan.schema.json. A row's path is a JSON
 * pointer in which "*" stands for any position of a list or any name of a map. A parent stands
 * before its children, and its descendants follow it without a gap. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "config/schema/reader.h"
#include "gateway/base/json.h"
#include "gateway/base/suggest.h"
#include "gateway/base/text.h"
#include "gateway/base/units.h"

enum schema_type {
    SCHEMA_OBJECT, /* keys as the table has them */
    SCHEMA_MAP,    /* any keys, one kind of value */
    SCHEMA_LIST,   /* min...max items */
    SCHEMA_ID,     /* [a-z0-9][a-z0-9_-]{0,31} */
    SCHEMA_TEXT,   /* min...max bytes */
    SCHEMA_CHOICE, /* one of `choices` */
    SCHEMA_SPAN,   /* "500ms" "5s" "10m" "24h" "7d", min...max in ms */
    SCHEMA_BOOL,
    SCHEMA_INTEGER, /* min...max */
    SCHEMA_NUMBER,  /* min...max */
};

/* The default is JSON text; of TEXT, ID, CHOICE and SPAN it is the bare string. A "!" marks a
 * choice that is known but not yet supported. The members stand in the order in which a row is
 * read; their padding, 8 bytes in some 200 rows, does not matter.
 * NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding) */
struct schema_row {
    const char *path;
    enum schema_type type;
    double min, max;
    const char *help;
    bool is_required;
    const char *fallback; /* the default, NULL: none */
    const char *choices;  /* "tcp|rtu|!dtu" */
    const char
        *only; /* the types (of SMS: drivers) that this key belongs to: "tcp|dtu"; NULL: any */
    const char *refusal; /* why the key is refused although it is known, NULL: it is not */
    const char
        *no_effect; /* why the key (of a CHOICE: all but its default) does nothing yet, or NULL */
};

extern const struct schema_row schema_rows[];
extern const int schema_rows_count;

/* The row of a path ("" is the root); it must be there. */
const struct schema_row *schema_get(const char *path);

/* The row of one child: a key of an object; any key of a map and any item of a list (key NULL).
 * NULL: none. */
const struct schema_row *schema_find(const struct schema_row *parent, const char *key);

/* The next child row of `parent` behind `last` (NULL: the first), or NULL. */
const struct schema_row *schema_next(const struct schema_row *parent,
                                     const struct schema_row *last);

/* Walks the choices of a row. Start with .rest = the choices; false: there are no more. */
struct schema_choice {
    char text[SUGGEST_WORD_MAX];
    bool is_later; /* not yet supported */
    const char *rest;
};
bool schema_next_choice(struct schema_choice *choice);

/* Does the key belong to this object, by the object's 'type' or 'driver'? */
bool schema_belongs(const struct schema_row *row, const struct json *object);

/* The last part of the row's path: "poll". */
const char *schema_key(const struct schema_row *row);

/* Does the value fit its row? If not, one sentence: "must be 20ms to 1d, not 5ms". Containers: kind
 * and count. */
bool schema_fits(const struct schema_row *row, const struct json *value, struct error *error);

/* Refuses an object without the key: "needs 'KEY': WHY". */
void schema_require(struct reader *reader, const struct json *object, const char *key,
                    const char *why);

/* Checks one file's whole tree against the table: unknown keys, types, ranges, missing keys. */
void schema_check(struct reader *reader, const struct json *root);

/* One object of the config seen through its row: each value or else its default. Values that do not
 * fit count as absent: schema_check has reported them. */
struct schema_view {
    const struct json *object; /* NULL: absent, all defaults */
    const struct schema_row *row;
};

struct schema_view schema_view(const char *path, const struct json *object);
struct schema_view schema_inside(struct schema_view view, const char *key);

/* The value of a key when it is there and fits, else NULL. */
const struct json *schema_value(struct schema_view view, const char *key);

/* Each looks its key up in the table, which must have it with that type. */
const char *schema_text(struct schema_view view, const char *key); /* NULL: absent, no default */
const char *schema_text_or(struct schema_view view, const char *key, const char *otherwise);
/* The position of the value among the choices, which an enum may follow; 0: absent, no default. */
unsigned schema_choice_index(struct schema_view view, const char *key);
/* Copies it into a field; "" when absent. */
void schema_copy_text(struct schema_view view, const char *key, char *to, size_t size);
ms_t schema_span(struct schema_view view, const char *key); /* 0: absent without default */
double schema_number(struct schema_view view, const char *key);
int64_t schema_integer(struct schema_view view, const char *key);
bool schema_bool(struct schema_view view, const char *key);

/* The fitting items of a list or map, or those of its default. Of a default the items belong to no
 * file: nothing can be wrong with them. */
struct reader_items schema_items(struct arena *arena, struct schema_view view, const char *key);

/* Writes the default, which must be there, as a JSON value. */
void schema_print_fallback(struct text *text, const struct schema_row *row);

/* The whole table as lines for people: path, type, range, default, help. */
void schema_print_help(FILE *to);

/* The JSON Schema that the table generates; config/huoyan.schema.json must equal it. */
void schema_print_json(struct text *text);
