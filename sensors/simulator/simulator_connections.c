#include "sensors/simulator/simulator_connections.h"

#include <stdlib.h>

void sim_connections_init(struct sim_connections *peers, struct arena *arena, struct timers *timers,
                          int32_t peer_max, int32_t line_max)
{
    *peers = (struct sim_connections){.timers = timers, .peer_max = peer_max};
    peers->peer =
        calloc((size_t) peer_max, sizeof peers->peer[0]); /* untouched ones cost nothing */
    CHECK(peers->peer != NULL);
    peers->free = arena_take(arena, (size_t) peer_max, sizeof peers->free[0]);
    peers->count_of_line = arena_take(arena, (size_t) line_max, sizeof peers->count_of_line[0]);
    for (int32_t i = peer_max - 1; i >= 0; i--) {
        peers->free[peers->free_count++] = i;
    }
}

int32_t sim_connections_add(struct sim_connections *peers, const struct sim_connection *peer)
{
    if (peers->free_count == 0) {
        return -1;
    }
    int32_t index = peers->free[peers->free_count - 1];
    enum poller_for what = peer->is_connecting ? POLLER_FOR_CONNECT : POLLER_FOR_ANY_BYTES;
    if (!poller_watch(peers->poller, index, peer->fd, what)) {
        return -1;
    }
    peers->free_count--;
    struct sim_connection *to = &peers->peer[index];
    to->fd = peer->fd;
    to->pty_end = peer->pty_end;
    to->line = peer->line;
    to->is_pty = peer->is_pty;
    to->is_connecting = peer->is_connecting;
    to->is_mute = false;
    to->is_used = true;
    to->port.length = 0;
    peers->count_of_line[peer->line]++;
    return index;
}

void sim_connections_drop(struct sim_connections *peers, int32_t index)
{
    timers_set(peers->timers, index, TIMERS_NEVER);
    peers->count_of_line[peers->peer[index].line]--;
    poller_forget(peers->poller, index);
    sim_connection_close(&peers->peer[index]);
    peers->free[peers->free_count++] = index;
}

void sim_connections_drop_line(struct sim_connections *peers, int32_t line)
{
    for (int32_t i = 0; i < peers->peer_max && peers->count_of_line[line] > 0; i++) {
        if (peers->peer[i].is_used && peers->peer[i].line == line) {
            sim_connections_drop(peers, i);
        }
    }
}

void sim_connections_wake(struct sim_connections *peers, int32_t index)
{
    timers_set(peers->timers, index, sim_connection_due(&peers->peer[index]));
}

void sim_connections_free(struct sim_connections *peers)
{
    for (int32_t i = 0; i < peers->peer_max; i++) {
        if (peers->peer[i].is_used) {
            sim_connection_close(&peers->peer[i]);
        }
    }
    free(peers->peer);
}
