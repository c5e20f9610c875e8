#include "sensors/outbox.h"

#include <string.h>

struct outbox {
    const struct link_settings *settings;
    int32_t block_max, reading_max;
    int32_t block_count, reading_count; /* that wait */
    int32_t *block;                     /* readings of each */
    struct reading *reading;
};

struct outbox *outbox_new(struct arena *arena, const struct link_settings *settings)
{
    struct outbox *outbox = arena_take(arena, 1, sizeof *outbox);
    outbox->settings = settings;
    /* A closed link says so for each of its blocks, behind the one transaction that was under way. */
    outbox->block_max = 1;
    outbox->reading_max = PROFILE_POINTS_MAX;
    for (int32_t i = 0; i < settings->device_count; i++) {
        const struct profile *profile = settings->device[i].profile;
        outbox->block_max += 2 * profile->read_count;
        outbox->reading_max += 2 * profile->point_count;
    }
    outbox->block = arena_take(arena, (size_t) outbox->block_max, sizeof outbox->block[0]);
    outbox->reading = arena_take(arena, (size_t) outbox->reading_max, sizeof outbox->reading[0]);
    return outbox;
}

static int32_t readings_of(const struct link_settings *settings, const struct link_result *result,
                           struct reading reading[static PROFILE_POINTS_MAX])
{
    const struct link_device *device = &settings->device[result->device];
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
            .at = result->at / US_PER_MS,
            .value = value->value,
        };
    }
    return count;
}

static void keep(struct outbox *outbox, const struct reading *reading, int32_t count)
{
    CHECK(outbox->block_count < outbox->block_max);
    CHECK(outbox->reading_count + count <= outbox->reading_max);
    memcpy(outbox->reading + outbox->reading_count, reading, (size_t) count * sizeof *reading);
    outbox->reading_count += count;
    outbox->block[outbox->block_count++] = count;
}

void outbox_put(struct outbox *outbox, const struct link_result *result,
                const struct outbox_taker *taker)
{
    struct reading reading[PROFILE_POINTS_MAX];
    int32_t count = readings_of(outbox->settings, result, reading);
    if (count == 0) {
        return; /* a block that no point reads */
    }
    if (outbox->block_count > 0 || !taker->take(taker->context, reading, count)) {
        keep(outbox, reading, count);
    }
}

bool outbox_flush(struct outbox *outbox, const struct outbox_taker *taker)
{
    int32_t block = 0;
    int32_t at = 0;
    while (block < outbox->block_count &&
           taker->take(taker->context, outbox->reading + at, outbox->block[block])) {
        at += outbox->block[block++];
    }
    outbox->block_count -= block;
    outbox->reading_count -= at;
    if (block > 0) {
        memmove(outbox->block, outbox->block + block,
                (size_t) outbox->block_count * sizeof outbox->block[0]);
        memmove(outbox->reading, outbox->reading + at,
                (size_t) outbox->reading_count * sizeof outbox->reading[0]);
    }
    return outbox->block_count == 0;
}

bool outbox_is_empty(const struct outbox *outbox)
{
    return outbox->block_count == 0;
}
