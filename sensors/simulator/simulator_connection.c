#include "sensors/simulator/simulator_connection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/check.h"

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

bool sim_connection_answer(struct sim_connection *peer, const struct sim_answer *answer, us_t now)
{
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
    return is_there;
}

us_t sim_connection_due(const struct sim_connection *peer)
{
    us_t due = INT64_MAX;
    for (const struct sim_delayed *piece = peer->delayed; piece != NULL; piece = piece->next) {
        due = min_ms(due, piece->at);
    }
    return due;
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

bool sim_connection_deliver(struct sim_connection *peer, us_t now)
{
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
    return is_there;
}

void sim_connection_close(struct sim_connection *peer)
{
    while (peer->delayed != NULL) {
        struct sim_delayed *piece = peer->delayed;
        peer->delayed = piece->next;
        free(piece);
    }
    peer->delayed_count = 0;
    (void) close(peer->fd);
    if (peer->is_pty) {
        (void) close(peer->pty_end);
    }
    peer->is_used = false;
}
