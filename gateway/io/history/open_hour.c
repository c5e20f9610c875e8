#include "gateway/io/history/open_hour.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/check.h"
#include "gateway/base/memory.h"

void open_hour_add(struct open_hour *hour, const struct reading *reading)
{
    CHECK(reading->point >= 0 && reading->point < hour->count);
    struct minute_aggregate **minute = &hour->minute[minute_of(reading->at)];
    if (*minute == NULL) {
        *minute = memory_take((size_t) hour->count, sizeof **minute);
    }
    minute_aggregate_add(&(*minute)[reading->point], reading);
}

void open_hour_foresee(const struct open_hour *hour, const struct reading *reading)
{
    const struct minute_aggregate *minute = hour->minute[minute_of(reading->at)];
    if (minute != NULL) {
        __builtin_prefetch(&minute[reading->point], 1);
    }
}

bool open_hour_read(const struct open_hour *hour, int32_t number,
                    struct minute_aggregates *ret_minutes)
{
    CHECK(number >= 0 && number < hour->count);
    memset(ret_minutes, 0, sizeof *ret_minutes);
    bool has_samples = false;
    for (int32_t i = 0; i < MINUTES; i++) {
        if (hour->minute[i] != NULL) {
            ret_minutes->minute[i] = hour->minute[i][number];
            has_samples = has_samples || ret_minutes->minute[i].good > 0 ||
                          ret_minutes->minute[i].missing > 0;
        }
    }
    return has_samples;
}

void open_hour_clear(struct open_hour *hour)
{
    for (int32_t i = 0; i < MINUTES; i++) {
        free(hour->minute[i]);
        hour->minute[i] = NULL;
    }
}
