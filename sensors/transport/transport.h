/* transport.h - one open socket or serial port of a link: bytes out, bytes in, and the eye of the loop on it. */
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
    bool is_watched; /* for bytes (serial: not while it is quiet) */
    int fd;          /* -1: closed */
};

/* False: the kernel cannot watch this fd. While it connects transport_await. */
bool transport_watch(struct transport *line, bool for_bytes);
bool transport_await(struct transport *line);

/* A request is a few bytes into an empty buffer: false when it did not fit whole, and errno. */
bool transport_put(const struct transport *line, const uint8_t *bytes, size_t length);

/* How many bytes came, 0 for none. Negative: the line is over, and transport_why(line, *ret_code) says why. */
ssize_t transport_get(const struct transport *line, uint8_t *bytes, size_t size, int *ret_code);

/* Words for people; code 0: the other end hung up. */
const char *transport_why(const struct transport *line, int code);

/* Why it is broken. */
int transport_outcome(const struct transport *line);

/* The fd is the caller's now, open. */
int transport_release(struct transport *line);

void transport_close(struct transport *line); /* of a closed one: nothing */
