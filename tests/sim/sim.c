/* sim - runs some days of a random town and stops at the first effect that must not be.
 * usage: sim [--days N] [--seed S]
 *
 * Values wander and jump, sensors fall silent, links and stores break. Messages leave, fail or
 * hang. People answer correctly, wrongly, twice or not at all, and the process dies.
 *
 * An even seed has a twin: a second engine sees the same events, and is often restarted from what
 * was stored. At each step its effects must equal those of the first engine. An odd seed has one
 * engine that is down for hours at times: it carries out passed deadlines once after the settle
 * time. */
#include "tests/sim/sim.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct engine *start_engine(struct sim *sim, struct arena **arena, struct effects *effects)
{
    arena_free(*arena);
    *arena = arena_new();
    struct engine *engine = notebook_restore(&sim->book, *arena, &sim->town->policy);
    arena_freeze(*arena);
    engine_start(engine, sim->now, effects);
    return engine;
}

/* An engine that was just started is shown that each output can do both, and its present state. */
static void prove_outputs(struct sim *sim, struct engine *engine, struct effects *effects)
{
    for (int32_t i = 0; i < sim->town->policy.output_count; i++) {
        sim->is_on[i] = sim->watch.is_on[i];
        struct event events[] = {sim_output_report(i, true), sim_output_report(i, sim->is_on[i])};
        for (int k = 0; k < 2; k++) {
            events[k].at = sim->now;
            engine_step(engine, &events[k], effects);
            if (engine == sim->engine) {
                sim_take_effects(sim);
            }
        }
    }
}

/* The twin dies just after a reading, so that no time is lost, and not while a part is in its first
 * bad minutes: health is reported anew after a start, not stored. */
static void restart_twin(struct sim *sim)
{
    if (sim->now - sim->link_quiet_since < 15 * MS_PER_MINUTE) {
        return;
    }
    for (int part = 0; part < 5; part++) {
        if (sim->bad_until[part] != 0) {
            return;
        }
    }
    sim->twin = start_engine(sim, &sim->twin_arena, sim->twin_effects);
    for (int32_t i = 0; i < sim->twin_effects->count; i++) {
        if (sim->twin_effects->item[i].kind != EFFECT_OUTPUT) {
            watch_fail(&sim->watch, "the twin has effects at its start");
        }
    }
    prove_outputs(sim, sim->twin, sim->twin_effects);
}

static void report_all_health(struct sim *sim)
{
    for (int part = 0; part < 5; part++) {
        sim_report_health(sim, part, sim->bad_until[part] == 0);
    }
}

static void restart_late(struct sim *sim)
{
    sim->now += sim_chance(sim, 2) ? 1000 : (ms_t) sim_roll(sim, 5 * MS_PER_HOUR);
    sim->watch.quiet_until = sim->now + sim->town->policy.settle_ms;
    sim->engine = start_engine(sim, &sim->arena, sim->effects);
    sim->watch.engine = sim->engine;
    sim_take_effects(sim);
    prove_outputs(sim, sim->engine, sim->effects);
    report_all_health(sim);
}

static void check_forgotten(const struct sim *sim)
{
    if (sim->now < sim->watch.quiet_until + MS_PER_MINUTE) {
        return;
    }
    for (int32_t i = 0; i < engine_incident_count(sim->engine); i++) {
        const struct incident *incident = engine_incident_at(sim->engine, i);
        ms_t repeat_at = incident_repeats_at(incident);
        ms_t escalate_at = incident_escalates_at(incident);
        ms_t due = escalate_at == 0 ? repeat_at : escalate_at;
        if (incident->state != INCIDENT_CLOSED && due != 0 && due < sim->now - MS_PER_MINUTE) {
            watch_fail(&sim->watch, "incident %" PRId64 " was forgotten", incident->id);
        }
    }
}

static void tick_until(struct sim *sim, ms_t until)
{
    for (;;) {
        ms_t next = max_ms(sim->now, engine_deadline(sim->engine));
        if (next > until) {
            break;
        }
        sim->now = next;
        struct event event = {.kind = EVENT_TICK};
        sim_step(sim, &event);
    }
    sim->now = until;
}

static void play_round(struct sim *sim)
{
    for (int32_t device = 0; device < DEVICES; device++) {
        tick_until(sim, sim->now + ROUND_MS / DEVICES);
        sim_poll_device(sim, device);
        if (sim->twin != NULL && sim_chance(sim, 4000)) {
            restart_twin(sim);
        }
    }
    sim_live(sim);
    if (sim->twin == NULL && sim_chance(sim, 1500)) {
        restart_late(sim);
    }
}

static void open_sim(struct sim *sim, uint64_t seed)
{
    sim->random = (seed + 1) * 0x9E3779B97F4A7C15U;
    sim->town = places_build(seed);
    sim->effects = calloc(1, sizeof *sim->effects);
    sim->twin_effects = calloc(1, sizeof *sim->twin_effects);
    CHECK(sim->effects != NULL && sim->twin_effects != NULL);
    sim->watch = (struct watch){.seed = seed, .policy = &sim->town->policy};
    sim->now = 1784000000000; /* in July 2026 */
    sim->watch.quiet_until = sim->now + sim->town->policy.settle_ms;
    for (int i = 0; i < DEVICES; i++) {
        sim->life[i].value[0] = 30;
        sim->life[i].value[1] = 65;
    }
    sim->engine = start_engine(sim, &sim->arena, sim->effects);
    sim->watch.engine = sim->engine;
    prove_outputs(sim, sim->engine, sim->effects);
    if (seed % 2 == 0) {
        sim->twin = start_engine(sim, &sim->twin_arena, sim->twin_effects);
        prove_outputs(sim, sim->twin, sim->twin_effects);
    }
}

static void close_sim(struct sim *sim)
{
    notebook_close(&sim->book);
    free(sim->effects);
    free(sim->twin_effects);
    arena_free(sim->arena);
    arena_free(sim->twin_arena);
    town_free(sim->town);
}

static bool parse_options(int count, char **arguments, int64_t *ret_days, int64_t *ret_seed)
{
    for (int i = 1; i + 1 < count; i += 2) {
        int64_t *target = strcmp(arguments[i], "--days") == 0   ? ret_days
                          : strcmp(arguments[i], "--seed") == 0 ? ret_seed
                                                                : NULL;
        if (target == NULL || !parse_int(arguments[i + 1], 0, INT32_MAX, target)) {
            return false;
        }
    }
    return count % 2 == 1;
}

int main(int count, char **arguments)
{
    int64_t days = 10;
    int64_t seed = 1;
    if (!parse_options(count, arguments, &days, &seed)) {
        (void) fprintf(stderr, "usage: sim [--days N] [--seed S]\n");
        return 2;
    }
    static struct sim sim;
    open_sim(&sim, (uint64_t) seed);
    ms_t end = sim.now + days * MS_PER_DAY;
    for (int64_t round = 0; sim.now < end; round++) {
        play_round(&sim);
        if (round % 180 == 0) {
            check_forgotten(&sim);
            notebook_trim(&sim.book, sim.now - 2 * MS_PER_HOUR, sim.now);
        }
    }
    (void) printf("seed %" PRId64 ": %" PRId64 " days, %" PRId64 " events, %" PRId64
                  " incidents, %" PRId64 " messages, %" PRId64 " acknowledged, %" PRId64
                  " cleared, %" PRId64 " soundings\n",
                  seed, days, sim.watch.event, sim.watch.incidents, sim.watch.messages,
                  sim.watch.acks, sim.watch.cleared, sim.watch.soundings);
    close_sim(&sim);
    return 0;
}
