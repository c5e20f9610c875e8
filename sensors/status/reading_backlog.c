#include "sensors/status/reading_backlog.h"

#include <string.h>

struct reading_backlog {
    const struct link_settings *settings;
    int32_t block_max, reading_max;
    int32_t block_count, reading_count; /* waiting */
    int32_t *block;                     /* readings of each */
    struct reading *reading;
    int32_t *first_read; /* by device: its first block's place in last_at */
    ms_t *last_at;       /* by block: the time of its last reading */
};

/* Points of the largest block of any device. */
static int32_t count_largest_block(const struct link_settings *settings)
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

struct reading_backlog *reading_backlog_new(struct arena *arena,
                                            const struct link_settings *settings)
{
    struct reading_backlog *backlog = arena_take(arena, 1, sizeof *backlog);
    backlog->settings = settings;
    /* A link that closes reports each of its blocks once more, after the transaction under way. */
    backlog->block_max = 1;
    backlog->reading_max = count_largest_block(settings);
    backlog->first_read =
        arena_take(arena, (size_t) settings->device_count, sizeof backlog->first_read[0]);
    int32_t read_count = 0;
    for (int32_t i = 0; i < settings->device_count; i++) {
        const struct profile *profile = settings->device[i].profile;
        backlog->first_read[i] = read_count;
        read_count += profile->read_count;
        backlog->block_max += 2 * profile->read_count;
        backlog->reading_max += 2 * profile->point_count;
    }
    backlog->last_at = arena_take(arena, (size_t) read_count, sizeof backlog->last_at[0]);
    backlog->block = arena_take(arena, (size_t) backlog->block_max, sizeof backlog->block[0]);
    backlog->reading = arena_take(arena, (size_t) backlog->reading_max, sizeof backlog->reading[0]);
    return backlog;
}

/* The millisecond of a result. A late reply and the next one may arrive together. Times rise all
 * the same: a time series database takes two samples of one point at one time for one. */
static ms_t take_reading_time(struct reading_backlog *backlog, const struct link_result *result)
{
    ms_t *last_at = &backlog->last_at[backlog->first_read[result->device] + result->read];
    *last_at = max_ms(result->at / US_PER_MS, *last_at + 1);
    return *last_at;
}

static int32_t make_readings(struct reading_backlog *backlog, const struct link_result *result,
                             struct reading reading[static PROFILE_POINTS_MAX])
{
    const struct link_device *device = &backlog->settings->device[result->device];
    ms_t at = take_reading_time(backlog, result);
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

static void keep_block(struct reading_backlog *backlog, const struct reading *reading,
                       int32_t count)
{
    CHECK(backlog->block_count < backlog->block_max);
    CHECK(backlog->reading_count + count <= backlog->reading_max);
    memcpy(backlog->reading + backlog->reading_count, reading, (size_t) count * sizeof *reading);
    backlog->reading_count += count;
    backlog->block[backlog->block_count++] = count;
}

void reading_backlog_put(struct reading_backlog *backlog, const struct link_result *result,
                         const struct wire_callbacks *callbacks)
{
    struct reading reading[PROFILE_POINTS_MAX] UNINITIALIZED;
    int32_t count = make_readings(backlog, result, reading);
    if (count == 0) {
        return; /* a block that no point reads */
    }
    if (backlog->block_count > 0 || !callbacks->post_readings(callbacks->context, reading, count)) {
        keep_block(backlog, reading, count);
    }
}

bool reading_backlog_flush(struct reading_backlog *backlog, const struct wire_callbacks *callbacks)
{
    int32_t block = 0;
    int32_t at = 0;
    while (block < backlog->block_count &&
           callbacks->post_readings(callbacks->context, backlog->reading + at,
                                    backlog->block[block])) {
        at += backlog->block[block++];
    }
    backlog->block_count -= block;
    backlog->reading_count -= at;
    if (block > 0) {
        memmove(backlog->block, backlog->block + block,
                (size_t) backlog->block_count * sizeof backlog->block[0]);
        memmove(backlog->reading, backlog->reading + at,
                (size_t) backlog->reading_count * sizeof backlog->reading[0]);
    }
    return backlog->block_count == 0;
}

bool reading_backlog_is_empty(const struct reading_backlog *backlog)
{
    return backlog->block_count == 0;
}
