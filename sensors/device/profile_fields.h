/* profile_fields.h - the members of a profile's objects: found, typed, within limits, or a mistake with its path. Pure.
 *
 * A reader goes on after a mistake, so that one run shows them all; what it could not read stays as it was. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/json.h"
#include "sensors/device/profile.h"

struct fields {
    struct arena *arena; /* for strings that are kept */
    const struct profile_problems *problems;
    int32_t mistake_count;
};

/* A whole number: what it is called and what it may be. Numbers may be written as "0x1F" strings. */
struct fields_whole {
    const char *key;
    int64_t min, max;
    bool is_needed;
};

void fields_mistake(struct fields *fields, const struct json *at, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Each member must be in `known`, a list of names with blanks between, or begin with x_. */
void fields_known(struct fields *fields, const struct json *object, const char *known);

/* The member when it is there and of this type, else NULL; a wrong type is a mistake, and so is absence in `need`. */
const struct json *fields_may(struct fields *fields, const struct json *object, const char *key,
                              enum json_type type);
const struct json *fields_need(struct fields *fields, const struct json *object, const char *key,
                               enum json_type type);

/* Absence is a mistake; the type is left to whoever reads it. */
void fields_require(struct fields *fields, const struct json *object, const char *key,
                    enum json_type type);

/* The number of this member within its limits; `otherwise` when it is absent or wrong. */
int64_t fields_whole(struct fields *fields, const struct json *object, struct fields_whole whole,
                     int64_t otherwise);
double fields_number(struct fields *fields, const struct json *object, const char *key,
                     double otherwise);

/* The member "addr": what goes over the wire, 0...65535. A number as manuals count registers (40001, 30001, 10001,
 * 400001 ...) is refused and says what to subtract; written as "0x9C41" it is believed. */
uint16_t fields_address(struct fields *fields, const struct json *object, uint8_t function);

/* A copy in the arena of a name like relay-1; "" and a mistake when it is none. */
const char *fields_id(struct fields *fields, const struct json *object, const char *key);

/* A copy in the arena; `otherwise` when absent. */
const char *fields_text(struct fields *fields, const struct json *object, const char *key,
                        const char *otherwise);

/* The number of the word among `words` (a list with blanks between), -1 when absent or none of them. */
int32_t fields_word(struct fields *fields, const struct json *object, const char *key,
                    const char *words);

/* [min, max] in rising order. True when it was given and is right. */
bool fields_span(struct fields *fields, const struct json *object, const char *key,
                 double ret_span[2]);

/* The children of an array member, each of `type`; at most `max`. Returns the array or NULL. */
const struct json *fields_list(struct fields *fields, const struct json *object, const char *key,
                               enum json_type type, int32_t max);
