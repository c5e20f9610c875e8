#include "gateway/core/detect/judge_queue.h"

struct judge_queue {
    int32_t *item; /* a ring with a place for each judgement */
    int32_t first, count;
    int32_t *timed; /* judgements that change by time alone */
    int32_t timed_count;
    int32_t period;      /* of the turn, in seconds */
    int64_t last_second; /* its judgements were added */
};

void judge_queue_build(struct engine *engine, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    struct judge_queue *queue = arena_take(arena, 1, sizeof *queue);
    queue->item = arena_take(arena, (size_t) policy->judgement_count, sizeof(int32_t));
    queue->timed = arena_take(arena, (size_t) policy->judgement_count, sizeof(int32_t));
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        const struct policy_judgement *about = &policy->judgement[i];
        if (expr_is_timed(about->when) || (about->clear != NULL && expr_is_timed(about->clear))) {
            engine->judgement[i].is_timed = true;
            queue->timed[queue->timed_count++] = i;
        }
    }
    queue->period = 1 + queue->timed_count / TIMED_PER_SECOND;
    engine->queue = queue;
}

void judge_queue_start(struct engine *engine)
{
    engine->queue->last_second = engine->now / MS_PER_SECOND;
}

void judge_queue_add(struct engine *engine, int32_t judgement)
{
    struct judge_queue *queue = engine->queue;
    if (engine->judgement[judgement].is_queued) {
        return;
    }
    engine->judgement[judgement].is_queued = true;
    queue->item[(queue->first + queue->count) % engine->policy->judgement_count] = judgement;
    queue->count++;
}

void judge_queue_add_point(struct engine *engine, int32_t point)
{
    const struct index *dependent = &engine->dependent;
    for (int32_t i = dependent->first[point]; i < dependent->first[point + 1]; i++) {
        judge_queue_add(engine, dependent->item[i]);
    }
}

void judge_queue_add_timed(struct engine *engine)
{
    struct judge_queue *queue = engine->queue;
    int64_t now = engine->now / MS_PER_SECOND;
    int64_t second = queue->last_second + 1;
    if (second <= now - queue->period) {
        second = now - queue->period + 1; /* a whole turn has passed: each one once */
    }
    for (; second <= now && queue->timed_count > 0; second++) {
        int32_t phase = (int32_t) (second % queue->period);
        for (int32_t i = phase; i < queue->timed_count; i += queue->period) {
            judge_queue_add(engine, queue->timed[i]);
        }
    }
    queue->last_second = now;
}

bool judge_queue_is_empty(const struct engine *engine)
{
    return engine->queue->count == 0;
}

int32_t judge_queue_take(struct engine *engine)
{
    struct judge_queue *queue = engine->queue;
    CHECK(queue->count > 0);
    int32_t judgement = queue->item[queue->first];
    queue->first = (queue->first + 1) % engine->policy->judgement_count;
    queue->count--;
    engine->judgement[judgement].is_queued = false;
    return judgement;
}
