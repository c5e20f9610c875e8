#include "gateway/core/detect/judge.h"
#include "gateway/core/detect/safe_range.h"

/* Which points does an expression ask for? It is asked: evaluated once in a world that knows nothing and writes down
 * each question. All operands are always evaluated, so no question is missed. */
struct probe {
    const struct policy *policy;
    int32_t subject; /* the judgement's own point */
    int32_t count;
    int32_t point[EXPR_OPS_MAX * 2 + 1];
};

static void ask(struct probe *probe, int32_t point)
{
    int32_t asked = point < 0 ? probe->subject : point;
    for (int32_t i = 0; i < probe->count; i++) {
        if (probe->point[i] == asked) {
            return;
        }
    }
    CHECK(probe->count < EXPR_OPS_MAX * 2 + 1);
    probe->point[probe->count++] = asked;
}

/* A world's context is const for all who only look; this one writes. */
struct probe_context {
    struct probe *probe;
};

static bool probe_value(const void *context, int32_t point, double *ret_value)
{
    *ret_value = 0;
    ask(((const struct probe_context *) context)->probe, point);
    return false;
}

static struct window_summary probe_window(const void *context, int32_t window)
{
    struct probe *probe = ((const struct probe_context *) context)->probe;
    ask(probe, probe->policy->window[window].point);
    return (struct window_summary){0};
}

static void probe_judgement(const struct policy *policy, int32_t judgement, struct probe *probe)
{
    const struct policy_judgement *about = &policy->judgement[judgement];
    probe->policy = policy;
    probe->subject = about->point;
    probe->count = 0;
    const struct probe_context context = {.probe = probe};
    const struct expr_world world = {.context = &context,
                                     .min_coverage = 1,
                                     .value = probe_value,
                                     .age = probe_value,
                                     .window = probe_window};
    (void) expr_judge(about->when, &world);
    if (about->clear != NULL) {
        (void) expr_judge(about->clear, &world);
    }
}

/* Both directions, counted first and filled second. */
static void build_sources(struct engine *engine, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    size_t judgements = (size_t) policy->judgement_count;
    struct index *source = &engine->source;
    struct index *dependent = &engine->dependent;
    struct probe *probe = arena_take(arena, 1, sizeof *probe);
    source->first = arena_take(arena, judgements + 1, sizeof(int32_t));
    dependent->first = arena_take(arena, (size_t) policy->point_count + 2, sizeof(int32_t));
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        probe_judgement(policy, i, probe);
        source->first[i + 1] = source->first[i] + probe->count;
        for (int32_t k = 0; k < probe->count; k++) {
            dependent->first[probe->point[k] + 2]++;
        }
    }
    for (int32_t i = 2; i < policy->point_count + 2; i++) {
        dependent->first[i] += dependent->first[i - 1];
    }
    size_t total = (size_t) source->first[policy->judgement_count];
    source->item = arena_take(arena, total, sizeof(int32_t));
    dependent->item = arena_take(arena, total, sizeof(int32_t));
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        probe_judgement(policy, i, probe);
        for (int32_t k = 0; k < probe->count; k++) {
            source->item[source->first[i] + k] = probe->point[k];
            /* first[p + 1] is where p's list is filled next; when all are in, where it ends. */
            dependent->item[dependent->first[probe->point[k] + 1]++] = i;
        }
    }
}

static void build_windows(struct engine *engine, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    engine->window = arena_take(arena, (size_t) policy->window_count, sizeof(struct window *));
    engine->first_window = arena_take(arena, (size_t) policy->point_count + 1, sizeof(int32_t));
    int32_t window = 0;
    for (int32_t point = 0; point < policy->point_count; point++) {
        engine->first_window[point] = window;
        for (; window < policy->window_count && policy->window[window].point == point; window++) {
            engine->window[window] = window_new(arena, policy->window[window].span_ms);
        }
    }
    engine->first_window[policy->point_count] = window;
    CHECK(window == policy->window_count); /* sorted by point */
}

static void build_timed(struct engine *engine, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    engine->timed = arena_take(arena, (size_t) policy->judgement_count, sizeof(int32_t));
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        const struct policy_judgement *about = &policy->judgement[i];
        if (expr_is_timed(about->when) || (about->clear != NULL && expr_is_timed(about->clear))) {
            engine->judgement[i].is_timed = true;
            engine->timed[engine->timed_count++] = i;
        }
    }
    engine->timed_period = 1 + engine->timed_count / TIMED_PER_SECOND;
}

void judge_build(struct engine *engine, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    engine->point = arena_take(arena, (size_t) policy->point_count, sizeof *engine->point);
    engine->terms = arena_take(arena, (size_t) policy->point_count, sizeof *engine->terms);
    engine->judgement =
        arena_take(arena, (size_t) policy->judgement_count, sizeof *engine->judgement);
    engine->queue = arena_take(arena, (size_t) policy->judgement_count, sizeof(int32_t));
    for (int32_t i = 0; i < policy->point_count; i++) {
        engine->point[i].reading = (struct reading){.point = i, .quality = QUALITY_NO_ANSWER};
        CHECK(policy->point[i].silent_after_ms <=
              INT32_MAX); /* the config allows 7 days, or 3 polls */
        engine->terms[i] = (struct point_terms){
            .device = policy->point[i].device,
            .silent_after_ms = (int32_t) policy->point[i].silent_after_ms,
        };
    }
    build_windows(engine, arena);
    build_sources(engine, arena);
    build_timed(engine, arena);
    safe_range_build(engine);
}
