#include "sensors/schedule.h"

#include "gateway/base/check.h"
#include "gateway/base/mix.h"

#define GRID ((us_t) 10 * US_PER_MS)
#define SPREAD_MAX (10 * US_PER_SECOND)
#define DOWN_MIN (10 * US_PER_SECOND)
#define PROBE_FIRST (2 * US_PER_SECOND)
#define PROBE_LAST (30 * US_PER_SECOND)
#define RETRY_AFTER US_PER_SECOND
#define ISOLATED_FOR (60 * US_PER_SECOND)
#define ISOLATED_BRIEFLY (2 * US_PER_SECOND) /* a block that has ever answered */
#define MUTE_AFTER (2 * US_PER_SECOND) /* without an answer of anybody; all devices were asked */
#define MUTE_AFTER_MANY (10 * US_PER_SECOND) /* only many of them */
#define NEVER INT64_MAX

enum {
    MISSES_TO_DOWN = 3,
    DEVICES_TO_MUTE = 4, /* or a quarter of them */
    NONE = -1,
    REPLIES_TO_OK = 2,
    REFUSALS_TO_ISOLATE = 3, /* one may be born of noise */
    PROBE_SHARE = 10,  /* a missed probe is followed by nine times its length without another */
    SUSPECT_SHARE = 4, /* the same with a suspect that has missed twice */
    MISSES_TO_SPARE = 2,
    OWED_TRIES = 2,
    JITTER_PERCENT = 20,
};

struct block {
    int32_t device;
    int16_t refused_count; /* running */
    bool has_answered;     /* ever */
    us_t interval;
    us_t due_at;
    us_t isolated_until;
};

struct device {
    bool is_down;
    bool is_in_silence;   /* missed since anybody on the link has answered */
    int8_t reply_count;   /* running, while it is down */
    int8_t owed_count;    /* times that owed_block was asked for again in vain */
    int32_t missed_count; /* running */
    int32_t probe_block;  /* asked last; they take turns */
    int32_t owed_block; /* whose answer may still come, or NONE: no other is asked before it has */
    us_t missed_since;
    us_t held_until;
    us_t probe_at;
    us_t probe_span; /* before jitter */
};

struct schedule {
    int32_t block_count, device_count, down_count;
    uint32_t seed;
    uint32_t draw_count; /* of the jitter */
    uint64_t skipped;
    us_t probes_from;      /* no probe before, while others live */
    us_t suspects_from;    /* no suspect before, while others are well */
    us_t asked_at;         /* the last request */
    us_t answered_at;      /* the last answer of anybody */
    int32_t silence_count; /* devices that are in silence */
    struct block *block;
    struct device *device;
    us_t *turn_at; /* by block, apart from the rest: all are looked at before each request */
};

static us_t on_grid(us_t at)
{
    return (at + GRID - 1) / GRID * GRID;
}

/* Neighbours on the link start side by side, evenly; the link as a whole at a phase of its own. */
static us_t start_of(const struct schedule *schedule, int32_t index, us_t interval)
{
    us_t spread = interval < SPREAD_MAX ? interval : SPREAD_MAX;
    us_t phase = (us_t) (mix64(schedule->seed) % (uint64_t) spread);
    return (phase + spread * index / schedule->block_count) % spread;
}

/* On the coarsest part of the grid that every later poll will be on too. */
static us_t on_start_grid(us_t at, us_t interval, us_t grid)
{
    us_t part = grid;
    while (part > GRID && (grid % part != 0 || interval % part != 0)) {
        part -= GRID;
    }
    part = part > GRID ? part : GRID;
    return (at + part - 1) / part * part;
}

struct schedule *schedule_new(struct arena *arena, const struct schedule_block *block,
                              int32_t count, int32_t device_count,
                              const struct schedule_phase *phase)
{
    CHECK(count > 0 && device_count > 0);
    struct schedule *schedule = arena_take(arena, 1, sizeof(*schedule));
    schedule->block_count = count;
    schedule->device_count = device_count;
    schedule->seed = phase->seed;
    schedule->block = arena_take(arena, (size_t) count, sizeof(*schedule->block));
    schedule->device = arena_take(arena, (size_t) device_count, sizeof(*schedule->device));
    schedule->turn_at = arena_take(arena, (size_t) count, sizeof(*schedule->turn_at));
    for (int32_t i = 0; i < count; i++) {
        CHECK(block[i].interval_us > 0);
        CHECK(block[i].device >= 0 && block[i].device < device_count);
        us_t interval = on_grid(block[i].interval_us);
        schedule->block[i] =
            (struct block){.device = block[i].device,
                           .interval = interval,
                           .due_at = on_start_grid(phase->now + start_of(schedule, i, interval),
                                                   interval, phase->grid_us)};
        schedule->device[block[i].device].probe_block = i;
        schedule->turn_at[i] = schedule->block[i].due_at;
    }
    for (int32_t i = 0; i < device_count; i++) {
        schedule->device[i].owed_block = NONE;
    }
    schedule->answered_at = phase->now;
    return schedule;
}

/* --- taking -------------------------------------------------------------- */

static us_t probe_time(const struct schedule *schedule, const struct device *device)
{
    if (!device->is_down) {
        return NEVER;
    }
    bool has_live = schedule->down_count < schedule->device_count;
    bool must_wait =
        has_live && device->reply_count == 0 && device->probe_at < schedule->probes_from;
    us_t at = must_wait ? schedule->probes_from : device->probe_at;
    return at > device->held_until ? at : device->held_until;
}

/* When a block's turn comes: a device that is down is silent at its own pace, held or not. */
static us_t turn_time(const struct schedule *schedule, const struct block *block)
{
    const struct device *device = &schedule->device[block->device];
    bool is_held = device->held_until > block->due_at && !device->is_down;
    return is_held ? device->held_until : block->due_at;
}

static void set_turn(struct schedule *schedule, int32_t index)
{
    schedule->turn_at[index] = turn_time(schedule, &schedule->block[index]);
}

/* The device is held, down, or no longer so. */
static void set_turns_of(struct schedule *schedule, int32_t device)
{
    for (int32_t i = 0; i < schedule->block_count; i++) {
        if (schedule->block[i].device == device) {
            set_turn(schedule, i);
        }
    }
}

static int32_t earliest_block(const struct schedule *schedule)
{
    int32_t best = 0;
    for (int32_t i = 1; i < schedule->block_count; i++) {
        best = schedule->turn_at[i] < schedule->turn_at[best] ? i : best;
    }
    return best;
}

/* The down device whose probe is due first, or -1. */
static int32_t earliest_probe(const struct schedule *schedule)
{
    if (schedule->down_count == 0) {
        return -1;
    }
    int32_t best = 0;
    us_t best_at = NEVER;
    for (int32_t i = 0; i < schedule->device_count; i++) {
        const struct device *device = &schedule->device[i];
        us_t at = probe_time(schedule, device);
        /* Several may wait for the same moment: the one that waits longest goes first. */
        bool is_before = at < best_at || (at == best_at && at != NEVER &&
                                          device->probe_at < schedule->device[best].probe_at);
        best = is_before ? i : best;
        best_at = is_before ? at : best_at;
    }
    return best;
}

static us_t jittered(struct schedule *schedule, us_t span)
{
    uint64_t draw = mix64((uint64_t) schedule->seed << 32U | schedule->draw_count++);
    us_t percent = 100 - JITTER_PERCENT + (us_t) (draw % (2 * JITTER_PERCENT + 1));
    return span * percent / 100;
}

static int32_t next_block_of(const struct schedule *schedule, int32_t device, int32_t after)
{
    for (int32_t i = 1; i <= schedule->block_count; i++) {
        int32_t block = (after + i) % schedule->block_count;
        if (schedule->block[block].device == device) {
            return block;
        }
    }
    return after;
}

static struct schedule_turn take_probe(struct schedule *schedule, int32_t index, us_t now)
{
    struct device *device = &schedule->device[index];
    bool is_owed = device->owed_block != NONE;
    device->probe_block =
        is_owed ? device->owed_block : next_block_of(schedule, index, device->probe_block);
    device->probe_at = on_grid(now + jittered(schedule, device->probe_span));
    schedule->asked_at = now;
    return (struct schedule_turn){.kind = SCHEDULE_PROBE, .block = device->probe_block};
}

/* A suspect that has missed twice may soon be down: until then it shall not take its neighbours' time. */
static bool is_spared(const struct schedule *schedule, int32_t index, us_t now)
{
    const struct device *device = &schedule->device[index];
    return device->missed_count >= MISSES_TO_SPARE && now < schedule->suspects_from &&
           schedule_has_other_ok(schedule, index);
}

static struct schedule_turn take_block(struct schedule *schedule, int32_t index, us_t now)
{
    struct block *block = &schedule->block[index];
    us_t late = (now - block->due_at) / block->interval;
    block->due_at += (late + 1) * block->interval;
    set_turn(schedule, index);
    bool is_down = schedule->device[block->device].is_down;
    schedule->skipped += is_down ? 0 : (uint64_t) late;
    if (is_down || is_spared(schedule, block->device, now)) {
        return (struct schedule_turn){.kind = SCHEDULE_SILENT, .block = index};
    }
    if (now < block->isolated_until) {
        return (struct schedule_turn){.kind = SCHEDULE_REFUSED, .block = index};
    }
    schedule->asked_at = now;
    return (struct schedule_turn){.kind = SCHEDULE_ASK, .block = index};
}

struct schedule_turn schedule_take(struct schedule *schedule, us_t now)
{
    int32_t block = earliest_block(schedule);
    us_t block_at = schedule->turn_at[block];
    int32_t probe = earliest_probe(schedule);
    us_t probe_at = probe < 0 ? NEVER : probe_time(schedule, &schedule->device[probe]);
    us_t next_at = probe_at < block_at ? probe_at : block_at;
    if (next_at > now) {
        return (struct schedule_turn){.kind = SCHEDULE_NOTHING, .block = -1, .next_at = next_at};
    }
    return probe_at < block_at ? take_probe(schedule, probe, now)
                               : take_block(schedule, block, now);
}

/* --- what came of it ----------------------------------------------------- */

static us_t shortest_interval(const struct schedule *schedule, int32_t device)
{
    us_t shortest = NEVER;
    for (int32_t i = 0; i < schedule->block_count; i++) {
        const struct block *block = &schedule->block[i];
        if (block->device == device && block->interval < shortest) {
            shortest = block->interval;
        }
    }
    return shortest;
}

/* Of the devices that live: the length of a cycle. */
static us_t shortest_live_interval(const struct schedule *schedule)
{
    us_t shortest = NEVER;
    for (int32_t i = 0; i < schedule->block_count; i++) {
        const struct block *block = &schedule->block[i];
        if (!schedule->device[block->device].is_down && block->interval < shortest) {
            shortest = block->interval;
        }
    }
    return shortest;
}

static void go_down(struct schedule *schedule, struct device *device, us_t now)
{
    device->is_down = true;
    device->reply_count = 0;
    device->probe_span = PROBE_FIRST;
    device->probe_at = on_grid(now + jittered(schedule, PROBE_FIRST));
    schedule->down_count++;
    set_turns_of(schedule, (int32_t) (device - schedule->device));
}

static void come_back(struct schedule *schedule, struct device *device)
{
    device->is_down = false;
    device->missed_count = 0;
    schedule->down_count--;
    set_turns_of(schedule, (int32_t) (device - schedule->device));
}

static void probe_missed(struct schedule *schedule, struct device *device, us_t now)
{
    us_t cost = now - schedule->asked_at;
    us_t cycle = shortest_live_interval(schedule);
    us_t pause_end = now + cost * (PROBE_SHARE - 1);
    us_t cycle_end = cycle == NEVER ? 0 : schedule->asked_at + cycle;
    schedule->probes_from = on_grid(pause_end > cycle_end ? pause_end : cycle_end);
    us_t doubled = device->probe_span * 2;
    device->reply_count = 0;
    device->probe_span = doubled < PROBE_LAST ? doubled : PROBE_LAST;
    device->probe_at = on_grid(now + jittered(schedule, device->probe_span));
}

static void end_silence(struct schedule *schedule, us_t now)
{
    schedule->answered_at = now;
    for (int32_t i = 0; i < schedule->device_count && schedule->silence_count > 0; i++) {
        schedule->silence_count -= schedule->device[i].is_in_silence ? 1 : 0;
        schedule->device[i].is_in_silence = false;
    }
}

void schedule_answered(struct schedule *schedule, int32_t index, us_t now)
{
    CHECK(index >= 0 && index < schedule->device_count);
    struct device *device = &schedule->device[index];
    device->owed_block = NONE;
    end_silence(schedule, now);
    if (!device->is_down) {
        device->missed_count = 0;
        return;
    }
    device->reply_count++;
    if (device->reply_count >= REPLIES_TO_OK) {
        come_back(schedule, device);
        return;
    }
    device->probe_span = PROBE_FIRST;
    device->probe_at = on_grid(now + PROBE_FIRST);
}

void schedule_missed(struct schedule *schedule, int32_t index, us_t now)
{
    CHECK(index >= 0 && index < schedule->device_count);
    struct device *device = &schedule->device[index];
    if (device->is_down) {
        probe_missed(schedule, device, now);
        return;
    }
    schedule->silence_count += device->is_in_silence ? 0 : 1;
    device->is_in_silence = true;
    if (device->missed_count == 0) {
        device->missed_since = now;
    }
    device->missed_count++;
    if (device->missed_count >= MISSES_TO_SPARE) {
        schedule->suspects_from = now + (now - schedule->asked_at) * (SUSPECT_SHARE - 1);
    }
    us_t polls = MISSES_TO_DOWN * shortest_interval(schedule, index);
    us_t wait = polls > DOWN_MIN ? polls : DOWN_MIN;
    if (device->missed_count >= MISSES_TO_DOWN && now - device->missed_since >= wait) {
        go_down(schedule, device, now);
    }
}

void schedule_retry(struct schedule *schedule, int32_t index, us_t now)
{
    CHECK(index >= 0 && index < schedule->block_count);
    us_t soon = on_grid(now + RETRY_AFTER);
    struct block *block = &schedule->block[index];
    block->due_at = soon < block->due_at ? soon : block->due_at;
    set_turn(schedule, index);
}

void schedule_asked(struct schedule *schedule, us_t now)
{
    schedule->asked_at = now;
}

void schedule_refused(struct schedule *schedule, int32_t index, us_t now)
{
    CHECK(index >= 0 && index < schedule->block_count);
    struct block *block = &schedule->block[index];
    if (block->refused_count < REFUSALS_TO_ISOLATE) {
        block->refused_count++;
    }
    if (block->refused_count >= REFUSALS_TO_ISOLATE) {
        block->isolated_until = now + (block->has_answered ? ISOLATED_BRIEFLY : ISOLATED_FOR);
    }
}

void schedule_accepted(struct schedule *schedule, int32_t index)
{
    CHECK(index >= 0 && index < schedule->block_count);
    schedule->block[index].has_answered = true;
    schedule->block[index].refused_count = 0;
    schedule->block[index].isolated_until = 0;
}

/* A block that the device ignores would take the others with it: what was asked for again in vain is owed no more, until it has
 * answered. */
void schedule_owe(struct schedule *schedule, int32_t index)
{
    CHECK(index >= 0 && index < schedule->block_count);
    struct block *block = &schedule->block[index];
    struct device *device = &schedule->device[block->device];
    device->owed_count = (int8_t) (device->owed_block == index ? device->owed_count + 1 : 0);
    block->has_answered = block->has_answered && device->owed_count < OWED_TRIES;
    device->owed_block = block->has_answered ? index : NONE;
}

int32_t schedule_owed_first(struct schedule *schedule, int32_t index)
{
    int32_t owed = schedule->device[schedule->block[index].device].owed_block;
    if (owed == NONE || owed == index) {
        return index;
    }
    schedule->block[index].due_at -= schedule->block[index].interval;
    set_turn(schedule, index);
    return owed;
}

bool schedule_is_owed(const struct schedule *schedule, int32_t device)
{
    return schedule->device[device].owed_block != NONE;
}

void schedule_again(struct schedule *schedule, int32_t index, us_t now)
{
    schedule->block[index].due_at = now;
    set_turn(schedule, index);
}

us_t schedule_next(const struct schedule *schedule)
{
    return schedule->turn_at[earliest_block(schedule)];
}

void schedule_hold(struct schedule *schedule, int32_t device, us_t until)
{
    CHECK(device >= 0 && device < schedule->device_count);
    schedule->device[device].held_until = until;
    set_turns_of(schedule, device);
}

us_t schedule_held_until(const struct schedule *schedule, int32_t device)
{
    CHECK(device >= 0 && device < schedule->device_count);
    return schedule->device[device].held_until;
}

/* --- asking -------------------------------------------------------------- */

/* All of them, or a quarter of many: to ask each of those would take longer than their own silence may last. */
bool schedule_is_mute(const struct schedule *schedule)
{
    us_t silence = schedule->asked_at - schedule->answered_at;
    int32_t quarter = schedule->device_count / 4;
    int32_t many = quarter > DEVICES_TO_MUTE ? quarter : DEVICES_TO_MUTE;
    bool is_everybody = schedule->silence_count == schedule->device_count && silence >= MUTE_AFTER;
    bool is_many = schedule->silence_count >= many && silence >= MUTE_AFTER_MANY;
    return schedule->device_count > 1 && (is_everybody || is_many);
}

bool schedule_is_down(const struct schedule *schedule, int32_t device)
{
    CHECK(device >= 0 && device < schedule->device_count);
    return schedule->device[device].is_down;
}

bool schedule_is_suspect(const struct schedule *schedule, int32_t device)
{
    CHECK(device >= 0 && device < schedule->device_count);
    return !schedule->device[device].is_down && schedule->device[device].missed_count > 0;
}

bool schedule_has_other_ok(const struct schedule *schedule, int32_t device)
{
    for (int32_t i = 0; i < schedule->device_count; i++) {
        const struct device *other = &schedule->device[i];
        if (i != device && !other->is_down && other->missed_count == 0) {
            return true;
        }
    }
    return false;
}

us_t schedule_probe_at(const struct schedule *schedule, int32_t device)
{
    us_t at = probe_time(schedule, &schedule->device[device]);
    return at == NEVER ? 0 : at;
}

uint64_t schedule_skipped(const struct schedule *schedule)
{
    return schedule->skipped;
}
