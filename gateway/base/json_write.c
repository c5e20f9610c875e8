#include "gateway/base/json_write.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* Where a value begins, only a bracket, a colon or the blank of a prefix stands before it. */
void json_write_comma(struct text *text)
{
    if (text->length > 0 && strchr("[{: ", text->bytes[text->length - 1]) == NULL) {
        text_add_bytes(text, ",", 1);
    }
}

void json_write_open(struct text *text, char bracket)
{
    CHECK(bracket == '{' || bracket == '[');
    json_write_comma(text);
    text_add_bytes(text, &bracket, 1);
}

void json_write_close(struct text *text, char bracket)
{
    CHECK(bracket == '}' || bracket == ']');
    text_add_bytes(text, &bracket, 1);
}

void json_write_key(struct text *text, const char *key)
{
    json_write_comma(text);
    text_add(text, "\"%s\":", key);
}

void json_write_string(struct text *text, const char *string)
{
    json_write_comma(text);
    if (string == NULL) {
        text_add(text, "null");
    } else {
        text_add_json(text, string);
    }
}

void json_write_number(struct text *text, double number)
{
    json_write_comma(text);
    if (isfinite(number)) {
        text_add(text, "%.12g", number);
    } else {
        text_add(text, "null");
    }
}

void json_write_int(struct text *text, int64_t number)
{
    json_write_comma(text);
    text_add(text, "%" PRId64, number);
}

void json_write_bool(struct text *text, bool value)
{
    json_write_comma(text);
    text_add(text, "%s", value ? "true" : "false");
}

void json_write_hex(struct text *text, const uint8_t *bytes, size_t length)
{
    json_write_comma(text);
    text_add(text, "\"");
    for (size_t i = 0; i < length; i++) {
        text_add(text, "%s%02X", i == 0 ? "" : " ", bytes[i]);
    }
    text_add(text, "\"");
}

void json_write_time(struct text *text, const struct zone *zone, ms_t at)
{
    char iso[ZONE_ISO_MAX];
    if (at != 0) {
        zone_format_iso(zone, at, iso);
    }
    json_write_string(text, at == 0 ? NULL : iso);
}

void json_write_key_open(struct text *text, const char *key, char bracket)
{
    json_write_key(text, key);
    json_write_open(text, bracket);
}

void json_write_key_string(struct text *text, const char *key, const char *string)
{
    json_write_key(text, key);
    json_write_string(text, string);
}

void json_write_key_number(struct text *text, const char *key, double number)
{
    json_write_key(text, key);
    json_write_number(text, number);
}

void json_write_key_decimals(struct text *text, const char *key, double number, int decimals)
{
    json_write_key(text, key);
    if (isfinite(number)) {
        text_add(text, "%.*f", decimals, number);
    } else {
        text_add(text, "null");
    }
}

void json_write_key_int(struct text *text, const char *key, int64_t number)
{
    json_write_key(text, key);
    json_write_int(text, number);
}

void json_write_key_bool(struct text *text, const char *key, bool value)
{
    json_write_key(text, key);
    json_write_bool(text, value);
}

void json_write_key_hex(struct text *text, const char *key, const uint8_t *bytes, size_t length)
{
    json_write_key(text, key);
    json_write_hex(text, bytes, length);
}

void json_write_key_time(struct text *text, const char *key, const struct zone *zone, ms_t at)
{
    json_write_key(text, key);
    json_write_time(text, zone, at);
}
