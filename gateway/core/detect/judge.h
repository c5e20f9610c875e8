/* judge.h - judgements: rules applied to points; their expressions are evaluated on readings and by
 * time.
 *
 * A reading is judged by the judgements that ask for its point, after all readings of its
 * transaction were taken in. Their number is what a reading costs, however many points there
 * are. */
#pragma once

#include "gateway/core/detect/points.h"

void judge_build(struct engine *engine, struct arena *arena);

/* A value of a point came in: incidents of its judgements keep their peaks. */
void judge_keep_peaks(struct engine *engine, const struct reading *reading);

/* Takes the reading in; nothing is judged. */
static inline void judge_take(struct engine *engine, const struct reading *reading)
{
    points_take(engine, reading);
    /* A point whose judgements all rest belongs to no open incident, so it has no peak. */
    if (engine->point[reading->point].restless_count > 0 && reading_has_value(reading)) {
        judge_keep_peaks(engine, reading);
    }
}

/* Judges the queue, while there is room for effects. */
void judge_run(struct engine *engine);

/* Before the start: running delays move on by the outage. */
void judge_start(struct engine *engine);

/* A person acknowledged the incident, or released a latch. */
void judge_acknowledge(struct engine *engine, int32_t judgement);
bool judge_reset(struct engine *engine, int32_t judgement);

/* The incident was closed: its alarm forgets it. */
void judge_release(struct engine *engine, const struct incident *incident);

/* The judgement of a rule and a point by their ids, or -1. */
int32_t judge_find(const struct engine *engine, const char *rule, const char *point);

/* The worst condition of the judgements of this point. */
enum condition judge_condition(const struct engine *engine, int32_t point);
