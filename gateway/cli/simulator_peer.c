#include "gateway/cli/simulator_peer.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_MAX = 2048 };

bool peer_read(struct peer *peer)
{
    uint8_t bytes[READ_MAX];
    ssize_t got = read(peer->fd, bytes, sizeof bytes);
    if (got > 0) {
        slave_feed(&peer->port, bytes, (size_t) got);
    }
    if (peer->is_pty) {
        /* A gateway that was killed leaves the port exclusive for as long as our end holds it open. */
        (void) ioctl(peer->pty_slave, TIOCNXCL);
        return true;
    }
    return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Whoever does not read gets nothing: an answer never waits for room. */
static bool put_out(const struct peer *peer, const uint8_t *bytes, size_t length)
{
    ssize_t put = peer->is_pty ? write(peer->fd, bytes, length)
                               : send(peer->fd, bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    return put >= 0 || errno == EAGAIN || peer->is_pty;
}

static void keep(struct peer *peer, const uint8_t *bytes, size_t length, us_t at)
{
    if (peer->delayed_count < PEER_DELAYED_MAX) {
        struct peer_piece *piece = &peer->delayed[peer->delayed_count++];
        piece->at = at;
        piece->length = length;
        memcpy(piece->bytes, bytes, length);
    }
}

bool peer_answer(struct peer *peer, const struct slave_answer *answer, us_t now)
{
    bool is_there = true;
    for (int32_t i = 0; i < answer->piece_count; i++) {
        const struct slave_piece *piece = &answer->piece[i];
        if (piece->after_us > 0) {
            keep(peer, answer->bytes + piece->from, piece->length, now + piece->after_us);
        } else {
            is_there = put_out(peer, answer->bytes + piece->from, piece->length) && is_there;
        }
    }
    return is_there;
}

us_t peer_due(const struct peer *peer)
{
    us_t due = INT64_MAX;
    for (int32_t i = 0; i < peer->delayed_count; i++) {
        due = peer->delayed[i].at < due ? peer->delayed[i].at : due;
    }
    return due;
}

bool peer_deliver(struct peer *peer, us_t now)
{
    bool is_there = true;
    int32_t kept = 0;
    for (int32_t i = 0; i < peer->delayed_count; i++) {
        struct peer_piece *piece = &peer->delayed[i];
        if (piece->at <= now) {
            is_there = put_out(peer, piece->bytes, piece->length) && is_there;
        } else if (kept++ != i) {
            peer->delayed[kept - 1] = *piece;
        }
    }
    peer->delayed_count = kept;
    return is_there;
}

void peer_close(struct peer *peer)
{
    (void) close(peer->fd);
    if (peer->is_pty) {
        (void) close(peer->pty_slave);
    }
    peer->is_used = false;
}
