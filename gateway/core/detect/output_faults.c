#include "gateway/core/detect/output_faults.h"

#include "gateway/base/text.h"
#include "gateway/core/detect/health.h"

static void report_fault(struct engine *engine, int32_t index, bool is_well, bool may_pass,
                         const char *text)
{
    struct output_memory *output = &engine->output[index];
    const struct event_health health = {.part = HEALTH_OUTPUT,
                                        .is_well = is_well,
                                        .may_pass = may_pass,
                                        .id = engine->policy->output[index].id,
                                        .text = text};
    output->is_faulty = !is_well;
    output->is_proved = is_well;
    struct effect_health *effect = &engine_effect(engine, EFFECT_HEALTH)->health;
    effect->part = health.part;
    effect->is_well = is_well;
    effect->at = engine->now;
    text_copy(effect->id, sizeof effect->id, health.id);
    text_copy(effect->text, sizeof effect->text, text);
    health_hear(engine, &health);
}

void output_faults_hear(struct engine *engine, const struct event_output_state *report)
{
    CHECK(report->output >= 0 && report->output < engine->policy->output_count);
    struct output_memory *output = &engine->output[report->output];
    bool is_lost = report->state == OUTPUT_STATE_UNKNOWN && report->is_wanted;
    output->state = report->state;
    if (report->state == OUTPUT_STATE_FAILED || is_lost) {
        report_fault(engine, report->output, false, is_lost,
                     is_lost ? OUTPUT_LOST_TEXT : report->text);
        return;
    }
    /* Also without a fault of this run: the first time that it sounds ends one of an earlier run. */
    bool is_new_proof = report->state == OUTPUT_STATE_ON && !output->is_proved;
    bool is_known = report->state != OUTPUT_STATE_UNKNOWN;
    if (is_known && !report->has_failed && (output->is_faulty || is_new_proof)) {
        report_fault(engine, report->output, true, false, report->text);
    }
}

void output_faults_review(struct engine *engine)
{
    for (int32_t i = 0; i < engine->policy->output_count; i++) {
        struct output_memory *output = &engine->output[i];
        bool is_new = output->is_wanted && !output->was_wanted;
        output->was_wanted = output->is_wanted;
        if (is_new && output->state == OUTPUT_STATE_UNKNOWN) {
            report_fault(engine, i, false, true, OUTPUT_LOST_TEXT);
        }
    }
}
