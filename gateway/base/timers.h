/* timers.h - when each thing is due: a heap of (time, item), at most one time an item.
 *
 * Items are small numbers, fixed at the start. Things due at the same time come in the order of their numbers, so
 * the order never depends on when a timer was set: an engine that was restarted goes on exactly as before. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/units.h"

#define TIMERS_NEVER INT64_MAX

struct timers;

struct timers *timers_new(struct arena *arena, int32_t item_count);

/* Sets or moves the item's time; at > 0. */
void timers_set(struct timers *timers, int32_t item, ms_t at);
void timers_clear(struct timers *timers, int32_t item);

/* The item's time, 0 when it has none. */
ms_t timers_at(const struct timers *timers, int32_t item);

/* When the first item is due, or TIMERS_NEVER. */
ms_t timers_next(const struct timers *timers);

/* Takes out the first item that is due by `now`; false when there is none. */
bool timers_take(struct timers *timers, ms_t now, int32_t *ret_item);
