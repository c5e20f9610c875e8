/* connection_parts.h - what port.c and port_dtu.c share: a port's memory and its arrows. Nobody else includes this; port.h is the
 * door. */
#pragma once

#include "sensors/dtu/dtu_takeover.h"
#include "sensors/status/link_publisher.h"
#include "sensors/transport/transport.h"
#include "sensors/wire/connection.h"

enum connection_phase { CONNECTION_PAUSE, CONNECTION_RESOLVE, CONNECTION_CONNECT, CONNECTION_OPEN };

struct connection {
    struct connection_shared *house;
    void *handle;
    int32_t index;
    const struct link_settings *settings;
    struct link *link;
    struct link_publisher publisher;
    struct dtu_takeover *takeover; /* of a DTU, else NULL */
    enum connection_phase phase;
    struct transport line;
    uint32_t attempt; /* since the last good reply */
    us_t phase_at;    /* PAUSE: next attempt; CONNECT: give up; OPEN: perhaps idle */
    us_t link_at;     /* link_tick */
    us_t quiet_until; /* serial: nothing to read before */
    bool has_asked;   /* on this connection */
};

/* After anything that happened to the port: shows it, and says when it wants to be woken. */
void connection_settle(struct connection *port);

/* any -> PAUSE: the connection is gone or did not come about. */
void connection_fall(struct connection *port, const char *why, us_t now);

/* PAUSE: looks after the rival of a DTU that has dialled in (dial.h). True: the port stays where it is, phase_at says how
 * long. */
bool connection_watches_rival(struct connection *port, us_t now);

/* Closes all that dialled in but the line. Of a port that is no DTU's: nothing. */
void connection_shut_dial(struct connection *port);

/* OPEN -> PAUSE by our own will: the link is not down as long as it opens again, and the silence is its devices'. */
void connection_reopen(struct connection *port, const char *why, us_t now);
