/* ip_network.h - IP addresses and networks of them, IPv4 and IPv6 alike. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/check.h"

struct sockaddr;

/* An IPv6 address, or an IPv4 one as ::ffff:a.b.c.d. */
struct ip_address {
    uint8_t bytes[16];
};

/* The addresses whose first `bits` bits are those of `base`. */
struct ip_network {
    struct ip_address base;
    int32_t bits; /* 0...128 */
};

enum { IP_ADDRESS_TEXT_MAX = 64 };

/* The address of a peer without its port. False: NULL, or it is no IP peer. */
MUST_CHECK bool ip_address_of(const struct sockaddr *peer, struct ip_address *ret_address);

/* "192.0.2.7", "2001:db8::1"; a mapped IPv4 address as IPv4. */
void ip_address_format(const struct ip_address *address, char to[static IP_ADDRESS_TEXT_MAX]);

/* "10.1.0.0/16", "192.0.2.7", "2001:db8::/32". False: it is none, or has bits set behind its
 * length. */
MUST_CHECK bool ip_network_parse(const char *text, struct ip_network *ret_network);

bool ip_network_has(const struct ip_network *network, const struct ip_address *address);
