/* schedule.h - which block of which device is due on one link. Pure.
 *
 * Each block keeps its own interval; the earliest deadline goes first; starts are spread over the interval and lie
 * on a 10 ms grid. A device that stays silent is asked less often (2 s to 30 s, one probe a cycle for the whole
 * link) and returns after two good replies, so that one dead device does not take its neighbours' time. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/units.h"

struct schedule;

struct schedule_block {
    int32_t device;
    int32_t read;
    us_t interval_us;
};

struct schedule *schedule_new(struct arena *arena, const struct schedule_block *block,
                              int32_t count, int32_t device_count, us_t now);

/* The most urgent block that is due, or -1 and when the next one is. Taking it moves its deadline on; deadlines
 * missed by a whole interval are skipped and counted. */
int32_t schedule_take(struct schedule *schedule, us_t now, us_t *ret_next_at);

void schedule_answered(struct schedule *schedule, int32_t device, us_t now);
void schedule_missed(struct schedule *schedule, int32_t device, us_t now);

bool schedule_is_down(const struct schedule *schedule, int32_t device);
bool schedule_is_suspect(const struct schedule *schedule, int32_t device);
uint64_t schedule_skipped(const struct schedule *schedule);
