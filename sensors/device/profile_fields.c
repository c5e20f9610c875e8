#include "sensors/device/profile_fields.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "gateway/base/parse.h"
#include "gateway/base/text.h"

enum { SENTENCE_MAX = 512, PATH_MAX_BYTES = 256 };

void fields_mistake(struct fields *fields, const struct json *at, const char *format, ...)
{
    char path_bytes[PATH_MAX_BYTES];
    struct text path = text_over(path_bytes, sizeof(path_bytes));
    json_add_path(at, &path);
    char sentence[SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(sentence, sizeof(sentence), format, arguments);
    va_end(arguments);
    fields->mistake_count++;
    fields->problems->add(fields->problems->context, path.bytes, sentence);
}

/* Where `word` stands in a list with blanks between, or -1. */
static int32_t index_of(const char *words, const char *word)
{
    size_t length = strlen(word);
    int32_t index = 0;
    while (*words != '\0') {
        size_t here = strcspn(words, " ");
        if (here == length && memcmp(words, word, length) == 0) {
            return index;
        }
        words += here;
        words += strspn(words, " ");
        index++;
    }
    return -1;
}

void fields_known(struct fields *fields, const struct json *object, const char *known)
{
    for (const struct json *member = object->child; member != NULL; member = member->next) {
        bool is_private = strncmp(member->key, "x_", 2) == 0;
        if (!is_private && index_of(known, member->key) < 0) {
            fields_mistake(fields, member,
                           "no such member; here may stand: %s (and your own, beginning with x_)",
                           known);
        }
    }
}

const struct json *fields_may(struct fields *fields, const struct json *object, const char *key,
                              enum json_type type)
{
    const struct json *member = json_find(object, key);
    if (member == NULL) {
        return NULL;
    }
    if (member->type != type) {
        fields_mistake(fields, member, "must be %s, not %s", json_type_text(type),
                       json_type_text(member->type));
        return NULL;
    }
    return member;
}

void fields_require(struct fields *fields, const struct json *object, const char *key,
                    enum json_type type)
{
    if (json_find(object, key) == NULL) {
        fields_mistake(fields, object, "'%s' is missing: it must be %s", key, json_type_text(type));
    }
}

const struct json *fields_need(struct fields *fields, const struct json *object, const char *key,
                               enum json_type type)
{
    fields_require(fields, object, key, type);
    return fields_may(fields, object, key, type);
}

/* A number without a fraction, or a string that holds one. */
static bool whole_of(const struct json *member, int64_t *ret_value)
{
    if (member->type == JSON_STRING) {
        return parse_int(member->string, -INT64_C(9007199254740991), INT64_C(9007199254740991),
                         ret_value);
    }
    double number = member->number;
    if (member->type != JSON_NUMBER || fabs(number) > 9007199254740991.0 ||
        fabs(number - round(number)) > 0) {
        return false;
    }
    *ret_value = (int64_t) number;
    return true;
}

int64_t fields_whole(struct fields *fields, const struct json *object, struct fields_whole whole,
                     int64_t otherwise)
{
    const struct json *member = json_find(object, whole.key);
    if (member == NULL) {
        if (whole.is_needed) {
            fields_mistake(fields, object, "'%s' is missing: it must be a whole number", whole.key);
        }
        return otherwise;
    }
    int64_t value = 0;
    if (!whole_of(member, &value)) {
        fields_mistake(fields, member, "must be a whole number, or a string like \"0x01F4\"");
        return otherwise;
    }
    if (value < whole.min || value > whole.max) {
        fields_mistake(fields, member, "%lld is not within %lld and %lld", (long long) value,
                       (long long) whole.min, (long long) whole.max);
        return otherwise;
    }
    return value;
}

double fields_number(struct fields *fields, const struct json *object, const char *key,
                     double otherwise)
{
    const struct json *member = fields_may(fields, object, key, JSON_NUMBER);
    return member == NULL ? otherwise : member->number;
}

/* --- addresses ----------------------------------------------------------- */

/* How manuals number: from `first` on, and which function reads them. */
static const struct numbering {
    int32_t first, last;
    uint8_t function;
} numberings[] = {
    {10001, 19999, 2},   {30001, 39999, 4},   {40001, 49999, 3},
    {100001, 165536, 2}, {300001, 365536, 4}, {400001, 465536, 3},
};

/* Registers and bits are numbered apart. 10001 may well be a real address of a register. */
static bool is_of_kind(uint8_t function, const struct numbering *numbering)
{
    bool is_bits = function <= 2 || function == 5 || function == 15;
    return is_bits == (numbering->function == 2) || numbering->first > UINT16_MAX;
}

static const struct numbering *find_numbering(uint8_t function, int64_t number)
{
    for (size_t i = 0; i < sizeof(numberings) / sizeof(numberings[0]); i++) {
        if (number >= numberings[i].first && number <= numberings[i].last &&
            is_of_kind(function, &numberings[i])) {
            return &numberings[i];
        }
    }
    return NULL;
}

uint16_t fields_address(struct fields *fields, const struct json *object, uint8_t function)
{
    const struct json *member = json_find(object, "addr");
    int64_t number = 0;
    const struct numbering *numbering = NULL;
    if (member != NULL && whole_of(member, &number)) {
        numbering = find_numbering(function, number);
    }
    bool is_hex =
        member != NULL && member->type == JSON_STRING && strncasecmp(member->string, "0x", 2) == 0;
    if (numbering == NULL || is_hex) {
        struct fields_whole address = {"addr", 0, UINT16_MAX, true};
        return (uint16_t) fields_whole(fields, object, address, 0);
    }
    fields_mistake(fields, member,
                   "%lld is how manuals number (read by function %d); addresses here begin with 0: "
                   "subtract %d and write %lld, or \"0x%04llX\" if this really is the address",
                   (long long) number, numbering->function, numbering->first,
                   (long long) number - numbering->first, (unsigned long long) number);
    return 0;
}

/* --- texts and words ----------------------------------------------------- */

const char *fields_id(struct fields *fields, const struct json *object, const char *key)
{
    const struct json *member = fields_need(fields, object, key, JSON_STRING);
    if (member == NULL) {
        return "";
    }
    if (!parse_is_id(member->string)) {
        fields_mistake(fields, member,
                       "'%s' is no id: use small letters, digits, - and _, at most 32",
                       member->string);
    }
    return arena_copy(fields->arena, member->string);
}

const char *fields_text(struct fields *fields, const struct json *object, const char *key,
                        const char *otherwise)
{
    const struct json *member = fields_may(fields, object, key, JSON_STRING);
    return member == NULL ? otherwise : arena_copy(fields->arena, member->string);
}

int32_t fields_word(struct fields *fields, const struct json *object, const char *key,
                    const char *words)
{
    const struct json *member = fields_may(fields, object, key, JSON_STRING);
    if (member == NULL) {
        return -1;
    }
    int32_t index = index_of(words, member->string);
    if (index < 0) {
        fields_mistake(fields, member, "'%s' is none of: %s", member->string, words);
    }
    return index;
}

bool fields_span(struct fields *fields, const struct json *object, const char *key,
                 double ret_span[2])
{
    const struct json *list = fields_list(fields, object, key, JSON_NUMBER, 2);
    if (list == NULL) {
        return false;
    }
    if (list->count != 2 || list->child->number > list->child->next->number) {
        fields_mistake(fields, list, "must be [lowest, highest]");
        return false;
    }
    ret_span[0] = list->child->number;
    ret_span[1] = list->child->next->number;
    return true;
}

const struct json *fields_list(struct fields *fields, const struct json *object, const char *key,
                               enum json_type type, int32_t max)
{
    const struct json *list = fields_may(fields, object, key, JSON_ARRAY);
    if (list == NULL) {
        return NULL;
    }
    if (list->count > max) {
        fields_mistake(fields, list, "holds %d, at most %d are allowed", list->count, max);
        return NULL;
    }
    int32_t before = fields->mistake_count;
    for (const struct json *item = list->child; item != NULL; item = item->next) {
        if (item->type != type) {
            fields_mistake(fields, item, "must be %s, not %s", json_type_text(type),
                           json_type_text(item->type));
        }
    }
    return fields->mistake_count == before ? list : NULL;
}
