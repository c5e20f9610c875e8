#include "sensors/quality/plausibility.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "gateway/base/check.h"

#define LEAST_SPAN US_PER_SECOND /* two steps of a register in 50 ms are no jump */
#define SAME_SPAN (5 * US_PER_SECOND)
#define POWER_UP_DEGC 85.0 /* DS18B20: the scratchpad before the first conversion */

enum {
    CONFIRMED = 3, /* a jump and two that follow it */
    PROOFS = 2,    /* other values, after a word of power-up */
    CACHE_LINE = 64,
    JOINT_POLLS = 3, /* a sibling that has been quiet for longer says nothing */
};

/* A block of the profile. While all of its points are calm (see is_point_calm) a value that is near the last one needs
 * nothing of their `memory`: that is nearly every reply, and memory is what it costs. */
struct block {
    us_t seen_at;        /* last reply, with values or without; 0: none yet */
    int32_t interval_ms; /* between polls */
    bool is_calm;
};

/* What is compared with each new value. */
struct last {
    double given;
    float per_us; /* most that the value can change; 0: not known */
    float slack;  /* one step of the register */
};

/* A jump towards danger is given on with given_count 1, one away from it waits; each that follows counts one more. */
struct memory {
    double waiting;
    us_t given_at, waiting_at; /* given_at while its block is calm: the block's seen_at */
    uint32_t power_up_raw;
    uint8_t given_count; /* 0: no value yet ... CONFIRMED */
    uint8_t waiting_count;
    uint8_t proofs_due;
    bool is_first; /* the next value is the first since the sensor may have been without power */
    bool is_bad;   /* its last reply, by its own word */
    bool has_power_up_words, has_power_up_raw;
};
static_assert(sizeof(struct block) + sizeof(struct last) + sizeof(struct memory) <= 72,
              "thousands of points");

struct plausibility {
    const struct link_settings *settings;
    struct block *
        *device;     /* its blocks, its points' last, its points' memory; NULL: nothing to judge */
    bool *has_joint; /* by device: across blocks */
};

static struct last *lasts_of(const struct profile *profile, struct block *blocks)
{
    void *behind = blocks + profile->read_count;
    return behind;
}

static struct memory *memories_of(const struct profile *profile, struct block *blocks)
{
    void *behind = lasts_of(profile, blocks) + profile->point_count;
    return behind;
}

/* What a verdict on one point needs. */
struct judged {
    struct last *last;
    struct memory *memory;
    const struct link_danger *danger; /* NULL: every step is towards it */
};

/* --- what there is to judge ---------------------------------------------- */

static bool is_integer(enum value_type type)
{
    return type == TYPE_UINT16 || type == TYPE_INT16 || type == TYPE_UINT32 || type == TYPE_INT32 ||
           type == TYPE_SM10000;
}

static bool is_degc(const struct profile_point *point)
{
    return point->unit != NULL && strcmp(point->unit, "degC") == 0;
}

/* The raw number that means 85.0, if the type has one. */
static bool find_power_up_raw(const struct profile_point *point, uint32_t *ret_raw)
{
    double number = (POWER_UP_DEGC - point->offset) / point->scale;
    if (point->type == TYPE_FLOAT32) {
        float wide = (float) number;
        memcpy(ret_raw, &wide, sizeof *ret_raw);
        return true;
    }
    double whole = round(number);
    bool is_exact = fabs(whole * point->scale + point->offset - POWER_UP_DEGC) < 1e-9;
    if (!is_integer(point->type) || !is_exact || whole < 0 || whole > 0x7FFF) {
        return false;
    }
    *ret_raw = (uint32_t) whole;
    return true;
}

static bool is_joined(const struct profile *profile, const struct profile_joint *joint)
{
    return profile->point[joint->if_bad].read != profile->point[joint->suspect].read;
}

static bool has_joint(const struct profile *profile)
{
    for (int32_t i = 0; i < profile->joint_count; i++) {
        if (is_joined(profile, &profile->joint[i])) {
            return true;
        }
    }
    return false;
}

static bool is_watched(const struct last *last, const struct memory *memory)
{
    return last->per_us > 0 || memory->has_power_up_raw;
}

static us_t interval_of(const struct block *block)
{
    return (us_t) block->interval_ms * US_PER_MS;
}

static void prepare_block(const struct link_device *device, int32_t index, struct block *block)
{
    const struct profile *profile = device->profile;
    int32_t every = profile->read[index].every > 1 ? profile->read[index].every : 1;
    int32_t poll_ms =
        device->poll_ms > profile->min_poll_ms ? device->poll_ms : profile->min_poll_ms;
    *block = (struct block){.interval_ms = poll_ms * every};
}

static void prepare(const struct link_device *device, int32_t index, struct last *last,
                    struct memory *memory)
{
    const struct profile_point *point = &device->profile->point[index];
    double scale = device->calibration != NULL ? fabs(device->calibration[index].scale) : 1.0;
    bool has_rate = point->fault.roc_per_s > 0;
    last->per_us = (float) (point->fault.roc_per_s * scale / (double) US_PER_SECOND);
    last->slack = (float) (is_integer(point->type) ? fabs(point->scale) * scale : 0);
    memory->has_power_up_words =
        has_rate && is_integer(point->type) && decode_width(point->type) == 1;
    memory->has_power_up_raw = is_degc(point) && find_power_up_raw(point, &memory->power_up_raw);
    memory->is_first = true;
}

/* NULL when no point of the device and no rule across its blocks asks for memory. */
static struct block *remember_device(struct arena *arena, const struct link_device *device,
                                     bool has_joints)
{
    const struct profile *profile = device->profile;
    struct last last[PROFILE_POINTS_MAX] = {0};
    struct memory memory[PROFILE_POINTS_MAX] = {0};
    size_t count = (size_t) profile->point_count;
    bool is_needed = has_joints;
    for (size_t i = 0; i < count; i++) {
        prepare(device, (int32_t) i, &last[i], &memory[i]);
        is_needed = is_needed || is_watched(&last[i], &memory[i]);
    }
    if (!is_needed) {
        return NULL;
    }
    size_t blocks = (size_t) profile->read_count * sizeof(struct block);
    struct block *block =
        arena_take(arena, 1, blocks + count * (sizeof(struct last) + sizeof(struct memory)));
    for (int32_t i = 0; i < profile->read_count; i++) {
        prepare_block(device, i, &block[i]);
    }
    memcpy(lasts_of(profile, block), last, count * sizeof last[0]);
    memcpy(memories_of(profile, block), memory, count * sizeof memory[0]);
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
        plausibility->has_joint[i] = has_joint(device->profile);
        plausibility->device[i] = remember_device(arena, device, plausibility->has_joint[i]);
    }
    return plausibility;
}

/* The value that comes next may be the first after a loss of power. */
static void expect_first(const struct profile *profile, int32_t read, struct block *blocks)
{
    struct memory *memory = memories_of(profile, blocks);
    for (int32_t i = 0; i < profile->point_count; i++) {
        memory[i].is_first = memory[i].is_first || profile->point[i].read == read;
    }
}

/* What was kept for the whole block while it was calm becomes each point's own again. */
static void end_calm(const struct profile *profile, int32_t read, struct block *blocks)
{
    struct memory *memory = memories_of(profile, blocks);
    for (int32_t i = 0; blocks[read].is_calm && i < profile->point_count; i++) {
        if (profile->point[i].read == read) {
            memory[i].given_at = blocks[read].seen_at;
        }
    }
    blocks[read].is_calm = false;
}

void plausibility_reopened(struct plausibility *plausibility)
{
    for (int32_t i = 0; i < plausibility->settings->device_count; i++) {
        const struct profile *profile = plausibility->settings->device[i].profile;
        for (int32_t k = 0; plausibility->device[i] != NULL && k < profile->read_count; k++) {
            end_calm(profile, k, plausibility->device[i]);
            expect_first(profile, k, plausibility->device[i]);
        }
    }
}

/* --- verdicts ------------------------------------------------------------ */

static void doubt(struct decode_value *value, enum reason reason)
{
    if (value->quality == QUALITY_GOOD) {
        value->quality = QUALITY_UNCERTAIN;
        value->reason = reason;
    }
}

static void hold_back(struct decode_value *value, enum reason reason)
{
    value->value = 0;
    value->quality = QUALITY_BAD;
    value->reason = reason;
}

/* Could the value have gone from there to here in that time? */
static bool is_near(const struct last *last, double value, double from, us_t span)
{
    us_t enough = span > LEAST_SPAN ? span : LEAST_SPAN;
    return fabs(value - from) <= (double) last->per_us * (double) enough + (double) last->slack;
}

/* Is the last value itself beyond one of two limits? */
static bool is_too_high(const struct judged *point)
{
    return isfinite(point->danger->above) && point->last->given > point->danger->above;
}

static bool is_too_low(const struct judged *point)
{
    return isfinite(point->danger->below) && point->last->given < point->danger->below;
}

/* Does it lie, seen from the last value, where no danger is? Whoever leaps from one danger to the other leaves one: a fire does
 * not end with frost. */
static bool is_away(const struct judged *point, double value)
{
    if (point->memory->given_count == 0 || point->danger == NULL) {
        return false;
    }
    double given = point->last->given;
    bool is_up_away = value <= point->danger->above || is_too_low(point);
    bool is_down_away = value >= point->danger->below || is_too_high(point);
    return (value > given && is_up_away) || (value < given && is_down_away);
}

/* --- power-up ------------------------------------------------------------ */

static bool is_power_up(const struct judged *point, const struct decode_value *value)
{
    const struct memory *memory = point->memory;
    uint32_t raw = value->raw;
    bool is_word = memory->has_power_up_words && (raw == 0 || raw == 0xFFFF || raw == 0x8000);
    bool is_raw = memory->has_power_up_raw && raw == memory->power_up_raw;
    if (!is_word && !is_raw) {
        return false;
    }
    return memory->given_count == 0 ||
           !is_near(point->last, value->value, point->last->given, SAME_SPAN);
}

/* Is the value a word of power-up, and that is all there is to say of it? */
static bool judge_power_up(const struct judged *point, struct decode_value *value)
{
    struct memory *memory = point->memory;
    bool was_first = memory->is_first;
    memory->is_first = false;
    if (!was_first && memory->proofs_due == 0) {
        return false;
    }
    if (is_power_up(point, value)) {
        memory->proofs_due = was_first ? PROOFS : memory->proofs_due;
        if (is_away(point, value->value)) {
            hold_back(value, REASON_POWER_UP);
        } else {
            doubt(value, REASON_POWER_UP);
        }
        return true;
    }
    if (was_first) {
        memory->proofs_due = 0;
    } else {
        memory->proofs_due--;
    }
    return false;
}

/* --- rate ---------------------------------------------------------------- */

static void give(const struct judged *point, double value, int count, us_t at)
{
    point->last->given = value;
    point->memory->given_at = at;
    point->memory->given_count = (uint8_t) (count < CONFIRMED ? count : CONFIRMED);
    point->memory->waiting_count = 0;
}

/* Keeps one more sample that waits. Is it enough now? */
static bool is_confirmed(const struct judged *point, double value, us_t at)
{
    struct memory *memory = point->memory;
    bool follows = memory->waiting_count > 0 &&
                   is_near(point->last, value, memory->waiting, at - memory->waiting_at);
    memory->waiting_count = (uint8_t) (follows ? memory->waiting_count + 1 : 1);
    memory->waiting = value;
    memory->waiting_at = at;
    return memory->waiting_count >= CONFIRMED;
}

/* As given_count would stand with this sample; 0: it has to wait. */
static int count_with(const struct judged *point, double value, us_t at)
{
    if (point->memory->given_count == 0 || point->last->per_us <= 0) {
        return CONFIRMED;
    }
    if (is_near(point->last, value, point->last->given, at - point->memory->given_at)) {
        return point->memory->given_count + 1;
    }
    if (!is_away(point, value)) {
        return 1;
    }
    return is_confirmed(point, value, at) ? CONFIRMED : 0;
}

static void judge_rate(const struct judged *point, us_t at, struct decode_value *value)
{
    int count = count_with(point, value->value, at);
    if (count == 0) {
        hold_back(value, REASON_RATE);
        return;
    }
    give(point, value->value, count, at);
    if (count < CONFIRMED) {
        doubt(value, REASON_RATE);
    }
}

/* --- a block ------------------------------------------------------------- */

/* A poll was missed: nobody knows what happened to the sensor meanwhile. */
static bool was_silent(const struct block *block, us_t at)
{
    us_t span = at - block->seen_at;
    return block->seen_at != 0 && span > LEAST_SPAN && span > interval_of(block) / 2 * 3;
}

static void judge_point(const struct judged *point, us_t at, struct decode_value *value)
{
    struct memory *memory = point->memory;
    memory->is_bad = value->quality == QUALITY_BAD;
    if (!is_watched(point->last, memory) || memory->is_bad || judge_power_up(point, value)) {
        return;
    }
    judge_rate(point, at, value);
    if (memory->proofs_due > 0) {
        doubt(value, REASON_POWER_UP);
    }
}

/* Nothing is expected of its next value, so one that is near would only be kept. */
static bool is_point_calm(const struct judged *point)
{
    const struct memory *memory = point->memory;
    bool is_settled = memory->given_count == CONFIRMED && memory->waiting_count == 0 &&
                      memory->proofs_due == 0 && !memory->is_first;
    return !memory->is_bad && (is_settled || !is_watched(point->last, memory));
}

static bool is_value_calm(const struct last *last, us_t span, const struct decode_value *value)
{
    return value->quality != QUALITY_BAD &&
           (last->per_us <= 0 || is_near(last, value->value, last->given, span));
}

/* A calm block stays so when all values are near their last ones. */
static bool judge_calm(const struct profile *profile, int32_t read, struct block *blocks, us_t at,
                       const struct decode_value *values)
{
    struct block *block = &blocks[read];
    struct last *last = lasts_of(profile, blocks);
    bool is_calm = block->is_calm && !was_silent(block, at);
    for (int32_t i = 0; is_calm && i < profile->point_count; i++) {
        is_calm = profile->point[i].read != read ||
                  is_value_calm(&last[i], at - block->seen_at, &values[i]);
    }
    for (int32_t i = 0; is_calm && i < profile->point_count; i++) {
        if (profile->point[i].read == read) {
            last[i].given = values[i].value;
        }
    }
    return is_calm;
}

static void judge_each(const struct link_device *device, int32_t read, struct block *blocks,
                       us_t at, struct decode_value *values)
{
    const struct profile *profile = device->profile;
    struct block *block = &blocks[read];
    end_calm(profile, read, blocks);
    if (was_silent(block, at)) {
        expect_first(profile, read, blocks);
    }
    bool is_calm = true;
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (profile->point[i].read == read) {
            const struct judged point = {.last = &lasts_of(profile, blocks)[i],
                                         .memory = &memories_of(profile, blocks)[i],
                                         .danger =
                                             device->danger == NULL ? NULL : &device->danger[i]};
            judge_point(&point, at, &values[i]);
            is_calm = is_calm && is_point_calm(&point);
        }
    }
    block->is_calm = is_calm;
}

static void judge_joints(const struct profile *profile, int32_t read, struct block *blocks, us_t at,
                         struct decode_value *values)
{
    const struct memory *memory = memories_of(profile, blocks);
    for (int32_t i = 0; i < profile->joint_count; i++) {
        const struct profile_joint *joint = &profile->joint[i];
        const struct block *sibling = &blocks[profile->point[joint->if_bad].read];
        bool is_here = profile->point[joint->suspect].read == read && is_joined(profile, joint);
        bool is_fresh = at - sibling->seen_at <= JOINT_POLLS * interval_of(sibling);
        if (is_here && memory[joint->if_bad].is_bad && is_fresh) {
            doubt(&values[joint->suspect], REASON_JOINT);
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
    if (!judge_calm(profile, read, blocks, at, values)) {
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
    const char *last = (const char *) lasts_of(profile, blocks);
    const char *end = (const char *) memories_of(profile, blocks);
    __builtin_prefetch(&blocks[read], 1);
    for (const char *at = last; at < end; at += CACHE_LINE) {
        __builtin_prefetch(at, 1);
    }
}
