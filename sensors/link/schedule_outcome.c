/* The outcome of a request: health, isolation, owed answers. */
#include "gateway/base/check.h"
#include "sensors/link/schedule_parts.h"

#define DOWN_MIN (10 * US_PER_SECOND)
#define PROBE_FIRST (2 * US_PER_SECOND)
#define PROBE_LAST (30 * US_PER_SECOND)
#define RETRY_AFTER US_PER_SECOND
#define ISOLATED_FOR (60 * US_PER_SECOND)
#define IGNORED_BRIEFLY (15 * US_PER_SECOND)
#define ISOLATED_BRIEFLY (2 * US_PER_SECOND) /* a block that has ever answered */

enum {
    MISSES_TO_DOWN = 3,
    REPLIES_TO_OK = 2,
    IGNORED_TO_ISOLATE = 3,
    PROBE_SHARE = 10,  /* a missed probe is followed by nine times its length without another */
    SUSPECT_SHARE = 4, /* the same with a suspect that has missed twice */
    OWED_TRIES = 2,
};

enum { ALL_LIVE = -1 };

/* Of the blocks of a device, or of ALL_LIVE devices: the length of a cycle. */
static us_t find_shortest_interval(const struct schedule *schedule, int32_t device)
{
    us_t shortest = SCHEDULE_NEVER;
    for (int32_t i = 0; i < schedule->block_count; i++) {
        const struct block *block = &schedule->block[i];
        bool is_live = !schedule->device[block->device].is_down;
        bool is_meant = device == ALL_LIVE ? is_live : block->device == device;
        shortest = is_meant ? min_us(shortest, block->interval) : shortest;
    }
    return shortest;
}

static void go_down(struct schedule *schedule, struct schedule_device *device, us_t now)
{
    device->is_down = true;
    device->reply_count = 0;
    device->probe_span = PROBE_FIRST;
    device->probe_at = schedule_on_grid(now + schedule_jittered(schedule, PROBE_FIRST));
    schedule->down_count++; /* from now on its blocks come up whether it is held or not */
    schedule_set_turns_of(schedule, (int32_t) (device - schedule->device));
}

static void miss_probe(struct schedule *schedule, struct schedule_device *device, us_t now)
{
    us_t cost = now - schedule->asked_at;
    us_t cycle = find_shortest_interval(schedule, ALL_LIVE);
    us_t pause_end = now + cost * (PROBE_SHARE - 1);
    /* A probe that is missed costs a timeout: a tenth of the time, and one in each cycle. */
    us_t cycle_end = cycle == SCHEDULE_NEVER ? 0 : schedule->asked_at + cycle;
    schedule->probes_from = schedule_on_grid(max_us(pause_end, cycle_end));
    device->reply_count = 0;
    device->probe_span = min_us(device->probe_span * 2, PROBE_LAST);
    device->probe_at = schedule_on_grid(now + schedule_jittered(schedule, device->probe_span));
}

/* An answer of any device shows that the bus works: the silence of all is their own again. */
static void end_silence(struct schedule *schedule, us_t now)
{
    schedule->answered_at = now;
    for (int32_t i = 0; i < schedule->device_count && schedule->silence_count > 0; i++) {
        schedule->silence_count -= schedule->device[i].is_in_silence ? 1 : 0;
        schedule->device[i].is_in_silence = false;
    }
}

bool schedule_answered(struct schedule *schedule, int32_t index, us_t now)
{
    CHECK(index >= 0 && index < schedule->device_count);
    struct schedule_device *device = &schedule->device[index];
    device->owed_block = SCHEDULE_NONE;
    end_silence(schedule, now);
    bool was_down = device->is_down;
    if (was_down && ++device->reply_count < REPLIES_TO_OK) {
        device->probe_span = PROBE_FIRST; /* the second good reply proves it: soon */
        device->probe_at = schedule_on_grid(now + PROBE_FIRST);
        return false;
    }
    device->missed_count = 0;
    if (was_down) {
        device->is_down = false;
        schedule->down_count--;
        schedule_set_turns_of(schedule, index);
    }
    return was_down;
}

bool schedule_missed(struct schedule *schedule, int32_t index, us_t now)
{
    CHECK(index >= 0 && index < schedule->device_count);
    struct schedule_device *device = &schedule->device[index];
    if (device->is_down) {
        miss_probe(schedule, device, now);
        return false;
    }
    schedule->silence_count += device->is_in_silence ? 0 : 1;
    device->is_in_silence = true;
    if (device->missed_count == 0) {
        device->missed_since = now;
    }
    device->missed_count++;
    /* Until it is known to be down its misses cost the others their time. */
    if (device->missed_count >= SCHEDULE_SPARED_MISSES) {
        schedule->suspects_from = now + (now - schedule->asked_at) * (SUSPECT_SHARE - 1);
    }
    if (device->owed_block != SCHEDULE_NONE &&
        schedule_next_block(schedule, device->owed_block) != device->owed_block) {
        return false; /* only the owed block was asked: the others may still be answered */
    }
    us_t polls = MISSES_TO_DOWN * find_shortest_interval(schedule, index);
    bool is_down = device->missed_count >= MISSES_TO_DOWN &&
                   now - device->missed_since >= max_us(polls, DOWN_MIN);
    if (is_down) {
        go_down(schedule, device, now);
    }
    return is_down;
}

void schedule_retry(struct schedule *schedule, int32_t index, us_t now)
{
    CHECK(index >= 0 && index < schedule->block_count);
    us_t soon = schedule_on_grid(now + RETRY_AFTER);
    if (soon < schedule->turn_at[index]) {
        schedule->turn_at[index] = soon; /* its own times stay */
    }
}

void schedule_asked(struct schedule *schedule, us_t now)
{
    schedule->asked_at = now;
}

void schedule_refused(struct schedule *schedule, int32_t index, us_t now)
{
    CHECK(index >= 0 && index < schedule->block_count);
    struct block *block = &schedule->block[index];
    if (block->refused_count < SCHEDULE_REFUSALS) {
        block->refused_count++;
    }
    if (block->refused_count >= SCHEDULE_REFUSALS) {
        /* A block that has ever answered exists: the device is only starting, or out of order. */
        block->isolated_until = now + (block->has_ever_answered ? ISOLATED_BRIEFLY : ISOLATED_FOR);
    }
}

void schedule_accepted(struct schedule *schedule, int32_t index)
{
    CHECK(index >= 0 && index < schedule->block_count);
    schedule->block[index].has_answered = schedule->block[index].has_ever_answered = true;
    schedule->block[index].refused_count = schedule->block[index].ignored_count = 0;
    schedule->block[index].isolated_until = 0;
}

/* A block that is ignored while others of its device are answered does not exist: some devices say
 * nothing then, instead of refusing. */
static void count_ignored(struct block *block, const struct schedule_device *device, us_t now)
{
    bool is_ignored = !device->is_down && device->missed_count == 1;
    if (is_ignored && block->ignored_count < IGNORED_TO_ISOLATE) {
        block->ignored_count++;
    }
    if (is_ignored && block->ignored_count >= IGNORED_TO_ISOLATE) {
        block->isolated_until = now + (block->has_ever_answered ? IGNORED_BRIEFLY : ISOLATED_FOR);
    }
}

void schedule_owe(struct schedule *schedule, int32_t index, us_t now)
{
    CHECK(index >= 0 && index < schedule->block_count);
    struct block *block = &schedule->block[index];
    struct schedule_device *device = &schedule->device[block->device];
    device->owed_count = (int8_t) (device->owed_block == index ? device->owed_count + 1 : 0);
    /* A block that is never answered must not block the others: after two tries in vain it has no
     * priority, until it has answered. */
    block->has_answered = block->has_answered && device->owed_count < OWED_TRIES;
    device->owed_block = block->has_answered ? index : SCHEDULE_NONE;
    count_ignored(block, device, now);
}
