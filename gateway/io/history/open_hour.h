/* open_hour.h - the minutes of the current hour of all points, in memory until the hour is closed.
 *
 * Ordered by minute, then by point: one block of readings touches neighbouring memory, even with
 * tens of thousands of points. 32 bytes a point for each minute that has begun. One thread at a
 * time. */
#pragma once

#include "gateway/io/history/minute_aggregates.h"

struct open_hour {
    int32_t count;                            /* points: numbers 0...count-1 */
    struct minute_aggregate *minute[MINUTES]; /* by number; NULL: nothing came in that minute */
};

/* Adds a reading of this hour; `reading->point` is the number. */
void open_hour_add(struct open_hour *hour, const struct reading *reading);

/* Prefetches the memory of a reading that will be added soon. */
void open_hour_foresee(const struct open_hour *hour, const struct reading *reading);

/* The hour of one point; false when it has no sample. */
bool open_hour_read(const struct open_hour *hour, int32_t number,
                    struct minute_aggregates *ret_minutes);

/* Forgets all samples and gives the memory back. */
void open_hour_clear(struct open_hour *hour);
