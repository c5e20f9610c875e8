/* safe_range.h - which readings need not be judged.
 *
 * Nearly every reading of a day lies far from every limit, while no alarm of its point is raised, waits for its on-delay
 * or belongs to an open incident. Judging such a reading is known to change nothing: as long as all judgements of a point
 * are at rest, only a value for which one of their `when` can be true makes a difference. So each point knows an interval
 * in which none of them is true, and how many of its judgements are not at rest. A judgement whose `when` asks for more
 * than its own point's value never counts as resting.
 *
 * It leaves out work, never a result: the engine with it and the engine without it give the same effects (calm_test). */
#pragma once

#include "gateway/core/tables/engine_memory.h"

/* After the judgements and their dependents are built. Nothing rests before it was judged once. */
void safe_range_build(struct engine *engine);

/* A judgement has been judged. */
void safe_range_review(struct engine *engine, int32_t judgement);

/* May this reading, which was just taken in, be left unjudged? */
static inline bool safe_range_holds(const struct engine *engine, const struct reading *reading)
{
    const struct point_memory *point = &engine->point[reading->point];
    bool is_between =
        reading->value >= (double) point->calm_from && reading->value <= (double) point->calm_until;
    return point->restless_count == 0 && (is_between || !reading_has_value(reading));
}
