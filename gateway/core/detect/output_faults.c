#include "gateway/core/detect/output_faults.h"

#include "gateway/base/text.h"
#include "gateway/core/detect/health.h"

/* Of one output. */
struct output_fault {
    enum output_state state; /* as last reported */
    bool was_wanted;         /* when it was last reviewed */
    bool is_faulty;          /* a fault was reported in this run and has not ended */
    bool is_proved;          /* it has acted as wanted since the last fault */
};

void output_faults_build(struct engine *engine, struct arena *arena)
{
    engine->output_fault =
        arena_take(arena, (size_t) engine->policy->output_count, sizeof *engine->output_fault);
}

static void report_fault(struct engine *engine, int32_t index, bool is_ok, bool may_pass,
                         const char *text)
{
    struct output_fault *fault = &engine->output_fault[index];
    const struct event_health health = {.part = HEALTH_OUTPUT,
                                        .is_ok = is_ok,
                                        .may_pass = may_pass,
                                        .id = engine->policy->output[index].id,
                                        .text = text};
    fault->is_faulty = !is_ok;
    fault->is_proved = is_ok;
    struct effect_health *effect = &engine_effect(engine, EFFECT_HEALTH)->health;
    effect->part = health.part;
    effect->is_ok = is_ok;
    effect->at = engine->now;
    text_copy(effect->id, sizeof effect->id, health.id);
    text_copy(effect->text, sizeof effect->text, text);
    health_hear(engine, &health);
}

void output_faults_hear(struct engine *engine, const struct event_output_state *report)
{
    CHECK(report->output >= 0 && report->output < engine->policy->output_count);
    struct output_fault *fault = &engine->output_fault[report->output];
    bool is_lost = report->state == OUTPUT_UNKNOWN && report->is_wanted;
    fault->state = report->state;
    if (report->state == OUTPUT_FAILED || is_lost) {
        report_fault(engine, report->output, false, is_lost,
                     is_lost ? OUTPUT_LOST_TEXT : report->text);
        return;
    }
    /* Without a fault in this run, the first time that it sounds ends one of an earlier run. */
    bool is_new_proof = report->state == OUTPUT_ON && !fault->is_proved;
    bool is_known = report->state != OUTPUT_UNKNOWN;
    if (is_known && !report->has_failed && (fault->is_faulty || is_new_proof)) {
        report_fault(engine, report->output, true, false, report->text);
    }
}

void output_faults_review(struct engine *engine)
{
    for (int32_t i = 0; i < engine->policy->output_count; i++) {
        struct output_fault *fault = &engine->output_fault[i];
        bool is_wanted = engine->output[i].is_wanted;
        bool is_new = is_wanted && !fault->was_wanted;
        fault->was_wanted = is_wanted;
        if (is_new && fault->state == OUTPUT_UNKNOWN) {
            report_fault(engine, i, false, true, OUTPUT_LOST_TEXT);
        }
    }
}
