#include "sensors/simulator/simulator_fields.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/parse.h"

bool reader_complain(const struct reader *reader, const struct json *at, const char *sentence)
{
    char path[256];
    struct text text = text_over(path, sizeof path);
    json_add_path(at, &text);
    return error_set(reader->error, "line %d: %s: %s", at->line, path[0] == '\0' ? "/" : path,
                     sentence);
}

bool reader_only_keys(const struct reader *reader, const struct json *object,
                      const char *const *known)
{
    if (object->type != JSON_OBJECT) {
        return reader_complain(reader, object, "must be an object");
    }
    for (const struct json *member = object->child; member != NULL; member = member->next) {
        const char *const *key = known;
        while (*key != NULL && strcmp(*key, member->key) != 0) {
            key++;
        }
        if (*key == NULL) {
            return reader_complain(reader, member, "no such key");
        }
    }
    return true;
}

static bool number_of(const struct json *member, struct reader_bounds bounds, double *ret_number)
{
    int64_t whole = 0;
    double number = member->number;
    if (member->type == JSON_STRING && bounds.is_whole) {
        if (!parse_int(member->string, INT32_MIN, INT32_MAX, &whole)) {
            return false;
        }
        number = (double) whole;
    } else if (member->type != JSON_NUMBER) {
        return false;
    }
    if (number < bounds.min || number > bounds.max ||
        (bounds.is_whole && fabs(number - round(number)) > 0)) {
        return false;
    }
    *ret_number = number;
    return true;
}

bool reader_number(const struct reader *reader, const struct json *object, const char *key,
                   struct reader_bounds bounds, double *value)
{
    const struct json *member = json_find(object, key);
    if (member == NULL || number_of(member, bounds, value)) {
        return true;
    }
    char sentence[96];
    (void) snprintf(sentence, sizeof sentence, "must be a %s between %g and %g",
                    bounds.is_whole ? "whole number" : "number", bounds.min, bounds.max);
    return reader_complain(reader, member, sentence);
}

bool reader_word(const struct reader *reader, const struct json *object, const char *key,
                 uint16_t *value)
{
    double number = *value;
    bool is_read =
        reader_number(reader, object, key, (struct reader_bounds){0, UINT16_MAX, true}, &number);
    *value = (uint16_t) number;
    return is_read;
}

bool reader_span(const struct reader *reader, const struct json *object, const char *key,
                 us_t *span)
{
    const struct json *member = json_find(object, key);
    ms_t ms = 0;
    if (member == NULL) {
        return true;
    }
    if (member->type != JSON_STRING || !parse_duration(member->string, &ms)) {
        return reader_complain(reader, member, "must be a duration like \"20s\"");
    }
    *span = ms * US_PER_MS;
    return true;
}

bool reader_flag(const struct reader *reader, const struct json *object, const char *key,
                 bool *flag)
{
    const struct json *member = json_find(object, key);
    if (member == NULL) {
        return true;
    }
    if (member->type != JSON_BOOL) {
        return reader_complain(reader, member, "must be true or false");
    }
    *flag = member->boolean;
    return true;
}

bool reader_choice(const struct reader *reader, const struct json *object, const char *key,
                   const char *const *words, int *choice)
{
    const struct json *member = json_find(object, key);
    if (member == NULL) {
        return true;
    }
    for (int i = 0; words[i] != NULL && member->type == JSON_STRING; i++) {
        if (strcmp(words[i], member->string) == 0) {
            *choice = i;
            return true;
        }
    }
    char sentence[160];
    struct text text = text_over(sentence, sizeof sentence);
    text_add(&text, "must be one of");
    for (int i = 0; words[i] != NULL; i++) {
        text_add(&text, " %s", words[i]);
    }
    return reader_complain(reader, member, sentence);
}

static int hex_digit(char digit)
{
    static const char digits[] = "0123456789abcdef";
    char lower = (char) (digit >= 'A' && digit <= 'F' ? digit - 'A' + 'a' : digit);
    const char *at = lower == '\0' ? NULL : strchr(digits, lower);
    return at == NULL ? -1 : (int) (at - digits);
}

/* Pairs of digits, blanks between them. False: something else, or more than `max` bytes. */
static bool parse_hex(const char *text, size_t max, uint8_t *bytes, size_t *length)
{
    *length = 0;
    for (const char *at = text + strspn(text, " "); *at != '\0'; at += strspn(at, " ")) {
        int high = hex_digit(at[0]);
        int low = high < 0 ? -1 : hex_digit(at[1]);
        if (low < 0 || *length == max) {
            return false;
        }
        bytes[(*length)++] = (uint8_t) (high << 4 | low);
        at += 2;
    }
    return true;
}

bool reader_bytes(const struct reader *reader, const struct json *object, const char *key,
                  size_t max, uint8_t *bytes, size_t *length)
{
    static const char hex[] = "hex:";
    const struct json *member = json_find(object, key);
    if (member == NULL) {
        return true;
    }
    const char *text = member->type == JSON_STRING ? member->string : "";
    bool is_read = false;
    if (strncmp(text, hex, sizeof hex - 1) == 0) {
        is_read = parse_hex(text + sizeof hex - 1, max, bytes, length);
    } else if (strlen(text) <= max) {
        *length = strlen(text);
        memcpy(bytes, text, *length);
        is_read = true;
    }
    if (is_read && *length > 0) {
        return true;
    }
    char sentence[96];
    (void) snprintf(sentence, sizeof sentence,
                    "must be text, or \"hex: 7E 81\" for bytes, at most %zu of them", max);
    return reader_complain(reader, member, sentence);
}

bool reader_table(const struct reader *reader, const struct json *array, size_t size,
                  bool (*read)(const struct reader *reader, const struct json *json, void *to),
                  void **ret_table, int32_t *ret_count)
{
    if (array != NULL && array->type != JSON_ARRAY) {
        return reader_complain(reader, array, "must be an array");
    }
    int32_t count = array == NULL ? 0 : array->count;
    char *table = arena_take(reader->arena, (size_t) count, size);
    const struct json *each = array == NULL ? NULL : array->child;
    for (int32_t i = 0; i < count; i++, each = each->next) {
        if (!read(reader, each, table + (size_t) i * size)) {
            return false;
        }
    }
    *ret_table = table;
    *ret_count = count;
    return true;
}
