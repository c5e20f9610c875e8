/* zone.h - UTC to the local time of the site without asking the system.
 *
 * A zone is a short table of offsets, each with the time it holds from. It is filled once at start
 * (gateway/io/system/clock.h) and pure afterwards, so the engine can write local times. */
#pragma once

#include <stddef.h>

#include "gateway/base/units.h"

enum { ZONE_CHANGES_MAX = 128 }; /* two changes a year for 60 years */

struct zone {
    char name[48]; /* "Asia/Shanghai" */
    int count;     /* of changes, 0 is UTC */
    struct zone_change {
        ms_t from;      /* UTC; the first one holds from the beginning */
        int32_t offset; /* milliseconds to add to UTC */
    } change[ZONE_CHANGES_MAX];
};

struct civil {
    int year, month, day; /* 2026, 1...12, 1...31 */
    int hour, minute, second, ms;
    int weekday;    /* 0 is Sunday */
    int32_t offset; /* milliseconds east of UTC */
};

/* The local date and time of `at`. */
struct civil zone_civil(const struct zone *zone, ms_t at);

/* UTC of a local date and time: the first of a time that happens twice, the time after a skipped
 * one. */
ms_t zone_utc(const struct zone *zone, const struct civil *local);

enum { ZONE_ISO_MAX = 40 };

/* "2026-07-18T14:20:40.123+08:00". */
void zone_format_iso(const struct zone *zone, ms_t at, char to[static ZONE_ISO_MAX]);
