/* simulator_lines.h - how the lines of a simulation are reached: their listening sockets, ptys and dialling DTUs, opened
 * and closed as the plan and commands say. */
#pragma once

#include "sensors/simulator/simulator_connections.h"
#include "sensors/simulator/simulator_listeners.h"
#include "sensors/simulator/simulator_plan.h"

struct station; /* of one line */

struct lines {
    struct simulator_plan *plan; /* the caller's; its lock is held around each call */
    struct sim_connections *peers;
    struct timers *timers; /* index first_wake + line: when it has something to do */
    int32_t first_wake;
    struct station *station;
};

void lines_init(struct lines *lines, struct arena *arena);

/* Opens all that are not away at the beginning. The sentence names what cannot be opened. */
MUST_CHECK bool lines_open(struct lines *lines, struct error *error);
void lines_close(struct lines *lines);

/* Somebody connects. */
void lines_accept(struct lines *lines, int32_t line);

/* The connection of a dialling line is decided. */
void lines_connected(struct lines *lines, int32_t peer, us_t now);

/* The other side is gone: drops the peer. */
void lines_lost(struct lines *lines, int32_t peer, us_t now);

/* Does what is due on a line, and what commands want of it. */
void lines_tick(struct lines *lines, int32_t line, us_t now);

/* See simulator.h. */
const char *lines_text(const struct lines *lines, int32_t line);
uint16_t lines_port(const struct lines *lines, int32_t line);
const char *lines_path(const struct lines *lines, int32_t line);
