/* tcp.h - sockets: a connect that does not block, and why it failed. */
#pragma once

#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/net_address.h"
#include "gateway/base/units.h"

/* The n-th address of a look-up, modulo their number: each attempt tries another one. False: it has
 * none. */
bool tcp_pick(const struct addrinfo *found, uint32_t n, struct net_address *ret_address);

/* Begins to connect. Returns the fd, non-blocking and close-on-exec, which becomes writable when
 * the connect has ended; or -1 and errno. A dead peer is noticed by keepalive (30 s + 3 x 10 s) and
 * by unacknowledged data (15 s). */
int tcp_connect(const struct net_address *address);

/* The same checks of a DTU's connection. Over a mobile network unacknowledged data may take 60
 * s. */
void tcp_tend_dialled(int fd);

/* False: the peer has closed, or the connection broke. */
bool tcp_is_open(int fd);

/* How the connect ended: 0, or an errno. */
int tcp_outcome(int fd);

/* 连接被拒绝 ... of an errno; 0: the peer has closed. */
const char *tcp_why(int code);

/* The pause before attempt `attempt` (from 0): 1 s, 2 s, 4 s ... 30 s at most. `jitter` (0...1)
 * adds up to a quarter, so that not all links meet a switch that restarts at once. */
us_t tcp_pause(uint32_t attempt, double jitter);

/* The next number of 0...1 after the state `random`, which is never 0. */
double tcp_jitter(uint64_t *random);
