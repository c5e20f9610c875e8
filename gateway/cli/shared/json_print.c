#include "gateway/cli/shared/json_print.h"

#include <math.h>
#include <stdio.h>

enum {
    ANSWER_BYTES_MAX = 512 * 1024 * 1024
}; /* a thorough scan explains every model for every unit */

struct text json_print_begin(void)
{
    return text_growing(ANSWER_BYTES_MAX);
}

void json_print_end(struct text *text)
{
    CHECK(!text->is_cut);
    (void) puts(text->bytes);
    (void) fflush(stdout);
    text_free(text);
}

void json_print_number(struct text *text, const char *key, double number)
{
    json_write_key(text, key);
    text_add(text, isfinite(number) ? "%.10g" : "null", number);
}

void json_print_link(struct text *text, const struct link_settings *link)
{
    json_write_key_open(text, "link", '{');
    json_write_key_string(text, "type", link_kind_name(link->kind));
    if (link->id != NULL) {
        json_write_key_string(text, "id", link->id);
    }
    json_write_key_string(text, link->kind == LINK_RTU ? "device" : "host", link->address);
    if (link->kind != LINK_RTU) {
        json_write_key_int(text, "port", link->port);
    }
    json_write_close(text, '}');
}

static void add_point_value(struct text *text, const struct profile_point *point,
                            const struct decode_value *value)
{
    bool has_value = quality_has_value(value->quality);
    json_write_open(text, '{');
    json_write_key_string(text, "key", point->key);
    json_write_key_string(text, "quantity", point->quantity);
    json_print_number(text, "value", has_value ? value->value : (double) NAN);
    json_write_key_string(text, "unit", point->unit);
    json_write_key_string(text, "quality", quality_name(value->quality));
    json_write_key_string(text, "reason",
                          value->means != NULL ? value->means : reason_text(value->reason));
    json_write_key_int(text, "raw", (int64_t) value->raw);
    json_write_close(text, '}');
}

void json_print_values(struct text *text, const struct profile *profile, int32_t read,
                       const struct decode_value *values)
{
    json_write_key_open(text, "values", '[');
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (read < 0 || profile->point[i].read == read) {
            add_point_value(text, &profile->point[i], &values[i]);
        }
    }
    json_write_close(text, ']');
}
