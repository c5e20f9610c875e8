#include "gateway/base/json_fields.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/parse.h"

enum { SENTENCE_MAX = 512 };

static const int64_t whole_max = INT64_C(9007199254740991); /* beyond it a double skips numbers */

void json_fields_mistake(struct json_fields *fields, const struct json *at, const char *format, ...)
{
    char sentence[SENTENCE_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    fields->mistake_count++;
    fields->add(fields->context, at, sentence);
}

/* The index of `word` in a list with blanks between, or -1. */
static int32_t index_of_word(const char *words, const char *word)
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

void json_fields_known(struct json_fields *fields, const struct json *object, const char *known)
{
    if (object->type != JSON_OBJECT) {
        json_fields_mistake(fields, object, "must be an object, not %s",
                            json_type_text(object->type));
        return;
    }
    for (const struct json *member = object->child; member != NULL; member = member->next) {
        bool is_private = strncmp(member->key, "x_", 2) == 0;
        if (!is_private && index_of_word(known, member->key) < 0) {
            json_fields_mistake(
                fields, member,
                "no such member; here may stand: %s (and your own, beginning with x_)", known);
        }
    }
}

/* Known names are shorter than SUGGEST_WORD_MAX. */
static void find_nearest(const char *known, const char *word,
                         char ret_nearest[static SUGGEST_WORD_MAX])
{
    struct suggest suggest = {.word = word};
    for (const char *at = known; *at != '\0'; at += strspn(at, " ")) {
        char name[SUGGEST_WORD_MAX];
        size_t length = strcspn(at, " ");
        CHECK(length < sizeof name);
        memcpy(name, at, length);
        name[length] = '\0';
        suggest_offer(&suggest, name);
        at += length;
    }
    text_copy(ret_nearest, SUGGEST_WORD_MAX, suggest.best);
}

const struct json *json_fields_find_unknown(const struct json *object, const char *known,
                                            char ret_nearest[static SUGGEST_WORD_MAX])
{
    const struct json *member = object->child;
    while (member != NULL && index_of_word(known, member->key) >= 0) {
        member = member->next;
    }
    if (member != NULL) {
        find_nearest(known, member->key, ret_nearest);
    }
    return member;
}

const struct json *json_fields_may(struct json_fields *fields, const struct json *object,
                                   const char *key, enum json_type type)
{
    const struct json *member = json_find(object, key);
    if (member == NULL) {
        return NULL;
    }
    if (member->type != type) {
        json_fields_mistake(fields, member, "must be %s, not %s", json_type_text(type),
                            json_type_text(member->type));
        return NULL;
    }
    return member;
}

void json_fields_require(struct json_fields *fields, const struct json *object, const char *key,
                         enum json_type type)
{
    if (json_find(object, key) == NULL) {
        json_fields_mistake(fields, object, "'%s' is missing: it must be %s", key,
                            json_type_text(type));
    }
}

const struct json *json_fields_need(struct json_fields *fields, const struct json *object,
                                    const char *key, enum json_type type)
{
    json_fields_require(fields, object, key, type);
    return json_fields_may(fields, object, key, type);
}

bool json_fields_is_whole(const struct json *member, int64_t *ret_value)
{
    if (member->type == JSON_STRING) {
        return parse_int(member->string, -whole_max, whole_max, ret_value);
    }
    double number = member->number;
    if (member->type != JSON_NUMBER || fabs(number) > (double) whole_max ||
        fabs(number - round(number)) > 0) {
        return false;
    }
    *ret_value = (int64_t) number;
    return true;
}

int64_t json_fields_whole(struct json_fields *fields, const struct json *object, const char *key,
                          int64_t min, int64_t max, int64_t otherwise)
{
    const struct json *member = json_find(object, key);
    if (member == NULL) {
        return otherwise;
    }
    int64_t value = 0;
    if (!json_fields_is_whole(member, &value)) {
        json_fields_mistake(fields, member, "must be a whole number, or a string like \"0x01F4\"");
        return otherwise;
    }
    if (value < min || value > max) {
        json_fields_mistake(fields, member, "%lld is not within %lld and %lld", (long long) value,
                            (long long) min, (long long) max);
        return otherwise;
    }
    return value;
}

int64_t json_fields_need_whole(struct json_fields *fields, const struct json *object,
                               const char *key, int64_t min, int64_t max, int64_t otherwise)
{
    if (json_find(object, key) == NULL) {
        json_fields_mistake(fields, object, "'%s' is missing: it must be a whole number", key);
    }
    return json_fields_whole(fields, object, key, min, max, otherwise);
}

double json_fields_number(struct json_fields *fields, const struct json *object, const char *key,
                          double otherwise)
{
    const struct json *member = json_fields_may(fields, object, key, JSON_NUMBER);
    return member == NULL ? otherwise : member->number;
}

double json_fields_number_within(struct json_fields *fields, const struct json *object,
                                 const char *key, double min, double max, double otherwise)
{
    const struct json *member = json_fields_may(fields, object, key, JSON_NUMBER);
    if (member == NULL || (member->number >= min && member->number <= max)) {
        return member == NULL ? otherwise : member->number;
    }
    json_fields_mistake(fields, member, "must be a number between %g and %g", min, max);
    return otherwise;
}

bool json_fields_bool(struct json_fields *fields, const struct json *object, const char *key,
                      bool otherwise)
{
    const struct json *member = json_fields_may(fields, object, key, JSON_BOOL);
    return member == NULL ? otherwise : member->boolean;
}

ms_t json_fields_duration(struct json_fields *fields, const struct json *object, const char *key,
                          ms_t otherwise)
{
    const struct json *member = json_find(object, key);
    ms_t span = otherwise;
    if (member != NULL && (member->type != JSON_STRING || !parse_duration(member->string, &span))) {
        json_fields_mistake(fields, member, "must be a duration like \"20s\"");
    }
    return span;
}

static const char *keep_field_string(struct json_fields *fields, const struct json *member)
{
    return fields->arena == NULL ? member->string : arena_copy(fields->arena, member->string);
}

const char *json_fields_id(struct json_fields *fields, const struct json *object, const char *key)
{
    const struct json *member = json_fields_need(fields, object, key, JSON_STRING);
    if (member == NULL) {
        return "";
    }
    if (!parse_is_id(member->string)) {
        json_fields_mistake(fields, member,
                            "'%s' is no id: use small letters, digits, - and _, at most 32",
                            member->string);
    }
    return keep_field_string(fields, member);
}

const char *json_fields_text(struct json_fields *fields, const struct json *object, const char *key,
                             const char *otherwise)
{
    const struct json *member = json_fields_may(fields, object, key, JSON_STRING);
    return member == NULL ? otherwise : keep_field_string(fields, member);
}

int32_t json_fields_word(struct json_fields *fields, const struct json *object, const char *key,
                         const char *words)
{
    const struct json *member = json_fields_may(fields, object, key, JSON_STRING);
    if (member == NULL) {
        return -1;
    }
    int32_t index = index_of_word(words, member->string);
    if (index < 0) {
        json_fields_mistake(fields, member, "'%s' is none of: %s", member->string, words);
    }
    return index;
}

bool json_fields_span(struct json_fields *fields, const struct json *object, const char *key,
                      double ret_span[2])
{
    const struct json *list = json_fields_list(fields, object, key, JSON_NUMBER, 2);
    if (list == NULL) {
        return false;
    }
    if (list->count != 2 || list->child->number > list->child->next->number) {
        json_fields_mistake(fields, list, "must be [lowest, highest]");
        return false;
    }
    ret_span[0] = list->child->number;
    ret_span[1] = list->child->next->number;
    return true;
}

const struct json *json_fields_list(struct json_fields *fields, const struct json *object,
                                    const char *key, enum json_type type, int32_t max)
{
    const struct json *list = json_fields_may(fields, object, key, JSON_ARRAY);
    if (list == NULL) {
        return NULL;
    }
    if (list->count > max) {
        json_fields_mistake(fields, list, "holds %d, at most %d are allowed", list->count, max);
        return NULL;
    }
    int32_t before = fields->mistake_count;
    for (const struct json *item = list->child; item != NULL; item = item->next) {
        if (item->type != type) {
            json_fields_mistake(fields, item, "must be %s, not %s", json_type_text(type),
                                json_type_text(item->type));
        }
    }
    return fields->mistake_count == before ? list : NULL;
}
