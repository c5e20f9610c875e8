/* simulator_peer.h - one connection to a simulated line, or its pty: reads requests, writes answers when due. */
#pragma once

#include "sensors/slave.h"

enum {
    PEER_DELAYED_MAX = 8
}; /* pieces that wait for their time; a device that is asked more forgets */

struct peer {
    bool is_used, is_pty;
    int fd;
    int pty_slave; /* of a pty: our end of the port */
    int32_t line;
    struct slave_port port;
    int32_t delayed_count;
    struct peer_piece {
        us_t at;
        size_t length;
        uint8_t bytes[MBAP_FRAME_MAX + SLAVE_GLUE_MAX];
    } delayed[PEER_DELAYED_MAX];
};

/* Takes in what has arrived. False: the other side is gone. */
bool peer_read(struct peer *peer);

/* Sends an answer's pieces, or keeps them until they are due. False: the other side is gone. */
bool peer_answer(struct peer *peer, const struct slave_answer *answer, us_t now);

/* Sends what is due. False: the other side is gone. */
bool peer_deliver(struct peer *peer, us_t now);

/* When the next piece is due, or INT64_MAX. */
us_t peer_due(const struct peer *peer);

void peer_close(struct peer *peer);
