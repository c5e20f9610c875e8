/* clock.h - the only reader of the system's clocks.
 *
 * House time is the wall clock at start plus the boot clock elapsed: it never jumps inside a run. A
 * wall clock that stands earlier than the last stamp we stored continues from that stamp,
 * flagged. */
#pragma once

#include <time.h>

#include "gateway/base/error.h"
#include "gateway/base/units.h"
#include "gateway/base/zone.h"

/* Fixes house time; `last_stamp` is the latest time found in the databases, 0: none. Returns false
 * when the wall clock stood earlier than it. Before this call house time is the wall clock of the
 * first question. */
bool clock_start(ms_t last_stamp);

us_t clock_us(void);
ms_t clock_ms(void);

/* Wall clock minus house time now: what NTP has changed since the start. */
ms_t clock_drift(void);

/* CPU seconds of this process, all threads, for /metrics and bench. */
double clock_cpu_seconds(void);

/* The moment `span` from now for pthread_cond_timedwait on a condition with the monotonic clock. */
struct timespec clock_deadline(ms_t span);

/* Sleeps; used by no thread that others wait for. */
void clock_sleep(ms_t span);

/* The table of a zone of the system's database ("Asia/Shanghai"), 2000 to 2060. Touches no
 * environment: any thread may ask. A name that leaves the database ("../x", "/x") is no zone. */
MUST_CHECK bool clock_zone(const char *name, struct zone *ret_zone, struct error *error);
