/* simulator_connection.h - one connection to a simulated line, or its pty: reads requests, and
 * writes answers when they are due. */
#pragma once

#include "sensors/simulator/device/sim_line.h"

enum { SIM_CONNECTION_DELAYED_MAX = 1024 }; /* delayed pieces; more are lost */

struct sim_connection {
    bool is_used, is_pty;
    bool is_connecting; /* a DTU whose connect has not ended */
    bool is_mute;       /* reads, sends nothing and stays open: as after a lost NAT entry */
    int fd;
    int pty_end; /* of a pty: the device side, kept open */
    int32_t line;
    struct sim_port port;
    int32_t delayed_count;
    struct sim_delayed *delayed; /* in no order */
};

/* Takes in what has arrived. False: the peer has closed. */
bool sim_connection_read(struct sim_connection *peer);

/* Sends an answer's pieces, or keeps them until they are due. False: the connection is over. */
bool sim_connection_answer(struct sim_connection *peer, const struct sim_answer *answer, us_t now);

/* Sends bytes without a request. False: the peer has closed. */
bool sim_connection_say(struct sim_connection *peer, const uint8_t *bytes, size_t length);

/* Sends what is due. False: the connection is over. */
bool sim_connection_deliver(struct sim_connection *peer, us_t now);

/* When the next piece is due, or INT64_MAX. */
us_t sim_connection_due(const struct sim_connection *peer);

void sim_connection_close(struct sim_connection *peer);
