/* tcp.h - plain sockets for the wire: a connect that does not wait, and why it failed. */
#pragma once

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/net_address.h"
#include "gateway/base/units.h"

/* The n-th address of a look-up, counted round: each attempt tries another one. False: it has none. */
bool tcp_pick(const struct addrinfo *found, uint32_t n, struct net_address *ret_address);

/* Begins to connect: the fd, non-blocking and close-on-exec; writable when it is decided. -1 and errno. A dead
 * peer is noticed by keepalive (30 s + 3 x 10 s) and by unacknowledged data (15 s). */
int tcp_connect(const struct net_address *address);

/* Listens there: the fd, non-blocking and close-on-exec. -1 and errno. */
int tcp_listen(const struct net_address *address, int backlog);

/* The same care for a connection that somebody else has begun over a mobile network: unacknowledged data may wait
 * 60 s there. */
void tcp_tend_dialled(int fd);

/* The other end has not hung up yet. */
bool tcp_is_open(int fd);

/* How the connect ended: 0, or an errno. */
int tcp_outcome(int fd);

/* 连接被拒绝 ... for people. */
const char *tcp_why(int code);

/* The pause before attempt `attempt` (from 0): 1 s, 2 s, 4 s ... 30 s at most; a quarter of it is `jitter` (0...1),
 * so that a switch that restarts is not met by all links at once. */
us_t tcp_pause(uint32_t attempt, double jitter);

/* The next number of 0...1 after the state `random`, which is never 0. */
double tcp_jitter(uint64_t *random);
