/* connection_traffic.h - an open connection: bytes between its transport and its link, and the ways
 * it ends. Inside the room; outsiders include connection.h. */
#pragma once

#include "sensors/dtu/dtu_takeover.h"
#include "sensors/status/link_publisher.h"
#include "sensors/transport/transport.h"
#include "sensors/wire/connection.h"

enum connection_phase { CONNECTION_PAUSE, CONNECTION_RESOLVE, CONNECTION_CONNECT, CONNECTION_OPEN };

struct connection {
    struct connection_shared *shared;
    void *handle;
    int32_t index;
    const struct link_settings *settings;
    struct link *link;
    struct link_publisher publisher;
    struct dtu_takeover *takeover; /* of a DTU, else NULL */
    enum connection_phase phase;
    struct transport transport;
    uint32_t attempt; /* since the last good reply */
    us_t phase_at;    /* PAUSE: next attempt; CONNECT: give up; OPEN: perhaps idle */
    us_t link_at;     /* link_tick */
    us_t quiet_until; /* serial: nothing to read before */
    bool has_asked;   /* on this connection */
};

/* What the link calls: results go to the publisher, frames to libmodbus. */
struct link_callbacks connection_callbacks(struct connection *connection);

/* any -> PAUSE: the connection broke or could not be opened, and the link is down. */
void connection_fall(struct connection *connection, const char *why, us_t now);

/* OPEN -> PAUSE by our own decision: the link is not down as long as it opens again, and the
 * silence is its devices'. */
void connection_reopen(struct connection *connection, const char *why, us_t now);

/* OPEN -> PAUSE: reading or writing has failed with `code`, 0: the peer has closed. */
void connection_lose(struct connection *connection, int code, us_t now);

/* Does what the link asks for: send, open again, read later. */
void connection_follow(struct connection *connection, const struct link_step *step, us_t now);

/* Gives received bytes to the link, those of a DTU through its filter. */
void connection_take(struct connection *connection, const uint8_t *bytes, size_t length, us_t now);

/* Reads until nothing is left, since the poller reports a socket once a change. `is_ending`: up to
 * the end. */
void connection_read(struct connection *connection, bool is_ending, us_t now);

/* link_tick; before it the link gets what the DTU's filter still holds. */
void connection_tick(struct connection *connection, us_t now);
