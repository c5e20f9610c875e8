#include "sensors/quality.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "gateway/base/check.h"

#define LEAST_SPAN US_PER_SECOND /* two steps of a register in 50 ms are no jump */
#define SAME_SPAN (5 * US_PER_SECOND)
#define POWER_UP_DEGC 85.0 /* DS18B20: the scratchpad before the first conversion */

enum {
    CONFIRMED = 3,   /* a jump and two that follow it */
    PROOFS = 2,      /* other values, after a word of power-up */
    JOINT_POLLS = 3, /* a sibling that has been quiet for longer says nothing */
};

/* A jump towards danger is given on with given_count 1, one away from it waits; each that follows counts one more. */
struct memory {
    double given, waiting;
    us_t given_at, waiting_at;
    us_t seen_at;        /* last reply, with a value or without; 0: none yet */
    int32_t interval_ms; /* between polls */
    float per_us;        /* most that the value can change; 0: not known */
    float slack;         /* one step of the register */
    uint32_t power_up_raw;
    uint8_t given_count; /* 0: no value yet ... CONFIRMED */
    uint8_t waiting_count;
    uint8_t proofs_due;
    uint8_t side;
    bool is_first; /* the next value is the first since the sensor may have been without power */
    bool is_bad;   /* its last reply, by its own word */
    bool has_power_up_words, has_power_up_raw;
};
static_assert(sizeof(struct memory) <= 64, "a cache line a point");

struct quality_memory {
    const struct link_settings *settings;
    struct memory **device; /* NULL: nothing to judge */
    bool *has_joint;        /* by device: across blocks */
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

static bool is_watched(const struct memory *memory)
{
    return memory->per_us > 0 || memory->has_power_up_raw;
}

static us_t interval_of(const struct memory *memory)
{
    return (us_t) memory->interval_ms * US_PER_MS;
}

static void prepare(const struct link_device *device, int32_t index, struct memory *memory)
{
    const struct profile_point *point = &device->profile->point[index];
    const struct profile *profile = device->profile;
    int32_t every = profile->read[point->read].every > 1 ? profile->read[point->read].every : 1;
    int32_t poll_ms =
        device->poll_ms > profile->min_poll_ms ? device->poll_ms : profile->min_poll_ms;
    double scale = device->calibration != NULL ? fabs(device->calibration[index].scale) : 1.0;
    bool has_rate = point->fault.roc_per_s > 0;
    memory->interval_ms = poll_ms * every;
    memory->per_us = (float) (point->fault.roc_per_s * scale / (double) US_PER_SECOND);
    memory->slack = (float) (is_integer(point->type) ? fabs(point->scale) * scale : 0);
    memory->side =
        (uint8_t) (device->alarm_side != NULL ? device->alarm_side[index] : ALARM_SIDE_BOTH);
    memory->has_power_up_words =
        has_rate && is_integer(point->type) && decode_width(point->type) == 1;
    memory->has_power_up_raw = is_degc(point) && find_power_up_raw(point, &memory->power_up_raw);
    memory->is_first = true;
}

/* NULL when no point of the device and no rule across its blocks asks for memory. */
static struct memory *remember_device(struct arena *arena, const struct link_device *device,
                                      bool has_joints)
{
    struct memory memory[PROFILE_POINTS_MAX] = {0};
    int32_t count = device->profile->point_count;
    bool is_needed = has_joints;
    for (int32_t i = 0; i < count; i++) {
        prepare(device, i, &memory[i]);
        is_needed = is_needed || is_watched(&memory[i]);
    }
    if (!is_needed) {
        return NULL;
    }
    struct memory *kept = arena_take(arena, (size_t) count, sizeof *kept);
    memcpy(kept, memory, (size_t) count * sizeof *kept);
    return kept;
}

struct quality_memory *quality_new(struct arena *arena, const struct link_settings *settings)
{
    struct quality_memory *quality = arena_take(arena, 1, sizeof *quality);
    size_t count = (size_t) settings->device_count;
    quality->settings = settings;
    quality->device = arena_take(arena, count, sizeof(struct memory *));
    quality->has_joint = arena_take(arena, count, sizeof quality->has_joint[0]);
    for (int32_t i = 0; i < settings->device_count; i++) {
        const struct link_device *device = &settings->device[i];
        quality->has_joint[i] = has_joint(device->profile);
        quality->device[i] = remember_device(arena, device, quality->has_joint[i]);
    }
    return quality;
}

void quality_reopened(struct quality_memory *quality)
{
    for (int32_t i = 0; i < quality->settings->device_count; i++) {
        struct memory *memory = quality->device[i];
        int32_t count = memory == NULL ? 0 : quality->settings->device[i].profile->point_count;
        for (int32_t k = 0; k < count; k++) {
            memory[k].is_first = true;
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
static bool is_near(const struct memory *memory, double value, double from, us_t span)
{
    us_t enough = span > LEAST_SPAN ? span : LEAST_SPAN;
    return fabs(value - from) <= (double) memory->per_us * (double) enough + (double) memory->slack;
}

/* Does it lie, seen from the last value, where no danger is? */
static bool is_away(const struct memory *memory, double value)
{
    switch ((enum alarm_side) memory->side) {
    case ALARM_SIDE_UP:
        return memory->given_count > 0 && value < memory->given;
    case ALARM_SIDE_DOWN:
        return memory->given_count > 0 && value > memory->given;
    case ALARM_SIDE_BOTH:
        break;
    }
    return false;
}

/* --- power-up ------------------------------------------------------------ */

static bool is_power_up(const struct memory *memory, const struct decode_value *value)
{
    uint32_t raw = value->raw;
    bool is_word = memory->has_power_up_words && (raw == 0 || raw == 0xFFFF || raw == 0x8000);
    bool is_raw = memory->has_power_up_raw && raw == memory->power_up_raw;
    if (!is_word && !is_raw) {
        return false;
    }
    return memory->given_count == 0 || !is_near(memory, value->value, memory->given, SAME_SPAN);
}

/* Is the value a word of power-up, and that is all there is to say of it? */
static bool judge_power_up(struct memory *memory, struct decode_value *value)
{
    bool was_first = memory->is_first;
    memory->is_first = false;
    if (!was_first && memory->proofs_due == 0) {
        return false;
    }
    if (is_power_up(memory, value)) {
        memory->proofs_due = was_first ? PROOFS : memory->proofs_due;
        if (is_away(memory, value->value)) {
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

static void give(struct memory *memory, double value, int count, us_t at)
{
    memory->given = value;
    memory->given_at = at;
    memory->given_count = (uint8_t) (count < CONFIRMED ? count : CONFIRMED);
    memory->waiting_count = 0;
}

/* Keeps one more sample that waits. Is it enough now? */
static bool is_confirmed(struct memory *memory, double value, us_t at)
{
    bool follows = memory->waiting_count > 0 &&
                   is_near(memory, value, memory->waiting, at - memory->waiting_at);
    memory->waiting_count = (uint8_t) (follows ? memory->waiting_count + 1 : 1);
    memory->waiting = value;
    memory->waiting_at = at;
    return memory->waiting_count >= CONFIRMED;
}

/* As given_count would stand with this sample; 0: it has to wait. */
static int count_with(struct memory *memory, double value, us_t at)
{
    if (memory->given_count == 0 || memory->per_us <= 0) {
        return CONFIRMED;
    }
    if (is_near(memory, value, memory->given, at - memory->given_at)) {
        return memory->given_count + 1;
    }
    if (!is_away(memory, value)) {
        return 1;
    }
    return is_confirmed(memory, value, at) ? CONFIRMED : 0;
}

static void judge_rate(struct memory *memory, us_t at, struct decode_value *value)
{
    int count = count_with(memory, value->value, at);
    if (count == 0) {
        hold_back(value, REASON_RATE);
        return;
    }
    give(memory, value->value, count, at);
    if (count < CONFIRMED) {
        doubt(value, REASON_RATE);
    }
}

/* --- a block ------------------------------------------------------------- */

/* A poll was missed: nobody knows what happened to the sensor meanwhile. */
static bool was_silent(const struct memory *memory, us_t at)
{
    us_t span = at - memory->seen_at;
    return memory->seen_at != 0 && span > LEAST_SPAN && span > interval_of(memory) / 2 * 3;
}

static void judge_point(struct memory *memory, us_t at, struct decode_value *value)
{
    memory->is_first = memory->is_first || was_silent(memory, at);
    memory->is_bad = value->quality == QUALITY_BAD;
    memory->seen_at = at;
    if (!is_watched(memory) || memory->is_bad || judge_power_up(memory, value)) {
        return;
    }
    judge_rate(memory, at, value);
    if (memory->proofs_due > 0) {
        doubt(value, REASON_POWER_UP);
    }
}

static void judge_joints(const struct profile *profile, int32_t read, const struct memory *memory,
                         us_t at, struct decode_value *values)
{
    for (int32_t i = 0; i < profile->joint_count; i++) {
        const struct profile_joint *joint = &profile->joint[i];
        const struct memory *sibling = &memory[joint->if_bad];
        bool is_here = profile->point[joint->suspect].read == read && is_joined(profile, joint);
        bool is_fresh = at - sibling->seen_at <= JOINT_POLLS * interval_of(sibling);
        if (is_here && sibling->is_bad && is_fresh) {
            doubt(&values[joint->suspect], REASON_JOINT);
        }
    }
}

void quality_judge(struct quality_memory *quality, int32_t device, int32_t read, us_t at,
                   struct decode_value *values)
{
    CHECK(device >= 0 && device < quality->settings->device_count);
    struct memory *memory = quality->device[device];
    if (memory == NULL) {
        return;
    }
    const struct profile *profile = quality->settings->device[device].profile;
    for (int32_t i = 0; i < profile->point_count; i++) {
        if (profile->point[i].read == read) {
            judge_point(&memory[i], at, &values[i]);
        }
    }
    if (quality->has_joint[device]) {
        judge_joints(profile, read, memory, at, values);
    }
}

void quality_foresee(const struct quality_memory *quality, int32_t device, int32_t read)
{
    const struct memory *memory = quality->device[device];
    const struct profile *profile = quality->settings->device[device].profile;
    for (int32_t i = 0; memory != NULL && i < profile->point_count; i++) {
        if (profile->point[i].read == read) {
            __builtin_prefetch(&memory[i], 1);
        }
    }
}
