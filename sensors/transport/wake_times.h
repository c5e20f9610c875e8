/* wake_times.h - who has to be woken when: a heap of points in time, one for each index. Pure.
 *
 * Moving a point later costs nothing (it is noticed when its old time comes), because that is what happens with
 * each transaction: the deadline of the answer is dropped and a later one set. */
#pragma once

#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/units.h"

#define WAKES_NEVER INT64_MAX

#define WAKES_GRID ((us_t) 10000) /* TCP ports are woken on it, serial ones exactly */

struct wakes;

static inline us_t wakes_on_grid(us_t at)
{
    return at > WAKES_NEVER - WAKES_GRID ? WAKES_NEVER
                                         : (at + WAKES_GRID - 1) / WAKES_GRID * WAKES_GRID;
}

/* Indexes 0...count-1, all of them at WAKES_NEVER. */
struct wakes *wakes_new(struct arena *arena, int32_t count);

void wakes_set(struct wakes *wakes, int32_t index, us_t at);

/* The earliest index whose time has come, which is then at WAKES_NEVER; or -1. */
int32_t wakes_take(struct wakes *wakes, us_t now);

/* When the next one comes, or WAKES_NEVER. */
us_t wakes_next(struct wakes *wakes);
