#include "gateway/core/chain/outputs.h"

static bool is_asking(const struct policy_output *output, const struct incident *incident)
{
    bool is_at_work = output->is_until_acked ? incident->state == INCIDENT_OPEN
                                             : incident->state != INCIDENT_CLOSED;
    return is_at_work && incident->condition != CONDITION_NORMAL &&
           incident->severity <= output->severity && incident->level >= output->level;
}

/* The asker of an output is the newest incident that asks for it: incidents come by rising id. */
static void ask_outputs(const struct engine *engine, const struct incident *incident,
                        const struct incident *asker[static OUTPUTS_MAX])
{
    const struct policy *policy = engine->policy;
    const struct policy_site *site = &policy->site[incident->site_index];
    for (int32_t i = site->first_output; i < site->first_output + site->output_count; i++) {
        if (is_asking(&policy->output[i], incident)) {
            asker[i] = incident;
        }
    }
}

static void find_askers(const struct engine *engine,
                        const struct incident *asker[static OUTPUTS_MAX])
{
    for (int32_t i = 0; i < incident_table_count(engine->incidents); i++) {
        const struct incident *incident = incident_table_at(engine->incidents, i);
        if (incident->site_index >= 0 && incident->state != INCIDENT_CLOSED) {
            ask_outputs(engine, incident, asker);
        }
    }
}

static void switch_output(struct engine *engine, int32_t index)
{
    engine_effect(engine, EFFECT_OUTPUT)->output =
        (struct effect_output){.output = index, .is_on = engine->output[index].is_wanted};
}

/* Returns when time alone changes it, or TIMERS_NEVER. A new asker, or one raised again, starts
 * `max` anew. */
static ms_t decide_output(struct engine *engine, int32_t index, const struct incident *asker)
{
    const struct policy_output *output = &engine->policy->output[index];
    struct output_memory *memory = &engine->output[index];
    bool is_new = asker != NULL &&
                  (asker->id != memory->incident || asker->raised_count != memory->raised_count);
    if (is_new) {
        memory->incident = asker->id;
        memory->raised_count = asker->raised_count;
        memory->since = engine->now;
    }
    ms_t end = output->max_ms == 0 ? TIMERS_NEVER : memory->since + output->max_ms;
    memory->is_wanted = asker != NULL && engine->now < end;
    return memory->is_wanted ? end : TIMERS_NEVER;
}

static void review_outputs(struct engine *engine, bool tells_all)
{
    const struct incident *asker[OUTPUTS_MAX] = {NULL};
    ms_t next = TIMERS_NEVER;
    engine->must_review_outputs = false;
    find_askers(engine, asker);
    for (int32_t i = 0; i < engine->policy->output_count; i++) {
        bool was_wanted = engine->output[i].is_wanted;
        next = min_ms(next, decide_output(engine, i, asker[i]));
        bool has_changed = engine->output[i].is_wanted != was_wanted;
        if (has_changed || tells_all) {
            switch_output(engine, i);
        }
        if (has_changed && !tells_all) {
            const struct policy_output *output = &engine->policy->output[i];
            (void) engine_entry(
                engine, incident_table_find(engine->incidents, engine->output[i].incident),
                ENTRY_OUTPUT, "%s（%s）%s", output->name, output->id, was_wanted ? "停止" : "启动");
        }
    }
    timers_set(engine->timers, engine->timer.outputs, next);
}

bool outputs_review(struct engine *engine)
{
    int32_t count = engine->policy->output_count;
    if (!engine->must_review_outputs || count == 0) {
        return false;
    }
    /* For each output: the switch, its entry, and the fault that may begin with it. */
    if (engine->effects->count + 3 * count > EFFECTS_MAX) {
        timers_set(engine->timers, engine->timer.outputs, engine->now + 1);
        return false;
    }
    review_outputs(engine, false);
    return true;
}

void outputs_start(struct engine *engine)
{
    CHECK(engine->policy->output_count <= OUTPUTS_MAX);
    CHECK(engine->effects->count + OUTPUTS_MAX <= EFFECTS_MAX);
    review_outputs(engine, true);
    engine->must_review_outputs = true; /* for the faults, which had no room here */
}

void outputs_hear(struct engine *engine, const struct event_output *output)
{
    CHECK(output->output >= 0 && output->output < engine->policy->output_count);
    const struct policy_output *about = &engine->policy->output[output->output];
    const struct incident *incident =
        incident_table_find_open(engine->incidents, engine->output[output->output].incident);
    (void) engine_entry(engine, incident, ENTRY_OUTPUT, "%s：%s", about->id, output->text);
}
