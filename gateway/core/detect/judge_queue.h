/* judge_queue.h - the judgements to be judged next: each once, in the order in which they were
 * added.
 *
 * Judgements with a window or an age change by time alone. Each of them is added in its own second
 * of a fixed turn, at most TIMED_PER_SECOND a second. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

enum { TIMED_PER_SECOND = 1000 };

/* After the judgements are built. */
void judge_queue_build(struct engine *engine, struct arena *arena);

/* The turn begins now. */
void judge_queue_start(struct engine *engine);

void judge_queue_add(struct engine *engine, int32_t judgement);

/* All that ask for this point. */
void judge_queue_add_point(struct engine *engine, int32_t point);

/* Those whose second has come since the last call. */
void judge_queue_add_timed(struct engine *engine);

bool judge_queue_is_empty(const struct engine *engine);

/* Takes the first one out; not of an empty queue. */
int32_t judge_queue_take(struct engine *engine);
