/* watch.h - what must always be true of the effects of the engine. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/core/engine.h"
#include "tests/scenarios/player/town.h"

struct watch {
    uint64_t seed;
    int64_t event; /* number of the step, from 1 */
    ms_t now;
    ms_t quiet_until; /* the settle time: nothing is cleared, no silence raised */
    int64_t last_message, last_incident;
    int64_t messages, incidents, cleared, acks; /* counted: a town without incidents is a fault */
    const struct policy *policy;
    const struct engine *engine;
    bool is_on[TOWN_OUTPUTS]; /* what the effects asked of the outputs */
    int64_t soundings;
};

/* Prints the seed, the step and the sentence, and ends the program with 1. */
_Noreturn PRINTF_LIKE(2, 3) void watch_fail(const struct watch *watch, const char *format, ...);

/* An output sounds when and only when an open incident of its site asks for it. */
void watch_check_outputs(const struct watch *watch);

/* Checks the effects of one step. */
void watch_check_effects(struct watch *watch, const struct effects *effects);
