/* judge_build.c - which judgements each point has: built once from the expressions of the rules. */
#include "gateway/core/detect/judge.h"
#include "gateway/core/detect/safe_range.h"

/* Finds the points of an expression: it is evaluated once in a world that answers "unknown" and
 * notes each question. Evaluation never skips an operand, so no question is missed. */
struct probe {
    const struct policy *policy;
    int32_t subject; /* that -1 stands for */
    int32_t count;
    int32_t point[EXPR_OPS_MAX * 2 + 1];
};

static void note_question(struct probe *probe, int32_t point)
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

/* The context of a world is const; this one is written through a pointer in it. */
struct probe_context {
    struct probe *probe;
};

static bool probe_point(const void *context, int32_t point, double *ret_value)
{
    *ret_value = 0;
    note_question(((const struct probe_context *) context)->probe, point);
    return false;
}

static struct window_summary probe_window(const void *context, int32_t window)
{
    struct probe *probe = ((const struct probe_context *) context)->probe;
    note_question(probe, probe->policy->window[window].point);
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
                                     .value = probe_point,
                                     .age = probe_point,
                                     .window = probe_window};
    (void) expr_judge(about->when, &world);
    if (about->clear != NULL) {
        (void) expr_judge(about->clear, &world);
    }
}

static void build_sources(struct engine *engine, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    struct index source = index_new(arena, policy->judgement_count);
    struct index dependent = index_new(arena, policy->point_count);
    struct probe *probe = arena_take(arena, 1, sizeof *probe);
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        probe_judgement(policy, i, probe);
        for (int32_t k = 0; k < probe->count; k++) {
            index_count(&source, i);
            index_count(&dependent, probe->point[k]);
        }
    }
    index_reserve(&source, arena, policy->judgement_count);
    index_reserve(&dependent, arena, policy->point_count);
    for (int32_t i = 0; i < policy->judgement_count; i++) {
        probe_judgement(policy, i, probe);
        for (int32_t k = 0; k < probe->count; k++) {
            index_add(&source, i, probe->point[k]);
            index_add(&dependent, probe->point[k], i);
        }
    }
    engine->source = source;
    engine->dependent = dependent;
}

void judge_build(struct engine *engine, struct arena *arena)
{
    engine->judgement =
        arena_take(arena, (size_t) engine->policy->judgement_count, sizeof *engine->judgement);
    build_sources(engine, arena);
    safe_range_build(engine);
}
