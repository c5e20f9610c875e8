/* safe_range.h - which readings need not be judged.
 *
 * Nearly every reading lies far from every limit, while no alarm of its point is raised, delayed or
 * part of an open incident. Judging it would change nothing. So each point has an interval in which
 * no `when` of its judgements is true, and a count of judgements that are not at rest. While the
 * count is 0, only a value outside the interval is judged. A judgement whose `when` depends on more
 * than the value of its own point never rests.
 *
 * It saves work and changes no result: with and without it the effects are the same
 * (safe_range_test). */
#pragma once

#include "gateway/core/tables/engine_memory.h"

/* After the judgements and their dependents are built. A judgement rests after it was judged
 * once. */
void safe_range_build(struct engine *engine);

/* A judgement has been judged. */
void safe_range_review(struct engine *engine, int32_t judgement);

/* Need this reading, which was just taken in, not be judged? */
static inline bool safe_range_holds(const struct engine *engine, const struct reading *reading)
{
    const struct point_memory *point = &engine->point[reading->point];
    bool is_between =
        reading->value >= (double) point->safe_from && reading->value <= (double) point->safe_until;
    return point->restless_count == 0 && (is_between || !reading_has_value(reading));
}
