#include "sensors/simulator/simulator_connections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_MAX = 2048 };

/* Bytes that wait; on the heap, because most connections never have any. */
struct sim_delayed {
    us_t at;
    bool is_last; /* then the connection is closed */
    size_t length;
    struct sim_delayed *next;
    uint8_t bytes[];
};

bool sim_connection_read(struct sim_connection *peer)
{
    uint8_t bytes[READ_MAX];
    ssize_t got = read(peer->fd, bytes, sizeof bytes);
    if (got > 0 && !peer->is_mute) {
        sim_line_feed(&peer->port, bytes, (size_t) got);
    }
    if (peer->is_pty) {
        /* A gateway that was killed leaves the tty exclusive as long as our end holds it open. */
        (void) ioctl(peer->pty_end, TIOCNXCL);
        return true;
    }
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* An answer never waits for room: a peer that does not read loses it. */
bool sim_connection_say(struct sim_connection *peer, const uint8_t *bytes, size_t length)
{
    ssize_t put = peer->is_pty ? write(peer->fd, bytes, length)
                               : send(peer->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    return put >= 0 || errno == EAGAIN || peer->is_pty;
}

static void delay_piece(struct sim_connection *peer, const uint8_t *bytes, size_t length, us_t at,
                        bool is_last)
{
    if (peer->delayed_count == SIM_CONNECTION_DELAYED_MAX) {
        return;
    }
    struct sim_delayed *piece = malloc(sizeof *piece + length);
    CHECK(piece != NULL);
    *piece =
        (struct sim_delayed){.at = at, .is_last = is_last, .length = length, .next = peer->delayed};
    memcpy(piece->bytes, bytes, length);
    peer->delayed = piece;
    peer->delayed_count++;
}

/* Notes when the next piece of a peer is due. */
static void set_peer_timer(struct sim_connections *peers, int32_t index)
{
    us_t due = TIMERS_NEVER;
    const struct sim_delayed *piece = peers->peer[index].delayed;
    for (; piece != NULL; piece = piece->next) {
        due = min_us(due, piece->at);
    }
    timers_set(peers->timers, index, due);
}

bool sim_connections_answer(struct sim_connections *peers, int32_t index,
                            const struct sim_answer *answer, us_t now)
{
    struct sim_connection *peer = &peers->peer[index];
    bool is_there = true;
    for (int32_t i = 0; i < answer->piece_count; i++) {
        const struct sim_piece *piece = &answer->piece[i];
        bool is_last = answer->must_close && !peer->is_pty && i == answer->piece_count - 1;
        const uint8_t *bytes = answer->bytes + piece->from;
        if (piece->after_us > 0) {
            delay_piece(peer, bytes, piece->length, now + piece->after_us, is_last);
        } else {
            is_there = sim_connection_say(peer, bytes, piece->length) && is_there && !is_last;
        }
    }
    if (peer->delayed_count > 0) {
        set_peer_timer(peers, index);
    }
    return is_there;
}

/* The link to the earliest piece; of two with one time the older one, which is further back. */
static struct sim_delayed **find_earliest(struct sim_connection *peer)
{
    struct sim_delayed **found = &peer->delayed;
    for (struct sim_delayed **at = &peer->delayed; *at != NULL; at = &(*at)->next) {
        found = (*at)->at <= (*found)->at ? at : found;
    }
    return found;
}

bool sim_connections_deliver(struct sim_connections *peers, int32_t index, us_t now)
{
    struct sim_connection *peer = &peers->peer[index];
    bool is_there = true;
    struct sim_delayed **place = find_earliest(peer);
    while (*place != NULL && (*place)->at <= now) {
        struct sim_delayed *piece = *place;
        *place = piece->next;
        peer->delayed_count--;
        is_there = (peer->is_mute || sim_connection_say(peer, piece->bytes, piece->length)) &&
                   is_there && !piece->is_last;
        free(piece);
        place = find_earliest(peer);
    }
    set_peer_timer(peers, index);
    return is_there;
}

static void close_peer(struct sim_connection *peer)
{
    while (peer->delayed != NULL) {
        struct sim_delayed *piece = peer->delayed;
        peer->delayed = piece->next;
        free(piece);
    }
    (void) close(peer->fd);
    if (peer->is_pty) {
        (void) close(peer->pty_end);
    }
    peer->is_used = false;
}

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
    peers->peer[index] = *peer;
    peers->peer[index].is_used = true;
    peers->count_of_line[peer->line]++;
    return index;
}

void sim_connections_drop(struct sim_connections *peers, int32_t index)
{
    timers_set(peers->timers, index, TIMERS_NEVER);
    peers->count_of_line[peers->peer[index].line]--;
    poller_forget(peers->poller, index);
    close_peer(&peers->peer[index]);
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

void sim_connections_free(struct sim_connections *peers)
{
    for (int32_t i = 0; i < peers->peer_max; i++) {
        if (peers->peer[i].is_used) {
            close_peer(&peers->peer[i]);
        }
    }
    free(peers->peer);
}
