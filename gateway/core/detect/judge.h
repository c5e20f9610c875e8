/* judge.h - points, their windows, and the judgements over them.
 *
 * A good or uncertain sample covers the time until the next one, at most max(3 x poll, 60 s); a bad or missing one
 * ends its cover at once. A value may be judged while it is not older than its point's silent_after_ms and the
 * newest sample had a value.
 *
 * A reading is judged by the judgements that ask for its point, after all readings of its transaction were taken
 * in: their number is what a reading costs, however many points there are. Judgements with a window or an age are
 * judged by time too, at most TIMED_PER_SECOND of them a second, each in its own second of a fixed turn. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

enum { TIMED_PER_SECOND = 1000 };

void judge_build(struct engine *engine, struct arena *arena);

/* Takes the reading in, judges nothing. */
void judge_take(struct engine *engine, const struct reading *reading);

/* Its judgements go into the queue. */
void judge_queue_point(struct engine *engine, int32_t point);
void judge_queue(struct engine *engine, int32_t judgement);

/* Those whose second it is. */
void judge_queue_timed(struct engine *engine);

/* Judges what is queued, as far as there is room. */
void judge_run(struct engine *engine);

/* Before the start: running delays move on by the outage. */
void judge_start(struct engine *engine);

/* A person acknowledged the incident, or took off a latch. */
void judge_acknowledge(struct engine *engine, int32_t judgement);
bool judge_reset(struct engine *engine, int32_t judgement);

/* The judgement of a rule and a point by their ids, or -1. */
int32_t judge_find(const struct engine *engine, const char *rule, const char *point);

/* Of the judgements whose point it is. */
enum condition judge_condition(const struct engine *engine, int32_t point);
