/* points.h - the newest reading of each point, and the windows that its values fill.
 *
 * A good or uncertain sample covers the time until the next one, at most max(3 x poll, 60 s). A bad
 * or missing sample ends its cover at once. A value is fresh until it is silent_after_ms old. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

void points_build(struct engine *engine, struct arena *arena);

/* Takes the reading in. A late one lands in its own bucket and changes no present value. */
void points_take(struct engine *engine, const struct reading *reading);

/* Fills the windows with the newest value until `now`, as far as its sample covers. */
void points_extend_cover(struct engine *engine, int32_t point, ms_t now);

/* From when on the point has no fresh value, if no good sample comes; 0: it never had one. */
static inline ms_t points_stale_at(const struct engine *engine, int32_t point)
{
    ms_t good_at = engine->point[point].good_at;
    return good_at == 0 ? 0 : good_at + engine->terms[point].silent_after_ms;
}
