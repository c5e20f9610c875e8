/* connection.h - one link's socket or tty: opens it, moves bytes between it and the link's state
 * machine (link.h), and publishes the readings. It never waits; the loop that wakes it is wire.c.
 *
 *   PAUSE ---> RESOLVE ---> CONNECT ---> OPEN
 *
 *   PAUSE   -> RESOLVE [enter_resolve]    when the address is a host name
 *   RESOLVE -> CONNECT [connection_found]
 *   PAUSE   -> CONNECT [enter_connect]    when the address is a literal
 *   CONNECT -> OPEN    [connection_ready]
 *   PAUSE   -> OPEN    [open_tty]         a serial port
 *   PAUSE   -> OPEN    [take_waiting_dtu] a DTU that has connected; until then it stays in PAUSE
 *   any     -> PAUSE   [connection_fall]  the link is down, the pause grows to 30 s
 *   OPEN    -> PAUSE   [connection_reopen, connection_lose] for a moment: the link stays up
 *
 * A link is up when it opened for the first time, and down with a fall. After that a serial port is
 * up when it opens, a connection when a device answers. */
#pragma once

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/timers.h"
#include "sensors/status/status_board.h"
#include "sensors/transport/libmodbus.h"
#include "sensors/transport/poller.h"
#include "sensors/wire/wire.h"

struct connection;

/* What all connections share, and what the loop does for them. `handle` is the loop's own name for
 * a connection. */
struct connection_shared {
    const struct wire_settings *settings;
    struct libmodbus *libmodbus;
    struct timers *timers;
    struct status_board *board;
    uint64_t random;       /* not 0 */
    struct poller *poller; /* by link; its news go to connection_ready */
    /* Begins to look up a host; answers by connection_found. */
    bool (*look_up)(void *handle, const char *host, uint16_t port);
};

/* The first attempt to open it is at `first_at`; a link without devices is never opened. */
struct connection *connection_new(struct arena *arena, struct connection_shared *shared,
                                  int32_t index, void *handle, us_t first_at);

/* The time has come that the connection has set in shared->timers. */
void connection_wake(struct connection *connection, us_t now);

/* The poller has news of its descriptor. */
void connection_ready(struct connection *connection, enum poller_news news, us_t now);

/* The answer to look_up; NULL: the name has no address. */
void connection_found(struct connection *connection, const struct addrinfo *found, us_t now);

/* A DTU has connected for this link. The fd is the connection's; `bytes` came after the
 * registration, at most DTU_REGISTRATION_HELLO_MAX. */
void connection_dialled(struct connection *connection, int fd, const uint8_t *bytes, size_t length,
                        us_t now);

/* The first thing to ask the DTU of a link that has no connection. Returns the length, 0 when it
 * has one. */
size_t connection_question(const struct connection *connection, uint8_t to[static MBAP_FRAME_MAX]);

/* The link, for its outputs; then connection_nudge. NULL: it has no devices. */
struct link *connection_link(const struct connection *connection);

/* The link has something new to do: looks at it now. */
void connection_nudge(struct connection *connection, us_t now);

/* Closes the fd and reports nothing more. */
void connection_shut(struct connection *connection);
