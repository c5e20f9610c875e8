#include "gateway/io/web/request/time_argument.h"

#include <stdint.h>
#include <string.h>

#include "gateway/base/parse.h"

static const struct zone utc = {.name = "UTC"};

struct cursor {
    const char *at;
};

/* Exactly `count` digits. */
static bool read_number(struct cursor *cursor, int count, int max, int *ret_number)
{
    int number = 0;
    for (int i = 0; i < count; i++) {
        char digit = cursor->at[i];
        if (digit < '0' || digit > '9') {
            return false;
        }
        number = number * 10 + (digit - '0');
    }
    cursor->at += count;
    *ret_number = number;
    return number <= max;
}

static bool read_char(struct cursor *cursor, const char *any_of)
{
    if (*cursor->at == '\0' || strchr(any_of, *cursor->at) == NULL) {
        return false;
    }
    cursor->at++;
    return true;
}

/* A day that its month does not have comes back as one of the next month. */
static bool is_day(const struct civil *civil)
{
    const struct civil day = zone_civil(&utc, zone_utc(&utc, civil));
    return day.month == civil->month && day.day == civil->day;
}

static bool read_date(struct cursor *cursor, struct civil *civil)
{
    return read_number(cursor, 4, 9999, &civil->year) && read_char(cursor, "-") &&
           read_number(cursor, 2, 12, &civil->month) && read_char(cursor, "-") &&
           read_number(cursor, 2, 31, &civil->day) && civil->year >= 1970 && is_day(civil);
}

/* Digits after the point; those beyond milliseconds are cut. */
static bool read_fraction(struct cursor *cursor, struct civil *civil)
{
    int scale = 100;
    const char *start = cursor->at;
    while (*cursor->at >= '0' && *cursor->at <= '9') {
        civil->ms += (*cursor->at - '0') * scale;
        scale /= 10;
        cursor->at++;
    }
    return cursor->at > start && cursor->at - start <= 9;
}

static bool read_time(struct cursor *cursor, struct civil *civil)
{
    if (!read_number(cursor, 2, 23, &civil->hour) || !read_char(cursor, ":") ||
        !read_number(cursor, 2, 59, &civil->minute)) {
        return false;
    }
    if (!read_char(cursor, ":")) {
        return true;
    }
    return read_number(cursor, 2, 59, &civil->second) &&
           (!read_char(cursor, ".") || read_fraction(cursor, civil));
}

/* Z or +08:00 or +0800. */
static bool read_offset(struct cursor *cursor, ms_t *ret_offset)
{
    if (read_char(cursor, "Z")) {
        *ret_offset = 0;
        return true;
    }
    bool is_west = *cursor->at == '-';
    int hours = 0;
    int minutes = 0;
    if (!read_char(cursor, "+- ") || !read_number(cursor, 2, 15, &hours)) {
        return false;
    }
    (void) read_char(cursor, ":");
    if (!read_number(cursor, 2, 59, &minutes)) {
        return false;
    }
    ms_t offset = hours * MS_PER_HOUR + minutes * MS_PER_MINUTE;
    *ret_offset = is_west ? -offset : offset;
    return true;
}

bool time_argument_parse(const struct zone *zone, const char *text, ms_t *ret_at)
{
    int64_t number = 0;
    if (strchr(text, 'x') == NULL && parse_int(text, 0, INT64_C(253402300799999), &number)) {
        *ret_at = number;
        return true;
    }
    struct cursor cursor = {.at = text};
    struct civil civil = {0};
    if (!read_date(&cursor, &civil) ||
        (*cursor.at != '\0' && (!read_char(&cursor, "T ") || !read_time(&cursor, &civil)))) {
        return false;
    }
    if (*cursor.at == '\0') {
        *ret_at = zone_utc(zone, &civil);
        return *ret_at >= 0;
    }
    ms_t offset = 0;
    if (!read_offset(&cursor, &offset) || *cursor.at != '\0') {
        return false;
    }
    *ret_at = zone_utc(&utc, &civil) - offset;
    return *ret_at >= 0;
}
