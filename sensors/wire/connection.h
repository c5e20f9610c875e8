/* connection.h - one link's connection to the world: it opens the socket or tty, moves bytes between it and the link's
 * state machine (link.h), and carries the readings away. It never waits; the loop that wakes it is wire.c.
 *
 *   PAUSE ----> RESOLVE ----> CONNECT ----> OPEN
 *     ^  [attempt] |  [connection_found]  |  [connection_ready] |
 *     +------------+----------------+---------------+  [fall] with words why; the pause grows to 30 s
 *     +---------------------------------------------+  [reopen] when link.h asks for it: the link stays up
 *
 *   PAUSE -> CONNECT [begin_connect] when the address is a literal
 *   PAUSE -> OPEN    [attempt]       a serial port
 *   PAUSE -> OPEN    [take_dialled]  a DTU that has dialled in (dial.h, listener.h); until then it stays in PAUSE
 *
 * A link is up when it opened for the first time, and down with a fall. After that a serial port and a DTU are up when
 * they open, a connection when somebody answers. */
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

/* What all ports share, and what the loop does for them. `handle` is the loop's own name for a port. */
struct connection_shared {
    const struct wire_settings *settings;
    struct libmodbus *codec;
    struct timers *timers;
    struct status_board *board;
    uint64_t random;       /* not 0 */
    struct poller *poller; /* by link; what they tell goes to connection_ready */
    /* Begins to look up a host; answers by connection_found. */
    bool (*look_up)(void *handle, const char *host, uint16_t port);
};

/* The first attempt to open it is at `first_at`; a link without devices is never opened. */
struct connection *connection_new(struct arena *arena, struct connection_shared *house,
                                  int32_t index, void *handle, us_t first_at);

/* The time has come that the port has left in house->timers. */
void connection_wake(struct connection *port, us_t now);

/* There are news of its descriptor. */
void connection_ready(struct connection *port, enum poller_news news, us_t now);

/* The answer to look_up; NULL: the name has no address. */
void connection_found(struct connection *port, const struct addrinfo *found, us_t now);

/* A DTU has dialled in for this link. The fd is the port's; `bytes` came behind the registration, at most
 * DTU_REGISTRATION_HELLO_MAX. */
void connection_dialled(struct connection *port, int fd, const uint8_t *bytes, size_t length,
                        us_t now);

/* The first thing to ask the DTU of a link that has no connection. Returns the length, 0 when it has one. */
size_t connection_question(const struct connection *port, uint8_t to[static MBAP_FRAME_MAX]);

/* The link, for its outputs; then connection_nudge. NULL: it has no devices. */
struct link *connection_link(const struct connection *port);

/* The link has something new to do: looks at it now. */
void connection_nudge(struct connection *port, us_t now);

/* Closes the fd; nothing is told any more. */
void connection_shut(struct connection *port);
