/* transport.h - one open socket or serial port of a link: bytes out, bytes in, and the eye of the loop on it. */
#pragma once

#include "sensors/wire/connection.h"

struct line {
    struct eyes *eyes;
    int32_t index; /* of the link: the owner */
    bool is_serial;
    bool is_watched; /* for bytes (serial: not while it is quiet) */
    int fd;          /* -1: closed */
};

/* False: the kernel cannot watch this fd. While it connects line_await. */
bool line_watch(struct line *line, bool for_bytes);
bool line_await(struct line *line);

/* A request is a few bytes into an empty buffer: false when it did not fit whole, and errno. */
bool line_put(const struct line *line, const uint8_t *bytes, size_t length);

/* How many bytes came, 0 for none. Negative: the line is over, and line_why(line, *ret_code) says why. */
ssize_t line_get(const struct line *line, uint8_t *bytes, size_t size, int *ret_code);

/* Words for people; code 0: the other end hung up. */
const char *line_why(const struct line *line, int code);

/* Why it is broken. */
int line_outcome(const struct line *line);

/* The fd is the caller's now, open. */
int line_release(struct line *line);

void line_close(struct line *line); /* of a closed one: nothing */
