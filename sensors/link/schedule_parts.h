/* schedule_parts.h - the memory of a schedule, for schedule.c and schedule_outcome.c only. */
#pragma once

#include "sensors/link/schedule.h"

#define SCHEDULE_GRID ((us_t) 10 * US_PER_MS)
#define SCHEDULE_NEVER INT64_MAX

enum { SCHEDULE_REFUSALS = 3, SCHEDULE_SPARED_MISSES = 2 };

struct block {
    int32_t device;
    int8_t refused_count; /* running */
    int8_t ignored_count; /* while others of its device were answered; it never was */
    bool has_answered;    /* and its answers are owed */
    bool has_ever_answered;
    us_t interval;
    us_t due_at;
    us_t isolated_until;
};

struct schedule {
    int32_t block_count, device_count, down_count;
    uint32_t seed;
    uint32_t draw_count; /* of the jitter */
    bool is_closed;      /* nothing is asked: held devices are reported silent at their pace */
    uint64_t skipped;
    us_t probes_from;      /* no probe before, while others live */
    us_t suspects_from;    /* no suspect before, while others are ok */
    us_t asked_at;         /* the last request */
    us_t answered_at;      /* the last answer of any device */
    int32_t silence_count; /* devices that are in silence */
    struct block *block;
    struct schedule_device *device;
    us_t *turn_at; /* by block, apart from the rest: all are looked at before each request */
};

us_t schedule_on_grid(us_t at);

/* The next block of the same device; itself when there is no other. */
int32_t schedule_next_block(const struct schedule *schedule, int32_t index);

/* Of about `span`. */
us_t schedule_jittered(struct schedule *schedule, us_t span);

/* The block's turn comes at another time; the device's: it is held, down, or no longer so. */
void schedule_set_turn(struct schedule *schedule, int32_t index);
void schedule_set_turns_of(struct schedule *schedule, int32_t device);
