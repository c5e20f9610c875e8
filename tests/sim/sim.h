/* sim.h - a random town, one or two engines that see the same events, and the outputs. */
#pragma once

#include "tests/scenarios/player/notebook.h"
#include "tests/sim/places.h"
#include "tests/sim/watch.h"

enum { WAITING_MAX = 4096 };

struct device_life {
    ms_t silent_until;
    ms_t hot_until;
    double value[2];
};

struct sim {
    uint64_t random;
    struct town *town;
    struct watch watch;
    struct arena *arena, *twin_arena;
    struct engine *engine, *twin; /* twin NULL: none */
    struct effects *effects, *twin_effects;
    struct notebook book;
    ms_t now, link_quiet_since;
    struct device_life life[DEVICES];
    ms_t bad_until[5]; /* two links, store, state, sms */
    int32_t waiting_count;
    int64_t waiting[WAITING_MAX]; /* messages without outcome */
    int64_t replies;
    bool is_sms_dead;
    bool is_on[TOWN_OUTPUTS]; /* as the wire reported it */
};

/* A random number below `sides`, and true once in `one_in`. */
uint64_t sim_roll(struct sim *sim, uint64_t sides);
bool sim_chance(struct sim *sim, uint64_t one_in);

/* One event for all engines, which must agree; then the outputs report what they do. */
void sim_step(struct sim *sim, struct event *event);

/* Checks and stores the effects of the last step. */
void sim_take_effects(struct sim *sim);

/* An output without faults reports its state. */
struct event sim_output_report(int32_t output, bool is_on);

/* One poll of a device, whose values wander and jump, or which is silent. */
void sim_poll_device(struct sim *sim, int32_t index);

void sim_report_health(struct sim *sim, int part, bool is_ok);

/* Between the rounds of polls: messages leave, parts break, people answer and command. */
void sim_live(struct sim *sim);
