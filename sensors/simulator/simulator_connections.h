/* simulator_connections.h - the connections and ptys of a simulation: they read requests and write
 * answers when these are due, all on one poller. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/base/timers.h"
#include "sensors/simulator/device/sim_line.h"
#include "sensors/transport/poller.h"

enum { SIM_CONNECTION_DELAYED_MAX = 1024 }; /* delayed pieces of one; what is more gets lost */

/* A connection to a simulated line, or its pty. */
struct sim_connection {
    bool is_used, is_pty;
    bool is_connecting; /* a DTU that dials and is not connected yet */
    bool is_mute;       /* reads, sends nothing, never closes: as after a lost NAT entry */
    int fd;
    int pty_end; /* of a pty: our end of the port */
    int32_t line;
    struct sim_port port;
    int32_t delayed_count;
    struct sim_delayed *delayed; /* in no order */
};

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
void sim_connections_free(struct sim_connections *peers);

/* Takes over `peer` with its fds and watches it. Returns its index; -1: there is no room, and the
 * fds stay the caller's. */
int32_t sim_connections_add(struct sim_connections *peers, const struct sim_connection *peer);

void sim_connections_drop(struct sim_connections *peers, int32_t index);
void sim_connections_drop_line(struct sim_connections *peers, int32_t line);

/* Takes in what has arrived. False: the other side is gone. */
bool sim_connection_read(struct sim_connection *peer);

/* Sends bytes; without room they are lost. False: the other side is gone. */
bool sim_connection_say(struct sim_connection *peer, const uint8_t *bytes, size_t length);

/* Sends an answer's pieces, or keeps them until they are due. False: the connection is over. */
bool sim_connections_answer(struct sim_connections *peers, int32_t index,
                            const struct sim_answer *answer, us_t now);

/* Sends what is due. False: the connection is over. */
bool sim_connections_deliver(struct sim_connections *peers, int32_t index, us_t now);
