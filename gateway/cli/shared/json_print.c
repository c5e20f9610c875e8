#include "gateway/cli/shared/json_print.h"

#include <math.h>
#include <stdio.h>

#include "gateway/base/text.h"

enum { STRING_BYTES = 8 * 1024 }; /* the longest reason, escaped */

void json_out_string(const char *string)
{
    char bytes[STRING_BYTES];
    struct text text = text_over(bytes, sizeof bytes);
    text_add_json(&text, string);
    (void) printf("%s", bytes);
}

void json_out_hex(const uint8_t *bytes, size_t length)
{
    (void) printf("\"");
    for (size_t i = 0; i < length; i++) {
        (void) printf("%s%02X", i == 0 ? "" : " ", bytes[i]);
    }
    (void) printf("\"");
}

void json_out_number(double number)
{
    if (isfinite(number)) {
        (void) printf("%.10g", number);
    } else {
        (void) printf("null");
    }
}

static const char *kind_name(enum link_kind kind)
{
    switch (kind) {
    case LINK_TCP:
        return "tcp";
    case LINK_RTU:
        return "rtu";
    case LINK_RTU_OVER_TCP:
        return "rtu_over_tcp";
    case LINK_DTU:
        break;
    }
    return "dtu";
}

void json_out_link(const struct link_settings *link)
{
    (void) printf("{\"type\":\"%s\",", kind_name(link->kind));
    if (link->id != NULL) {
        (void) printf("\"id\":\"%s\",", link->id);
    }
    (void) printf("\"%s\":", link->kind == LINK_RTU ? "device" : "host");
    json_out_string(link->address);
    if (link->kind != LINK_RTU) {
        (void) printf(",\"port\":%d", (int) link->port);
    }
    (void) printf("}");
}

static void put_value(const struct profile_point *point, const struct decode_value *value)
{
    bool has_value = value->quality == QUALITY_GOOD || value->quality == QUALITY_UNCERTAIN;
    (void) printf("{\"key\":\"%s\",\"quantity\":\"%s\",\"value\":", point->key, point->quantity);
    json_out_number(has_value ? value->value : (double) NAN);
    (void) printf(",\"unit\":");
    json_out_string(point->unit);
    (void) printf(",\"quality\":\"%s\",\"reason\":", quality_name(value->quality));
    json_out_string(value->means != NULL ? value->means : reason_text(value->reason));
    (void) printf(",\"raw\":%lu}", (unsigned long) value->raw);
}

void json_out_values(const struct profile *profile, int32_t read, const struct decode_value *values)
{
    bool is_first = true;
    (void) printf("[");
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (read < 0 || profile->point[i].read == read) {
            (void) printf("%s", is_first ? "" : ",");
            put_value(&profile->point[i], &values[i]);
            is_first = false;
        }
    }
    (void) printf("]");
}
