/* clock.h - the only reader of the system's clocks.
 *
 * Gateway time is the wall clock at start plus the boot clock since then: it never jumps inside a
 * run. If the wall clock is earlier than the last stored stamp, time continues from that stamp. */
#pragma once

#include <time.h>

#include "gateway/base/error.h"
#include "gateway/base/units.h"
#include "gateway/base/zone.h"

/* Fixes gateway time; `last_stamp` is the latest time found in the databases, 0: none. Returns
 * false when the wall clock was earlier. Without this call the first reader of the clock fixes
 * it. */
bool clock_start(ms_t last_stamp);

us_t clock_us(void);
ms_t clock_ms(void);

/* Wall clock minus gateway time: how far NTP has moved the wall clock since the start. */
ms_t clock_drift(void);

/* CPU seconds of this process, all threads, for /metrics and bench. */
double clock_cpu_seconds(void);

/* The time `span` from now, for pthread_cond_timedwait on a condition with the monotonic clock. */
struct timespec clock_deadline(ms_t span);

/* The table of a zone of the system's database ("Asia/Shanghai"), 2000 to 2060. Uses no environment
 * variable, so any thread may call it. Refuses names that leave the database ("../x", "/x"). */
MUST_CHECK bool clock_zone(const char *name, struct zone *ret_zone, struct error *error);
