/* json_fields.h - reads members of JSON objects with their types and limits. Pure.
 *
 * Reading goes on after a mistake, so that one run finds them all; a member that cannot be
 * read gets its default. A caller that wants one sentence keeps the first one. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/check.h"
#include "gateway/base/json.h"
#include "gateway/base/suggest.h"
#include "gateway/base/units.h"

struct json_fields {
    struct arena *arena; /* for copies of strings; NULL: they stay the tree's */
    /* Takes each mistake: its value, or the object that lacks one, and a sentence without a
     * path. */
    void (*add)(void *context, const struct json *at, const char *sentence);
    void *context;
    int32_t mistake_count;
};

void json_fields_mistake(struct json_fields *fields, const struct json *at, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* `object` must be an object. Each member must be in `known`, a list of names with blanks between,
 * or begin with x_. */
void json_fields_known(struct json_fields *fields, const struct json *object, const char *known);

/* The first member that is not in `known`, a list of names with blanks between; NULL: there is
 * none. ret_nearest becomes the known name that was probably meant, or "". */
const struct json *json_fields_find_unknown(const struct json *object, const char *known,
                                            char ret_nearest[static SUGGEST_WORD_MAX]);

/* The member if it is there and of this type, else NULL. A wrong type is a mistake; for
 * json_fields_need absence is one too. */
const struct json *json_fields_may(struct json_fields *fields, const struct json *object,
                                   const char *key, enum json_type type);
const struct json *json_fields_need(struct json_fields *fields, const struct json *object,
                                    const char *key, enum json_type type);

/* Absence is a mistake. The type is checked where the member is read. */
void json_fields_require(struct json_fields *fields, const struct json *object, const char *key,
                         enum json_type type);

/* True of a number without a fraction, or of a string that holds one, decimal or like "0x1F". */
bool json_fields_is_whole(const struct json *member, int64_t *ret_value);

/* The number of this member from min to max; `otherwise` when it is absent or wrong. For need_whole
 * absence is a mistake. */
int64_t json_fields_whole(struct json_fields *fields, const struct json *object, const char *key,
                          int64_t min, int64_t max, int64_t otherwise);
int64_t json_fields_need_whole(struct json_fields *fields, const struct json *object,
                               const char *key, int64_t min, int64_t max, int64_t otherwise);
double json_fields_number(struct json_fields *fields, const struct json *object, const char *key,
                          double otherwise);

double json_fields_number_within(struct json_fields *fields, const struct json *object,
                                 const char *key, double min, double max, double otherwise);

bool json_fields_bool(struct json_fields *fields, const struct json *object, const char *key,
                      bool otherwise);

/* A span like "20s" (see parse_duration), in ms. */
ms_t json_fields_duration(struct json_fields *fields, const struct json *object, const char *key,
                          ms_t otherwise);

/* A copy of a name like relay-1; "" and a mistake when it is none. */
const char *json_fields_id(struct json_fields *fields, const struct json *object, const char *key);

/* A copy of the string; `otherwise` when absent. */
const char *json_fields_text(struct json_fields *fields, const struct json *object, const char *key,
                             const char *otherwise);

/* The index of the string in `words`, a list with blanks between; -1 when absent or none of
 * them. */
int32_t json_fields_word(struct json_fields *fields, const struct json *object, const char *key,
                         const char *words);

/* [min, max] in rising order. True when it was given and is right. */
bool json_fields_span(struct json_fields *fields, const struct json *object, const char *key,
                      double ret_span[2]);

/* An array whose items are all of `type`, at most `max` of them; else NULL. */
const struct json *json_fields_list(struct json_fields *fields, const struct json *object,
                                    const char *key, enum json_type type, int32_t max);
