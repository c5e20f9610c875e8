#include "sensors/status/reading_backlog.h"

#include <string.h>

struct parcels {
    const struct link_settings *settings;
    int32_t block_max, reading_max;
    int32_t block_count, reading_count; /* that wait */
    int32_t *block;                     /* readings of each */
    struct reading *reading;
    int32_t *first_read; /* by device: its first block's place in last_at */
    ms_t *last_at; /* by block: times of one point rise, else a store takes two samples for one */
};

/* Points of the largest block of any device. */
static int32_t largest_block(const struct link_settings *settings)
{
    int32_t largest = 0;
    for (int32_t i = 0; i < settings->device_count; i++) {
        const struct profile *profile = settings->device[i].profile;
        int32_t points[PROFILE_READS_MAX] = {0};
        for (int32_t k = 0; k < profile->point_count; k++) {
            int32_t count = ++points[profile->point[k].read];
            largest = count > largest ? count : largest;
        }
    }
    return largest;
}

struct parcels *parcels_new(struct arena *arena, const struct link_settings *settings)
{
    struct parcels *parcels = arena_take(arena, 1, sizeof *parcels);
    parcels->settings = settings;
    /* A closed link says so for each of its blocks, behind the one transaction that was under way. */
    parcels->block_max = 1;
    parcels->reading_max = largest_block(settings);
    parcels->first_read =
        arena_take(arena, (size_t) settings->device_count, sizeof parcels->first_read[0]);
    int32_t read_count = 0;
    for (int32_t i = 0; i < settings->device_count; i++) {
        const struct profile *profile = settings->device[i].profile;
        parcels->first_read[i] = read_count;
        read_count += profile->read_count;
        parcels->block_max += 2 * profile->read_count;
        parcels->reading_max += 2 * profile->point_count;
    }
    parcels->last_at = arena_take(arena, (size_t) read_count, sizeof parcels->last_at[0]);
    parcels->block = arena_take(arena, (size_t) parcels->block_max, sizeof parcels->block[0]);
    parcels->reading = arena_take(arena, (size_t) parcels->reading_max, sizeof parcels->reading[0]);
    return parcels;
}

/* The millisecond of a result, later than that of the one before: a late reply and the next one may come together. */
static ms_t time_of(struct parcels *parcels, const struct link_result *result)
{
    ms_t *last_at = &parcels->last_at[parcels->first_read[result->device] + result->read];
    *last_at = max_ms(result->at / US_PER_MS, *last_at + 1);
    return *last_at;
}

static int32_t readings_of(struct parcels *parcels, const struct link_result *result,
                           struct reading reading[static PROFILE_POINTS_MAX])
{
    const struct link_device *device = &parcels->settings->device[result->device];
    ms_t at = time_of(parcels, result);
    int32_t count = 0;
    for (int32_t i = 0; i < device->profile->point_count; i++) {
        if (device->profile->point[i].read != result->read) {
            continue;
        }
        const struct decode_value *value = &result->values[i];
        reading[count++] = (struct reading){
            .point = device->first_point + i,
            .quality = value->quality,
            .reason = value->reason,
            .at = at,
            .value = value->value,
        };
    }
    return count;
}

static void keep(struct parcels *parcels, const struct reading *reading, int32_t count)
{
    CHECK(parcels->block_count < parcels->block_max);
    CHECK(parcels->reading_count + count <= parcels->reading_max);
    memcpy(parcels->reading + parcels->reading_count, reading, (size_t) count * sizeof *reading);
    parcels->reading_count += count;
    parcels->block[parcels->block_count++] = count;
}

void parcels_put(struct parcels *parcels, const struct link_result *result,
                 const struct parcels_taker *taker)
{
    struct reading reading[PROFILE_POINTS_MAX] UNINITIALIZED;
    int32_t count = readings_of(parcels, result, reading);
    if (count == 0) {
        return; /* a block that no point reads */
    }
    if (parcels->block_count > 0 || !taker->take(taker->context, reading, count)) {
        keep(parcels, reading, count);
    }
}

bool parcels_flush(struct parcels *parcels, const struct parcels_taker *taker)
{
    int32_t block = 0;
    int32_t at = 0;
    while (block < parcels->block_count &&
           taker->take(taker->context, parcels->reading + at, parcels->block[block])) {
        at += parcels->block[block++];
    }
    parcels->block_count -= block;
    parcels->reading_count -= at;
    if (block > 0) {
        memmove(parcels->block, parcels->block + block,
                (size_t) parcels->block_count * sizeof parcels->block[0]);
        memmove(parcels->reading, parcels->reading + at,
                (size_t) parcels->reading_count * sizeof parcels->reading[0]);
    }
    return parcels->block_count == 0;
}

bool parcels_is_empty(const struct parcels *parcels)
{
    return parcels->block_count == 0;
}
