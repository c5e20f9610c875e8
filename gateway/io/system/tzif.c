#include "gateway/io/system/tzif.h"

#include <ctype.h>
#include <string.h>

enum {
    HEADER_BYTES = 44,
    TYPE_BYTES = 6,
    OFFSET_MAX_S = 26 * 3600, /* RFC 8536, 3.2 */
    FOOTER_MAX = 64,          /* the longest of the database has 44 bytes */
    HOURS_MAX = 167,          /* of a rule's time of day, RFC 8536, 3.3.1 */
    RULE_TIME_S = 2 * 3600,   /* when a rule names none */
};

/* The counts of a header, in the order of the file. */
struct counts {
    uint32_t is_utc, is_std, leap, time, type, character;
};

/* Where in the year the clocks change, seconds of local time. */
struct date_rule {
    int month, week, weekday;
    int64_t time_s;
};

struct footer {
    int32_t std_s, dst_s; /* seconds east of UTC */
    bool has_dst;
    struct date_rule start, end; /* of daylight saving time */
};

static int64_t big_endian(const uint8_t *bytes, int count)
{
    uint64_t value = (bytes[0] & 0x80U) != 0 ? UINT64_MAX : 0; /* carries the sign */
    for (int i = 0; i < count; i++) {
        value = value << 8 | bytes[i];
    }
    return (int64_t) value;
}

static bool read_header(const uint8_t *bytes, size_t length, struct counts *ret_counts)
{
    if (length < HEADER_BYTES || memcmp(bytes, "TZif", 4) != 0 || bytes[4] < '2') {
        return false;
    }
    uint32_t count[6];
    for (int i = 0; i < 6; i++) {
        count[i] = (uint32_t) (big_endian(bytes + 20 + (ptrdiff_t) i * 4, 4) & 0xFFFFFFFF);
        if (count[i] > 65536) {
            return false; /* no zone has so many; the sizes below cannot overflow */
        }
    }
    *ret_counts = (struct counts){count[0], count[1], count[2], count[3], count[4], count[5]};
    return true;
}

static size_t block_bytes(const struct counts *counts, size_t time_bytes)
{
    return counts->time * (time_bytes + 1) + (size_t) counts->type * TYPE_BYTES +
           counts->character + counts->leap * (time_bytes + 4) + counts->is_std + counts->is_utc;
}

static ms_t year_begin(int year)
{
    static const struct zone utc = {.count = 0};
    return zone_utc(&utc, &(struct civil){.year = year, .month = 1, .day = 1});
}

/* Adds the next change. One before the first year only sets the offset at its beginning. */
static bool add_change(struct zone *zone, ms_t from, int32_t offset)
{
    if (from <= year_begin(TZIF_FIRST_YEAR)) {
        zone->change[0].offset = offset;
        return true;
    }
    bool is_news = zone->change[zone->count - 1].offset != offset;
    if (!is_news || from >= year_begin(TZIF_LAST_YEAR + 1)) {
        return true;
    }
    if (zone->count == ZONE_CHANGES_MAX) {
        return false;
    }
    zone->change[zone->count++] = (struct zone_change){.from = from, .offset = offset};
    return true;
}

/* "CST" or "<+08>". */
static bool skip_name(const char **at)
{
    const char *text = *at;
    if (*text == '<') {
        const char *end = strchr(text, '>');
        *at = end == NULL ? text : end + 1;
        return end != NULL;
    }
    while (isalpha((unsigned char) *text) != 0) {
        text++;
    }
    bool is_long_enough = text - *at >= 3;
    *at = text;
    return is_long_enough;
}

static bool read_rule_number(const char **at, int64_t max, int64_t *ret_number)
{
    if (isdigit((unsigned char) **at) == 0) {
        return false;
    }
    int64_t number = 0;
    for (; isdigit((unsigned char) **at) != 0 && number <= max; (*at)++) {
        number = number * 10 + (**at - '0');
    }
    *ret_number = number;
    return number <= max;
}

static bool skip_character(const char **at, char character)
{
    bool is_there = **at == character;
    *at += is_there ? 1 : 0;
    return is_there;
}

/* "[+-]h[h][:mm[:ss]]" to seconds. */
static bool read_rule_time(const char **at, int64_t *ret_seconds)
{
    bool is_minus = **at == '-';
    *at += is_minus || **at == '+' ? 1 : 0;
    int64_t hours = 0;
    int64_t minutes = 0;
    int64_t seconds = 0;
    if (!read_rule_number(at, HOURS_MAX, &hours) ||
        (skip_character(at, ':') && !read_rule_number(at, 59, &minutes)) ||
        (skip_character(at, ':') && !read_rule_number(at, 59, &seconds))) {
        return false;
    }
    int64_t total = hours * 3600 + minutes * 60 + seconds;
    *ret_seconds = is_minus ? -total : total;
    return true;
}

/* POSIX counts offsets west of UTC, we count them east. */
static bool read_rule_offset(const char **at, int32_t *ret_east_s)
{
    int64_t west_s = 0;
    if (!read_rule_time(at, &west_s) || west_s > OFFSET_MAX_S || west_s < -OFFSET_MAX_S) {
        return false;
    }
    *ret_east_s = (int32_t) -west_s;
    return true;
}

/* ",Mm.w.d[/time]". */
static bool read_rule_date(const char **at, struct date_rule *ret_date)
{
    int64_t month = 0;
    int64_t week = 0;
    int64_t weekday = 0;
    bool is_date = skip_character(at, ',') && skip_character(at, 'M') &&
                   read_rule_number(at, 12, &month) && skip_character(at, '.') &&
                   read_rule_number(at, 5, &week) && skip_character(at, '.') &&
                   read_rule_number(at, 6, &weekday) && month >= 1 && week >= 1;
    *ret_date = (struct date_rule){(int) month, (int) week, (int) weekday, RULE_TIME_S};
    return is_date && (!skip_character(at, '/') || read_rule_time(at, &ret_date->time_s));
}

static bool read_footer(const char *text, struct footer *footer)
{
    const char *at = text;
    if (!skip_name(&at) || !read_rule_offset(&at, &footer->std_s)) {
        return false;
    }
    footer->has_dst = *at != '\0';
    if (!footer->has_dst) {
        return true;
    }
    footer->dst_s = footer->std_s + 3600;
    if (!skip_name(&at) || (*at != ',' && !read_rule_offset(&at, &footer->dst_s))) {
        return false;
    }
    return read_rule_date(&at, &footer->start) && read_rule_date(&at, &footer->end) && *at == '\0';
}

/* The time of a rule in a year, with local time taken as UTC. */
static ms_t find_rule_time(const struct date_rule *rule, int year)
{
    static const struct zone utc = {.count = 0};
    struct civil first = {.year = year, .month = rule->month, .day = 1};
    struct civil next = {.year = rule->month == 12 ? year + 1 : year,
                         .month = rule->month == 12 ? 1 : rule->month + 1,
                         .day = 1};
    ms_t month_at = zone_utc(&utc, &first);
    ms_t month_days = (zone_utc(&utc, &next) - month_at) / MS_PER_DAY;
    int first_weekday = zone_civil(&utc, month_at).weekday;
    ms_t day = (rule->weekday - first_weekday + 7) % 7 + (ms_t) 7 * (rule->week - 1);
    while (day >= month_days) {
        day -= 7; /* week 5 is the last one */
    }
    return month_at + day * MS_PER_DAY + rule->time_s * MS_PER_SECOND;
}

/* Adds the changes by the footer's rule after `last`, the last change that the file lists. */
static bool add_rule_changes(struct zone *zone, const struct footer *footer, ms_t last)
{
    int32_t std = footer->std_s * (int32_t) MS_PER_SECOND;
    int32_t dst = footer->dst_s * (int32_t) MS_PER_SECOND;
    bool fits = true;
    for (int year = TZIF_FIRST_YEAR - 1; year <= TZIF_LAST_YEAR; year++) {
        struct zone_change start = {find_rule_time(&footer->start, year) - std, dst};
        struct zone_change end = {find_rule_time(&footer->end, year) - dst, std};
        bool is_northern = start.from < end.from;
        struct zone_change first = is_northern ? start : end;
        struct zone_change second = is_northern ? end : start;
        fits = fits && (first.from <= last || add_change(zone, first.from, first.offset)) &&
               (second.from <= last || add_change(zone, second.from, second.offset));
    }
    return fits;
}

/* The changes that the file lists, from its block of 8-byte times. */
static bool add_listed_changes(const uint8_t *block, const struct counts *counts, struct zone *zone,
                               ms_t *ret_last)
{
    const uint8_t *index = block + (size_t) counts->time * 8;
    const uint8_t *type = index + counts->time;
    ms_t last = INT64_MIN;
    zone->count = 1;
    zone->change[0].from = INT64_MIN;
    for (uint32_t i = 0; i <= counts->time; i++) { /* type 0 holds before the first change */
        uint8_t of_change = i == 0 ? 0 : index[i - 1];
        if (of_change >= counts->type) {
            return false;
        }
        int64_t east_s = big_endian(type + (size_t) of_change * TYPE_BYTES, 4);
        int64_t at_s = i == 0 ? INT64_MIN / 2000 : big_endian(block + (size_t) (i - 1) * 8, 8);
        bool is_sane = east_s >= -OFFSET_MAX_S && east_s <= OFFSET_MAX_S &&
                       at_s > INT64_MIN / 1001 && at_s < INT64_MAX / 1001;
        if (!is_sane || at_s * MS_PER_SECOND < last) {
            return false;
        }
        last = at_s * MS_PER_SECOND;
        if (!add_change(zone, last, (int32_t) (east_s * MS_PER_SECOND))) {
            return false;
        }
    }
    *ret_last = last;
    return true;
}

/* "\nCST-8\n" at the end of the file; an empty one has no rule. */
static bool add_footer_changes(const uint8_t *bytes, size_t length, struct zone *zone, ms_t last)
{
    if (length < 2 || length > FOOTER_MAX || bytes[0] != '\n' || bytes[length - 1] != '\n') {
        return false;
    }
    char text[FOOTER_MAX] = "";
    memcpy(text, bytes + 1, length - 2);
    if (text[0] == '\0') {
        return true;
    }
    struct footer footer = {.has_dst = false};
    return read_footer(text, &footer) && (!footer.has_dst || add_rule_changes(zone, &footer, last));
}

bool tzif_parse(const uint8_t *bytes, size_t length, struct zone *ret_zone, struct error *error)
{
    struct counts counts;
    if (!read_header(bytes, length, &counts)) {
        return error_set(error, "no time zone file of version 2 or later");
    }
    size_t at = HEADER_BYTES +
                block_bytes(&counts, 4); /* skips the block of version 1: its times have 4 bytes */
    if (at > length || !read_header(bytes + at, length - at, &counts)) {
        return error_set(error, "the time zone file is cut short");
    }
    at += HEADER_BYTES;
    size_t size = block_bytes(&counts, 8);
    if (size > length - at) {
        return error_set(error, "the time zone file is cut short");
    }
    if (counts.leap > 0) {
        return error_set(error, "the time zone counts leap seconds, which the gateway does not");
    }
    struct zone zone = {.count = 0};
    ms_t last = 0;
    if (!add_listed_changes(bytes + at, &counts, &zone, &last)) {
        return error_set(error, "the time zone's changes are damaged or too many");
    }
    if (!add_footer_changes(bytes + at + size, length - at - size, &zone, last)) {
        return error_set(error, "the time zone's rule for later years is not understood");
    }
    *ret_zone = zone;
    return true;
}
