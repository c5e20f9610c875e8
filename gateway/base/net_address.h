/* net_address.h - an IP address and a port, for bind() and connect(). Names are not looked up. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "gateway/base/check.h"

struct net_address {
    struct sockaddr_storage storage;
    socklen_t length;
};

/* "192.0.2.7:502", "[2001:db8::1]:502": IPv6 in brackets, and a port from `port_min` to 65535.
 * Port 0 means any free one. */
MUST_CHECK bool net_address_parse(const char *text, uint16_t port_min,
                                  struct net_address *ret_address);

/* The same from an address without brackets and a port. False: `host` is a name, or nothing. */
MUST_CHECK bool net_address_parse_host(const char *host, uint16_t port,
                                       struct net_address *ret_address);

uint16_t net_address_port(const struct net_address *address);
void net_address_set_port(struct net_address *address, uint16_t port);
bool net_address_is_loopback(const struct net_address *address);

/* Listens on TCP. Returns the fd, non-blocking and close-on-exec, or -1 and errno. */
int net_address_listen(const struct net_address *address, int backlog);
uint16_t net_address_bound_port(int fd); /* the port really bound */

/* "192.0.2.10:502", "[::1]:502", "gateway.lan:502": an address or a name as people write it. */
struct net_name {
    char text[128];
};
struct net_name net_name(const char *host, uint16_t port);
