#include "sensors/quality/plausibility.h"

#include <assert.h>
#include <string.h>

#include "gateway/base/check.h"
#include "sensors/quality/power_up.h"
#include "sensors/quality/rate_of_change.h"

enum {
    CACHE_LINE = 64,
    JOINT_POLLS = 3, /* a sibling that has been quiet for longer says nothing */
};

/* A block of the profile. While all of its points are settled, a value near the last one needs
 * nothing of their memory. That is nearly every reply, and memory is what it costs. */
struct block {
    us_t seen_at;        /* last reply, with values or without; 0: none yet */
    int32_t interval_ms; /* between polls */
    bool is_settled;
};

/* While its block is settled, rate.given_at is the block's seen_at. */
struct memory {
    struct rate_memory rate;
    struct power_up power_up;
};
static_assert(sizeof(struct block) + sizeof(struct rate_last) + sizeof(struct memory) <= 72,
              "thousands of points");

struct plausibility {
    const struct link_settings *settings;
    /* By device: its blocks, and behind them its points' last and its points' memory; NULL: nothing
     * to judge. */
    struct block **device;
    bool *has_joint; /* by device: across blocks */
};

static struct rate_last *find_lasts(const struct profile *profile, struct block *blocks)
{
    void *behind = blocks + profile->read_count;
    return behind;
}

static struct memory *find_memories(const struct profile *profile, struct block *blocks)
{
    void *behind = find_lasts(profile, blocks) + profile->point_count;
    return behind;
}

static bool is_across_blocks(const struct profile *profile, const struct profile_joint *joint)
{
    return profile->point[joint->if_bad].read != profile->point[joint->suspect].read;
}

static bool has_joint_blocks(const struct profile *profile)
{
    for (int32_t i = 0; i < profile->joint_count; i++) {
        if (is_across_blocks(profile, &profile->joint[i])) {
            return true;
        }
    }
    return false;
}

static bool is_point_watched(const struct rate_last *last, const struct memory *memory)
{
    return last->per_us > 0 || memory->power_up.has_raw;
}

static us_t block_interval(const struct block *block)
{
    return (us_t) block->interval_ms * US_PER_MS;
}

/* NULL when no point of the device and no rule across its blocks asks for memory. */
static struct block *remember_device(struct arena *arena, const struct link_device *device,
                                     bool has_joints)
{
    const struct profile *profile = device->profile;
    struct rate_last last[PROFILE_POINTS_MAX] = {0};
    struct memory memory[PROFILE_POINTS_MAX] = {0};
    size_t count = (size_t) profile->point_count;
    bool is_needed = has_joints;
    for (size_t i = 0; i < count; i++) {
        last[i] = rate_of_change_figures(device, (int32_t) i);
        memory[i].power_up = power_up_figures(device, (int32_t) i);
        is_needed = is_needed || is_point_watched(&last[i], &memory[i]);
    }
    if (!is_needed) {
        return NULL;
    }
    size_t blocks = (size_t) profile->read_count * sizeof(struct block);
    struct block *block =
        arena_take(arena, 1, blocks + count * (sizeof(struct rate_last) + sizeof(struct memory)));
    for (int32_t i = 0; i < profile->read_count; i++) {
        ms_t interval = min_ms(INT32_MAX, link_device_interval_ms(device, i));
        block[i] = (struct block){.interval_ms = (int32_t) interval};
    }
    memcpy(find_lasts(profile, block), last, count * sizeof last[0]);
    memcpy(find_memories(profile, block), memory, count * sizeof memory[0]);
    return block;
}

struct plausibility *plausibility_new(struct arena *arena, const struct link_settings *settings)
{
    struct plausibility *plausibility = arena_take(arena, 1, sizeof *plausibility);
    size_t count = (size_t) settings->device_count;
    plausibility->settings = settings;
    plausibility->device = arena_take(arena, count, sizeof(struct block *));
    plausibility->has_joint = arena_take(arena, count, sizeof plausibility->has_joint[0]);
    for (int32_t i = 0; i < settings->device_count; i++) {
        const struct link_device *device = &settings->device[i];
        plausibility->has_joint[i] = has_joint_blocks(device->profile);
        plausibility->device[i] = remember_device(arena, device, plausibility->has_joint[i]);
    }
    return plausibility;
}

/* The value that comes next may be the first after a loss of power. */
static void expect_first(const struct profile *profile, int32_t read, struct block *blocks)
{
    struct memory *memory = find_memories(profile, blocks);
    for (int32_t i = 0; i < profile->point_count; i++) {
        struct power_up *power_up = &memory[i].power_up;
        power_up->is_first = power_up->is_first || profile->point[i].read == read;
    }
}

/* What was kept for the whole block while it was settled becomes each point's own again. */
static void end_settled(const struct profile *profile, int32_t read, struct block *blocks)
{
    struct memory *memory = find_memories(profile, blocks);
    for (int32_t i = 0; blocks[read].is_settled && i < profile->point_count; i++) {
        if (profile->point[i].read == read) {
            memory[i].rate.given_at = blocks[read].seen_at;
        }
    }
    blocks[read].is_settled = false;
}

void plausibility_reopened(struct plausibility *plausibility)
{
    for (int32_t i = 0; i < plausibility->settings->device_count; i++) {
        const struct profile *profile = plausibility->settings->device[i].profile;
        for (int32_t k = 0; plausibility->device[i] != NULL && k < profile->read_count; k++) {
            end_settled(profile, k, plausibility->device[i]);
            expect_first(profile, k, plausibility->device[i]);
        }
    }
}

/* A poll was missed: the sensor may have lost its power meanwhile. */
static bool was_block_silent(const struct block *block, us_t at)
{
    us_t span = at - block->seen_at;
    return block->seen_at != 0 && span > RATE_LEAST_SPAN && span > block_interval(block) / 2 * 3;
}

static void judge_point(const struct rate_point *point, struct memory *memory, us_t at,
                        struct decode_value *value)
{
    memory->rate.is_bad = value->quality == QUALITY_BAD;
    if (!is_point_watched(point->last, memory) || memory->rate.is_bad ||
        power_up_judge(&memory->power_up, point, value)) {
        return;
    }
    rate_of_change_judge(point, at, value);
    if (memory->power_up.proofs_due > 0) {
        decode_doubt(value, REASON_POWER_UP);
    }
}

/* Nothing is expected of its next value, so one that is near would only be kept. */
static bool is_point_settled(const struct rate_point *point, const struct memory *memory)
{
    bool is_settled =
        rate_of_change_is_settled(&memory->rate) && power_up_is_settled(&memory->power_up);
    return !memory->rate.is_bad && (is_settled || !is_point_watched(point->last, memory));
}

static bool is_value_near(const struct rate_last *last, us_t span, const struct decode_value *value)
{
    return value->quality != QUALITY_BAD &&
           (last->per_us <= 0 || rate_of_change_is_near(last, value->value, last->given, span));
}

/* A settled block stays so when all values are near their last ones. */
static bool judge_settled(const struct profile *profile, int32_t read, struct block *blocks,
                          us_t at, const struct decode_value *values)
{
    struct block *block = &blocks[read];
    struct rate_last *last = find_lasts(profile, blocks);
    bool is_settled = block->is_settled && !was_block_silent(block, at);
    for (int32_t i = 0; is_settled && i < profile->point_count; i++) {
        is_settled = profile->point[i].read != read ||
                     is_value_near(&last[i], at - block->seen_at, &values[i]);
    }
    for (int32_t i = 0; is_settled && i < profile->point_count; i++) {
        if (profile->point[i].read == read) {
            last[i].given = values[i].value;
        }
    }
    return is_settled;
}

static void judge_each(const struct link_device *device, int32_t read, struct block *blocks,
                       us_t at, struct decode_value *values)
{
    const struct profile *profile = device->profile;
    struct block *block = &blocks[read];
    struct memory *memory = find_memories(profile, blocks);
    end_settled(profile, read, blocks);
    if (was_block_silent(block, at)) {
        expect_first(profile, read, blocks);
    }
    bool is_settled = true;
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (profile->point[i].read == read) {
            const struct rate_point point = {.last = &find_lasts(profile, blocks)[i],
                                             .memory = &memory[i].rate,
                                             .danger = device->danger == NULL ? NULL
                                                                              : &device->danger[i]};
            judge_point(&point, &memory[i], at, &values[i]);
            is_settled = is_settled && is_point_settled(&point, &memory[i]);
        }
    }
    block->is_settled = is_settled;
}

static void judge_joints(const struct profile *profile, int32_t read, struct block *blocks, us_t at,
                         struct decode_value *values)
{
    const struct memory *memory = find_memories(profile, blocks);
    for (int32_t i = 0; i < profile->joint_count; i++) {
        const struct profile_joint *joint = &profile->joint[i];
        const struct block *sibling = &blocks[profile->point[joint->if_bad].read];
        bool is_here =
            profile->point[joint->suspect].read == read && is_across_blocks(profile, joint);
        bool is_fresh = at - sibling->seen_at <= JOINT_POLLS * block_interval(sibling);
        if (is_here && memory[joint->if_bad].rate.is_bad && is_fresh) {
            decode_doubt(&values[joint->suspect], REASON_JOINT);
        }
    }
}

void plausibility_judge(struct plausibility *plausibility, int32_t device, int32_t read, us_t at,
                        struct decode_value *values)
{
    CHECK(device >= 0 && device < plausibility->settings->device_count);
    struct block *blocks = plausibility->device[device];
    if (blocks == NULL) {
        return;
    }
    const struct link_device *settings = &plausibility->settings->device[device];
    const struct profile *profile = settings->profile;
    if (!judge_settled(profile, read, blocks, at, values)) {
        judge_each(settings, read, blocks, at, values);
    }
    blocks[read].seen_at = at;
    if (plausibility->has_joint[device]) {
        judge_joints(profile, read, blocks, at, values);
    }
}

void plausibility_foresee(const struct plausibility *plausibility, int32_t device, int32_t read)
{
    struct block *blocks = plausibility->device[device];
    if (blocks == NULL) {
        return;
    }
    const struct profile *profile = plausibility->settings->device[device].profile;
    const char *last = (const char *) find_lasts(profile, blocks);
    const char *end = (const char *) find_memories(profile, blocks);
    __builtin_prefetch(&blocks[read], 1);
    for (const char *at = last; at < end; at += CACHE_LINE) {
        __builtin_prefetch(at, 1);
    }
}
