/* simulator_connections.h - all connections and ptys of a simulation: who is there, on one epoll. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/simulator/simulator_connection.h"
#include "sensors/transport/wake_times.h"

/* What an event of the epoll is about; the index is in the lower half of its data. */
enum ip_address {
    SOURCE_STOP,
    SOURCE_NUDGE,
    SOURCE_LINE,
    SOURCE_PEER,
    SOURCE_CONTROL,
    SOURCE_CLIENT
};

/* `events` as for epoll_ctl. False: the system refuses. */
bool source_watch(int epoll, int fd, uint32_t events, enum ip_address source, int32_t index);

struct peers {
    int epoll;
    struct wakes *wakes; /* index of a peer: when its next piece is due */
    struct peer *peer;   /* peer_max */
    int32_t peer_max;
    int32_t free_count;
    int32_t *free;          /* indexes, the next one to be taken at the end */
    int32_t *count_of_line; /* how many each line has */
};

/* The first peer_max indexes of `wakes` are theirs. */
void peers_init(struct peers *peers, struct arena *arena, struct wakes *wakes, int32_t peer_max,
                int32_t line_max);

/* Takes over the fds of `peer` and watches it; its index. -1: there is no room, the fds are still the caller's. */
int32_t peers_add(struct peers *peers, const struct peer *peer);

void peers_drop(struct peers *peers, int32_t index);
void peers_drop_line(struct peers *peers, int32_t line);

/* After pieces were kept for a peer or delivered. */
void peers_wake(struct peers *peers, int32_t index);

void peers_free(struct peers *peers);
