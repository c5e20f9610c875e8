#include "gateway/base/check.h"
#include "gateway/base/mix.h"
#include "sensors/link/schedule_parts.h"

#define SPREAD_MAX (10 * US_PER_SECOND)      /* so that nothing stays unknown for long */
#define MUTE_AFTER (2 * US_PER_SECOND)       /* without an answer, all devices were asked */
#define MUTE_AFTER_MANY (10 * US_PER_SECOND) /* the same, many of them */

enum {
    DEVICES_TO_MUTE = 4, /* or a quarter: asking all takes longer than they may be silent */
    JITTER_PERCENT = 20,
};

us_t schedule_on_grid(us_t at)
{
    /* Links whose deadlines fall on the same step share one wake of the loop. */
    return (at + SCHEDULE_GRID - 1) / SCHEDULE_GRID * SCHEDULE_GRID;
}

/* Blocks start evenly spread, and each link at a phase of its own. */
static us_t spread_start(const struct schedule *schedule, int32_t index, us_t interval)
{
    us_t spread = min_us(interval, SPREAD_MAX);
    us_t phase = (us_t) (mix_64(schedule->seed) % (uint64_t) spread);
    return (phase + spread * index / schedule->block_count) % spread;
}

/* On the coarsest part of the grid that every later poll will be on too. */
static us_t align_start(us_t at, us_t interval, us_t grid)
{
    us_t part = grid;
    while (part > SCHEDULE_GRID && (grid % part != 0 || interval % part != 0)) {
        part -= SCHEDULE_GRID;
    }
    part = max_us(part, SCHEDULE_GRID);
    return (at + part - 1) / part * part;
}

struct schedule *schedule_new(struct arena *arena, const struct schedule_block *block,
                              int32_t count, int32_t device_count,
                              const struct schedule_phase *phase)
{
    CHECK(count > 0 && device_count > 0);
    struct schedule *schedule = arena_take(arena, 1, sizeof *schedule);
    schedule->block_count = count;
    schedule->device_count = device_count;
    schedule->seed = phase->seed;
    schedule->block = arena_take(arena, (size_t) count, sizeof *schedule->block);
    schedule->device = arena_take(arena, (size_t) device_count, sizeof *schedule->device);
    schedule->turn_at = arena_take(arena, (size_t) count, sizeof *schedule->turn_at);
    for (int32_t i = 0; i < count; i++) {
        CHECK(block[i].interval_us > 0);
        CHECK(block[i].device >= 0 && block[i].device < device_count);
        us_t interval = schedule_on_grid(block[i].interval_us);
        schedule->block[i] =
            (struct block){.device = block[i].device,
                           .interval = interval,
                           .due_at = align_start(phase->now + spread_start(schedule, i, interval),
                                                 interval, phase->grid_us)};
        schedule->device[block[i].device].probe_block = i;
        schedule->turn_at[i] = schedule->block[i].due_at;
    }
    for (int32_t i = 0; i < device_count; i++) {
        schedule->device[i].owed_block = SCHEDULE_NONE;
    }
    schedule->answered_at = phase->now;
    return schedule;
}

static us_t probe_time(const struct schedule *schedule, const struct schedule_device *device)
{
    if (!device->is_down) {
        return SCHEDULE_NEVER;
    }
    bool has_live = schedule->down_count < schedule->device_count;
    /* A dead device must not take the samples of those that live. */
    bool must_wait =
        has_live && device->reply_count == 0 && device->probe_at < schedule->probes_from;
    us_t at = must_wait ? schedule->probes_from : device->probe_at;
    return max_us(at, device->held_until);
}

void schedule_set_turn(struct schedule *schedule, int32_t index)
{
    const struct block *block = &schedule->block[index];
    const struct schedule_device *device = &schedule->device[block->device];
    /* A device that is down is reported silent at its own pace, held or not. */
    bool is_held = device->held_until > block->due_at && !device->is_down && !schedule->is_closed;
    schedule->turn_at[index] = is_held ? device->held_until : block->due_at;
}

/* The device is held, down, or no longer so. */
void schedule_set_turns_of(struct schedule *schedule, int32_t device)
{
    for (int32_t i = 0; i < schedule->block_count; i++) {
        if (schedule->block[i].device == device) {
            schedule_set_turn(schedule, i);
        }
    }
}

static int32_t find_earliest_block(const struct schedule *schedule)
{
    int32_t best = 0;
    for (int32_t i = 1; i < schedule->block_count; i++) {
        best = schedule->turn_at[i] < schedule->turn_at[best] ? i : best;
    }
    return best;
}

/* The down device whose probe is due first, or -1. */
static int32_t find_earliest_probe(const struct schedule *schedule)
{
    if (schedule->down_count == 0) { /* nearly always */
        return -1;
    }
    int32_t best = 0;
    us_t best_at = SCHEDULE_NEVER;
    for (int32_t i = 0; i < schedule->device_count; i++) {
        const struct schedule_device *device = &schedule->device[i];
        us_t at = probe_time(schedule, device);
        /* Several may wait for the same time: the one that waits longest goes first. */
        bool is_before = at < best_at || (at == best_at && at != SCHEDULE_NEVER &&
                                          device->probe_at < schedule->device[best].probe_at);
        best = is_before ? i : best;
        best_at = is_before ? at : best_at;
    }
    return best;
}

us_t schedule_jittered(struct schedule *schedule, us_t span)
{
    /* Drawn from the seed, so that a run can be repeated. */
    uint64_t draw = mix_64((uint64_t) schedule->seed << 32U | schedule->draw_count++);
    us_t percent = 100 - JITTER_PERCENT + (us_t) (draw % (2 * JITTER_PERCENT + 1));
    return span * percent / 100;
}

int32_t schedule_next_block(const struct schedule *schedule, int32_t index)
{
    /* Every device has a block: at the latest this one comes round again. */
    int32_t next = index;
    do {
        next = (next + 1) % schedule->block_count;
    } while (schedule->block[next].device != schedule->block[index].device);
    return next;
}

static struct schedule_turn take_probe(struct schedule *schedule, int32_t index, us_t now)
{
    struct schedule_device *device = &schedule->device[index];
    /* Its blocks take turns, since the device may have lost just one of them. */
    bool is_owed = device->owed_block != SCHEDULE_NONE;
    device->probe_block =
        is_owed ? device->owed_block : schedule_next_block(schedule, device->probe_block);
    device->probe_at = schedule_on_grid(now + schedule_jittered(schedule, device->probe_span));
    schedule->asked_at = now;
    return (struct schedule_turn){.kind = SCHEDULE_PROBE, .block = device->probe_block};
}

/* Devices that lose their power together must not stop the others until they are down. */
static bool is_suspect_spared(const struct schedule *schedule, int32_t index, us_t now)
{
    const struct schedule_device *device = &schedule->device[index];
    return device->missed_count >= SCHEDULE_SPARED_MISSES && now < schedule->suspects_from &&
           schedule_has_other_ok(schedule, index);
}

static struct schedule_turn take_due_block(struct schedule *schedule, int32_t index, us_t now)
{
    struct block *block = &schedule->block[index];
    /* Moved on by whole intervals, so a late poll does not shift all that follow. A block that
     * schedule_retry has called in between keeps its time. */
    bool is_due = now >= block->due_at;
    us_t late = is_due ? (now - block->due_at) / block->interval : 0;
    block->due_at += is_due ? (late + 1) * block->interval : 0;
    schedule_set_turn(schedule, index);
    bool is_down = schedule->device[block->device].is_down;
    /* Of a device that is down nothing is lost. */
    schedule->skipped += is_down ? 0 : (uint64_t) late;
    if (is_down || is_suspect_spared(schedule, block->device, now)) {
        return (struct schedule_turn){.kind = SCHEDULE_SILENT, .block = index};
    }
    if (now < block->isolated_until) {
        bool is_refused = block->refused_count >= SCHEDULE_REFUSALS;
        return (struct schedule_turn){.kind = is_refused ? SCHEDULE_REFUSED : SCHEDULE_SILENT,
                                      .block = index};
    }
    schedule->asked_at = now;
    return (struct schedule_turn){.kind = SCHEDULE_ASK, .block = index};
}

struct schedule_turn schedule_take(struct schedule *schedule, us_t now)
{
    int32_t block = find_earliest_block(schedule);
    us_t block_at = schedule->turn_at[block];
    int32_t probe = find_earliest_probe(schedule);
    us_t probe_at = probe < 0 ? SCHEDULE_NEVER : probe_time(schedule, &schedule->device[probe]);
    us_t next_at = min_us(probe_at, block_at);
    if (next_at > now) {
        return (struct schedule_turn){.kind = SCHEDULE_NOTHING, .block = -1, .next_at = next_at};
    }
    return probe_at < block_at ? take_probe(schedule, probe, now)
                               : take_due_block(schedule, block, now);
}

int32_t schedule_owed_first(struct schedule *schedule, int32_t index)
{
    int32_t owed = schedule->device[schedule->block[index].device].owed_block;
    /* The late answer would fit another request to its device, and pass for that one's. */
    if (owed == SCHEDULE_NONE || owed == index) {
        return index;
    }
    /* The taken one gave its turn away: it is due again at once. */
    schedule->block[index].due_at -= schedule->block[index].interval;
    schedule_set_turn(schedule, index);
    return owed;
}

void schedule_again(struct schedule *schedule, int32_t index, us_t now)
{
    schedule->block[index].due_at = now;
    schedule_set_turn(schedule, index);
}

us_t schedule_next(const struct schedule *schedule)
{
    return schedule->turn_at[find_earliest_block(schedule)];
}

void schedule_hold(struct schedule *schedule, int32_t device, us_t until)
{
    CHECK(device >= 0 && device < schedule->device_count);
    schedule->device[device].held_until = until;
    schedule_set_turns_of(schedule, device);
}

void schedule_close(struct schedule *schedule, bool is_closed)
{
    /* Nothing is asked on a closed link, so no late reply can do harm: the holds of all blocks end,
     * and begin again when it opens. */
    schedule->is_closed = is_closed;
    for (int32_t i = 0; i < schedule->block_count; i++) {
        schedule_set_turn(schedule, i);
    }
}

bool schedule_is_mute(const struct schedule *schedule)
{
    /* Counted up to the last request: while nothing is asked, silence proves nothing. */
    us_t silence = schedule->asked_at - schedule->answered_at;
    int32_t quarter = schedule->device_count / 4;
    int32_t many = quarter > DEVICES_TO_MUTE ? quarter : DEVICES_TO_MUTE;
    bool is_everybody = schedule->silence_count == schedule->device_count && silence >= MUTE_AFTER;
    bool is_many = schedule->silence_count >= many && silence >= MUTE_AFTER_MANY;
    return schedule->device_count > 1 && (is_everybody || is_many);
}

const struct schedule_device *schedule_device(const struct schedule *schedule, int32_t device)
{
    CHECK(device >= 0 && device < schedule->device_count);
    return &schedule->device[device];
}

bool schedule_has_other_ok(const struct schedule *schedule, int32_t device)
{
    for (int32_t i = 0; i < schedule->device_count; i++) {
        const struct schedule_device *other = &schedule->device[i];
        if (i != device && !other->is_down && other->missed_count == 0) {
            return true;
        }
    }
    return false;
}

us_t schedule_probe_at(const struct schedule *schedule, int32_t device)
{
    us_t at = probe_time(schedule, &schedule->device[device]);
    return at == SCHEDULE_NEVER ? 0 : at;
}

uint64_t schedule_skipped(const struct schedule *schedule)
{
    return schedule->skipped;
}
