/* maintenance.h - devices under repair, with reason and end.
 *
 * ISA-18.2 calls it out of service: an overlay that stops no evaluation and no recording. While it
 * lasts, no incident of the device's points or of its silence is opened, as if on-delays were still
 * running. Open incidents keep their chain, since a repair is no acknowledgement. At its end,
 * conditions that are still active are raised at once. Begin and end are in the audit log. At most
 * MAINTENANCE_MAX at once, at most 30 days each; a restart neither ends nor lengthens it. */
#pragma once

#include "gateway/base/text.h"
#include "gateway/core/tables/engine_memory.h"

enum { MAINTENANCE_MAX = 256 }; /* at once; the next one is refused */

#define MAINTENANCE_SPAN_MAX (30 * MS_PER_DAY)

void maintenance_build(struct engine *engine, struct arena *arena);

/* A person begins it, changes its end or (until 0) ends it. False: `why` says why not. */
bool maintenance_obey(struct engine *engine, const struct event_command *command, struct text *why);

/* Ends those whose time is over. */
void maintenance_end_due(struct engine *engine);

/* Before the start: a stored one; then sets the timer. */
void maintenance_adopt(struct engine *engine, const struct effect_maintenance *stored);
void maintenance_start(struct engine *engine);

/* Those under repair, by position 0...count-1. */
int32_t maintenance_count(const struct engine *engine);
struct effect_maintenance maintenance_get(const struct engine *engine, int32_t position);
