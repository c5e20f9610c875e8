/* simulator_connection.h - one connection to a simulated line, or its pty: reads requests, writes answers when due. */
#pragma once

#include "sensors/simulator/device/sim_line.h"

enum {
    SIM_CONNECTION_DELAYED_MAX = 1024
}; /* pieces that wait for their time; a device that is asked more forgets */

struct sim_connection {
    bool is_used, is_pty;
    bool is_connecting; /* a DTU that dials and is not there yet */
    bool
        is_mute; /* hears, says nothing and is never closed by us: a connection that a NAT has lost */
    int fd;
    int pty_end; /* of a pty: our end of the port */
    int32_t line;
    struct sim_port port;
    int32_t delayed_count;
    struct sim_delayed *delayed; /* in no order */
};

/* Takes in what has arrived. False: the other side is gone. */
bool sim_connection_read(struct sim_connection *peer);

/* Sends an answer's pieces, or keeps them until they are due. False: the connection is over. */
bool sim_connection_answer(struct sim_connection *peer, const struct sim_answer *answer, us_t now);

/* Sends bytes of its own accord. False: the other side is gone. */
bool sim_connection_say(struct sim_connection *peer, const uint8_t *bytes, size_t length);

/* Sends what is due. False: the connection is over. */
bool sim_connection_deliver(struct sim_connection *peer, us_t now);

/* When the next piece is due, or INT64_MAX. */
us_t sim_connection_due(const struct sim_connection *peer);

void sim_connection_close(struct sim_connection *peer);
