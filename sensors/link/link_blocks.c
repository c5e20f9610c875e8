#include "sensors/link/link_blocks.h"

#include <string.h>

#include "gateway/base/check.h"
#include "gateway/base/hash.h"

static int32_t count_reads(const struct link_settings *settings)
{
    int32_t count = 0;
    for (int32_t i = 0; i < settings->device_count; i++) {
        count += settings->device[i].profile->read_count;
    }
    return count;
}

static void plan_block(const struct link_settings *settings, struct link_block *block,
                       struct schedule_block *planned)
{
    const struct link_device *device = &settings->device[block->device];
    const struct profile_read *read = &device->profile->read[block->read];
    int32_t timeout_ms = read->timeout_ms > 0 ? read->timeout_ms : device->profile->timeout_ms;
    /* The config has refused all else. */
    CHECK(timeout_ms > 0 && device->poll_ms > 0);
    block->timeout_ms = timeout_ms + settings->latency_ms;
    /* Rounded up to the schedule's grid there: a poll is never shorter than the profile allows. */
    *planned = (struct schedule_block){.device = block->device,
                                       .interval_us = link_device_interval_ms(device, block->read) *
                                                      US_PER_MS};
}

struct schedule *link_blocks_new(struct arena *arena, const struct link_settings *settings,
                                 us_t now, struct link_block **ret_blocks)
{
    CHECK(settings->device_count > 0);
    int32_t count_max = count_reads(settings);
    struct link_block *blocks = arena_take(arena, (size_t) count_max, sizeof *blocks);
    struct schedule_block *planned = arena_take(arena, (size_t) count_max, sizeof *planned);
    int32_t count = 0;
    for (int32_t device = 0; device < settings->device_count; device++) {
        CHECK(settings->device[device].profile->read_count > 0);
        for (int32_t read = 0; read < settings->device[device].profile->read_count; read++) {
            blocks[count] = (struct link_block){.device = device, .read = read};
            plan_block(settings, &blocks[count], &planned[count]);
            count++;
        }
    }
    *ret_blocks = blocks;
    /* Seeded by the id: links start at different times, and a restart changes nothing. */
    const struct schedule_phase phase = {.seed = hash_32(settings->id, strlen(settings->id)),
                                         .grid_us = settings->start_grid_ms * US_PER_MS,
                                         .now = now};
    return schedule_new(arena, planned, count, settings->device_count, &phase);
}
