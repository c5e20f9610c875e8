/* simulator_units.h - the units of a simulated line out of a simulation's JSON. Pure. */
#pragma once

#include "sensors/simulator/device/sim_line.h"
#include "sensors/simulator/simulator_fields.h"

enum {
    SIM_UNITS_MAX = 247,
    SIM_WORDS_BY_HAND = 32,  /* of a unit that cannot be written to */
    SIM_WORDS_WRITTEN = 256, /* of one that is written to */
};

/* Reads the array `units` of a line whose framing is known. */
void sim_units_read(struct json_fields *fields, const struct json *line, struct sim_line *devices);

/* The same units once more, with memories of their own. */
void sim_units_copy(struct arena *arena, const struct sim_line *from, struct sim_line *to);
