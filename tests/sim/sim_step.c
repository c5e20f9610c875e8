/* sim_step.c - one step of the engines and its effects. */
#include <string.h>

#include "tests/scenarios/player/same_effect.h"
#include "tests/sim/sim.h"

uint64_t sim_roll(struct sim *sim, uint64_t sides)
{
    sim->random ^= sim->random << 13; /* xorshift64 */
    sim->random ^= sim->random >> 7;
    sim->random ^= sim->random << 17;
    return (sim->random >> 11) % sides;
}

bool sim_chance(struct sim *sim, uint64_t one_in)
{
    return sim_roll(sim, one_in) == 0;
}

/* With a twin a cancelled message never leaves. Without one it may leave all the same. */
static void cancel_waiting(struct sim *sim, int64_t id)
{
    for (int32_t i = 0; i < sim->waiting_count && sim->twin != NULL; i++) {
        if (sim->waiting[i] == id) {
            sim->waiting[i] = 0;
        }
    }
}

static void note_messages(struct sim *sim)
{
    for (int32_t i = 0; i < sim->effects->count; i++) {
        const struct effect *effect = &sim->effects->item[i];
        if (effect->kind == EFFECT_CANCEL) {
            cancel_waiting(sim, effect->cancel);
        }
        if (effect->kind == EFFECT_MESSAGE && sim->waiting_count < WAITING_MAX) {
            sim->waiting[sim->waiting_count++] = effect->message.id;
        }
    }
}

static void compare_twin(const struct sim *sim)
{
    if (sim->effects->count != sim->twin_effects->count) {
        watch_fail(&sim->watch, "the twin says %d things, not %d", (int) sim->twin_effects->count,
                   (int) sim->effects->count);
    }
    for (int32_t i = 0; i < sim->effects->count; i++) {
        if (!same_effect_is(&sim->effects->item[i], &sim->twin_effects->item[i])) {
            watch_fail(&sim->watch, "effect %d of the twin is another (kind %d, %d)", (int) i,
                       (int) sim->effects->item[i].kind, (int) sim->twin_effects->item[i].kind);
        }
    }
}

void sim_take_effects(struct sim *sim)
{
    sim->watch.now = sim->now;
    watch_check_effects(&sim->watch, sim->effects);
    notebook_write(&sim->book, sim->effects);
    note_messages(sim);
}

static void apply_to_engines(struct sim *sim, struct event *event)
{
    event->at = sim->now;
    sim->watch.event++;
    engine_step(sim->engine, event, sim->effects);
    if (sim->twin != NULL) {
        engine_step(sim->twin, event, sim->twin_effects);
        compare_twin(sim);
    }
    sim_take_effects(sim);
    watch_check_outputs(&sim->watch);
}

struct event sim_output_report(int32_t output, bool is_on)
{
    return (struct event){.kind = EVENT_OUTPUT_STATE,
                          .output_state = {.output = output,
                                           .state = is_on ? OUTPUT_ON : OUTPUT_OFF,
                                           .is_wanted = is_on,
                                           .text = ""}};
}

static void report_outputs(struct sim *sim)
{
    for (int32_t i = 0; i < sim->town->policy.output_count; i++) {
        if (sim->is_on[i] != sim->watch.is_on[i]) {
            sim->is_on[i] = sim->watch.is_on[i];
            struct event event = sim_output_report(i, sim->is_on[i]);
            apply_to_engines(sim, &event);
        }
    }
}

void sim_step(struct sim *sim, struct event *event)
{
    apply_to_engines(sim, event);
    report_outputs(sim);
}
