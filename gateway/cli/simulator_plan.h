/* simulator_plan.h - a simulation as written: which lines there are, which units on them, what they say and when
 * they fail.
 *
 *   {"control": "/tmp/x/control.sock",
 *    "slaves": [{"id": "bus1", "listen": "127.0.0.1:15020", "framing": "mbap",
 *                "units": [{"unit": 1, "latency": "5ms",
 *                           "registers": [{"fc": 4, "address": 1, "type": "int16", "scale": 0.1, "noise": 0.1,
 *                                          "value": [{"at": "0s", "value": 25}, {"at": "30s", "value": 43.5}],
 *                                          "repeat": "2m"}],
 *                           "faults": [{"from": "40s", "until": "50s", "fault": "silent"}]}]},
 *               {"pty": "/tmp/x/ttyA", "baud": 9600, "units": [...]}]}
 *
 * `listen` is Modbus TCP, or RTU over TCP with "framing": "rtu"; any number of links may connect to it. `pty` is a
 * serial line, its name a symbolic link to the pty; with `baud` it is as slow as a real one. `value` is a number or
 * moments between which the value is interpolated; times run from the start. `fill` of a unit is the word of all
 * addresses without a register. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "sensors/slave.h"

enum { SIMULATOR_LINES_MAX = 256, SIMULATOR_UNITS_MAX = 247 };

struct simulator_line {
    const char *id;     /* or its number */
    const char *listen; /* host:port, NULL: a pty */
    const char *pty;    /* path of the symbolic link, "": none */
    struct slave slave;
};

struct simulator_plan {
    const char *control; /* path of a unix socket, NULL: none */
    int32_t line_count;
    struct simulator_line *line;
};

/* Everything is the arena's. The sentence of a mistake begins with its line. */
MUST_CHECK bool simulator_plan_read(struct arena *arena, const char *text,
                                    struct simulator_plan *ret_plan, struct error *error);
