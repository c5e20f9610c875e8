/* simulator_connection.h - one connection to a simulated line, or its pty: reads requests, writes answers when due. */
#pragma once

#include "sensors/simulator/device/sim_line.h"

enum {
    PEER_DELAYED_MAX = 1024
}; /* pieces that wait for their time; a device that is asked more forgets */

struct peer {
    bool is_used, is_pty;
    bool is_connecting; /* a DTU that dials and is not there yet */
    bool
        is_mute; /* hears, says nothing and is never closed by us: a connection that a NAT has lost */
    int fd;
    int pty_slave; /* of a pty: our end of the port */
    int32_t line;
    struct slave_port port;
    int32_t delayed_count;
    struct peer_piece *delayed; /* in no order */
};

/* Takes in what has arrived. False: the other side is gone. */
bool peer_read(struct peer *peer);

/* Sends an answer's pieces, or keeps them until they are due. False: the connection is over. */
bool peer_answer(struct peer *peer, const struct slave_answer *answer, us_t now);

/* Sends bytes of its own accord. False: the other side is gone. */
bool peer_say(struct peer *peer, const uint8_t *bytes, size_t length);

/* Sends what is due. False: the connection is over. */
bool peer_deliver(struct peer *peer, us_t now);

/* When the next piece is due, or INT64_MAX. */
us_t peer_due(const struct peer *peer);

void peer_close(struct peer *peer);
