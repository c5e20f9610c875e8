/* transport.h - one open socket or tty: read, write, and its registration with the poller. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensors/transport/poller.h"

struct transport {
    struct poller *poller;
    int32_t index; /* of the link: the owner */
    bool is_serial;
    bool is_watched; /* for bytes; a tty not while its reply is not due */
    int fd;          /* -1: closed */
};

/* False: the kernel cannot watch this fd. transport_await: for the end of a connect. */
bool transport_watch(struct transport *transport, bool for_bytes);
bool transport_await(struct transport *transport);

/* Writes a request. False, with errno, when it did not fit as a whole: the buffer should be
 * empty. */
bool transport_put(const struct transport *transport, const uint8_t *bytes, size_t length);

/* Returns how many bytes came, 0 for none. Negative: the connection is over, and *ret_code is for
 * transport_why. */
ssize_t transport_get(const struct transport *transport, uint8_t *bytes, size_t size,
                      int *ret_code);

/* In Chinese; code 0: the peer has closed. */
const char *transport_why(const struct transport *transport, int code);

/* The code of POLLER_BROKEN. */
int transport_outcome(const struct transport *transport);

/* Gives the open fd to the caller. */
int transport_release(struct transport *transport);

void transport_close(struct transport *transport); /* a closed one is allowed */
