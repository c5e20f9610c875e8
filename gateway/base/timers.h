/* timers.h - a heap of deadlines, at most one for each item, in milliseconds or microseconds.
 *
 * Items are small numbers, fixed at the start. Items due at the same time come in the order of
 * their numbers. So the order never depends on when a timer was set, and a restarted engine
 * continues exactly as before. Moving a deadline later, or clearing it, costs nothing until the
 * old one comes: the wire does that with each transaction. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"

#define TIMERS_NEVER INT64_MAX

struct timers;

/* Items 0...item_count-1; none of them is set. */
struct timers *timers_new(struct arena *arena, int32_t item_count);

/* Sets or moves the item's deadline; TIMERS_NEVER clears it. */
void timers_set(struct timers *timers, int32_t item, int64_t at);
void timers_clear(struct timers *timers, int32_t item);

/* When the first item is due, or TIMERS_NEVER. */
int64_t timers_next(struct timers *timers);

/* Takes out the first item that is due by `now`; false when there is none. */
bool timers_take(struct timers *timers, int64_t now, int32_t *ret_item);
