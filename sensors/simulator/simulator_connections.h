/* simulator_connections.h - all connections and ptys of a simulation, on one poller. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/base/timers.h"
#include "sensors/simulator/simulator_connection.h"
#include "sensors/transport/poller.h"

struct sim_connections {
    struct poller *poller;       /* the first peer_max owners */
    struct timers *timers;       /* index of a peer: when its next piece is due */
    struct sim_connection *peer; /* peer_max */
    int32_t peer_max;
    int32_t free_count;
    int32_t *free;          /* indexes, the next one to be taken at the end */
    int32_t *count_of_line; /* how many each line has */
};

/* The first peer_max items of `timers` are theirs. */
void sim_connections_init(struct sim_connections *peers, struct arena *arena, struct timers *timers,
                          int32_t peer_max, int32_t line_max);

/* Takes over the fds of `peer`, watches it and returns its index. -1: no room, and the fds are
 * still the caller's. */
int32_t sim_connections_add(struct sim_connections *peers, const struct sim_connection *peer);

void sim_connections_drop(struct sim_connections *peers, int32_t index);
void sim_connections_drop_line(struct sim_connections *peers, int32_t line);

/* After pieces were kept for a peer or delivered. */
void sim_connections_wake(struct sim_connections *peers, int32_t index);

void sim_connections_free(struct sim_connections *peers);
