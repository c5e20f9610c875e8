#include "gateway/base/zone.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int32_t find_offset(const struct zone *zone, ms_t at)
{
    int32_t offset = zone->count > 0 ? zone->change[0].offset : 0;
    for (int i = 0; i < zone->count && zone->change[i].from <= at; i++) {
        offset = zone->change[i].offset;
    }
    return offset;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0 ? 1 : 0);
}

/* Days since 1970-01-01 of a Gregorian date. Years are counted from March here, so the leap day is
 * the last of its year. */
static int64_t count_days(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = floor_div(shifted, 400);
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

static void set_date(int64_t days, struct civil *civil)
{
    int64_t shifted = days + 719468;
    int64_t era = floor_div(shifted, 146097);
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    civil->day = (int) (day_of_year - (153 * month + 2) / 5 + 1);
    civil->month = (int) (month < 10 ? month + 3 : month - 9);
    civil->year = (int) (year_of_era + era * 400 + (civil->month <= 2 ? 1 : 0));
}

struct civil zone_civil(const struct zone *zone, ms_t at)
{
    struct civil civil = {.offset = find_offset(zone, at)};
    ms_t local = at + civil.offset;
    int64_t days = floor_div(local, MS_PER_DAY);
    int64_t within = local - days * MS_PER_DAY;
    set_date(days, &civil);
    civil.weekday = (int) (((days + 4) % 7 + 7) % 7);
    civil.hour = (int) (within / MS_PER_HOUR);
    civil.minute = (int) (within / MS_PER_MINUTE % 60);
    civil.second = (int) (within / MS_PER_SECOND % 60);
    civil.ms = (int) (within % MS_PER_SECOND);
    return civil;
}

ms_t zone_utc(const struct zone *zone, const struct civil *local)
{
    ms_t at = count_days(local->year, local->month, local->day) * MS_PER_DAY +
              local->hour * MS_PER_HOUR + local->minute * MS_PER_MINUTE +
              local->second * MS_PER_SECOND + local->ms;
    /* The offset before a change gives the first of a time that happens twice. The offset after it
     * gives the times later that day. If neither gives the time back, the clocks skipped it: then
     * they count as changed later. */
    int32_t before = find_offset(zone, at - MS_PER_DAY);
    int32_t after = find_offset(zone, at + MS_PER_DAY);
    bool is_after =
        find_offset(zone, at - before) != before && find_offset(zone, at - after) == after;
    return at - (is_after ? after : before);
}

void zone_format_iso(const struct zone *zone, ms_t at, char to[static ZONE_ISO_MAX])
{
    struct civil civil = zone_civil(zone, at);
    int minutes = civil.offset / (int) MS_PER_MINUTE;
    (void) snprintf(to, ZONE_ISO_MAX, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%c%02d:%02d",
                    civil.year % 10000, civil.month % 100, civil.day % 100, civil.hour % 100,
                    civil.minute % 100, civil.second % 100, civil.ms % 1000,
                    minutes < 0 ? '-' : '+', abs(minutes) / 60 % 100, abs(minutes) % 60);
}
