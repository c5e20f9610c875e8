/* simulator_lines.h - opens and closes the listening sockets, ptys and dialling DTUs of a
 * simulation, as its plan and commands say. */
#pragma once

#include "sensors/simulator/simulator.h"
#include "sensors/simulator/simulator_connections.h"
#include "sensors/simulator/simulator_listeners.h"
#include "sensors/simulator/simulator_plan.h"

struct sim_station; /* of one line */

struct sim_lines {
    struct sim_plan *plan; /* the caller's; its lock is held around each call */
    struct sim_connections *peers;
    struct timers *timers; /* item first_owner + line: when it has something to do */
    int32_t first_owner;   /* of the lines, at the poller too */
    struct sim_station *station;
};

void sim_lines_init(struct sim_lines *lines, struct arena *arena);

/* Opens all lines that are not away at the beginning. The sentence names the one that cannot be
 * opened. */
MUST_CHECK bool sim_lines_open(struct sim_lines *lines, struct error *error);
void sim_lines_close(struct sim_lines *lines);

/* Takes the connections that wait. */
void sim_lines_accept(struct sim_lines *lines, int32_t line);

/* The attempt of a dialling line to connect has ended. */
void sim_lines_connected(struct sim_lines *lines, int32_t peer, us_t now);

/* The peer has closed: drops it. */
void sim_lines_lost(struct sim_lines *lines, int32_t peer, us_t now);

/* Does what is due on a line, and what commands want. */
void sim_lines_tick(struct sim_lines *lines, int32_t line, us_t now);

const struct simulator_line *sim_lines_place(const struct sim_lines *lines, int32_t line);
