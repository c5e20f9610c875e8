/* poller.h - which of many file descriptors have something to tell: one epoll instance, which is itself a descriptor that a loop
 * can wait for (poller_fd).
 *
 * Each owner (0...count - 1) has one descriptor at a time. Of a socket it hears once a change, so it reads until nothing is
 * left: that halves what the kernel does for an answer, and costs 8 bytes an owner. Of a serial port it hears as long as
 * there is something to read. News of a descriptor that was forgotten meanwhile are never told. One thread. */
#pragma once

#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/error.h"

struct poller;

enum poller_for {
    POLLER_FOR_NOTHING,    /* but that it breaks */
    POLLER_FOR_BYTES,      /* a socket's */
    POLLER_FOR_CHARACTERS, /* a serial port's */
    POLLER_FOR_CONNECT,    /* that a connect has come to an end */
};

enum poller_news {
    POLLER_READY,
    POLLER_ENDING, /* the other end has hung up: what it said before is still there */
    POLLER_BROKEN,
};

/* The memory is the arena's. */
MUST_CHECK bool poller_open(struct arena *arena, int32_t count, struct poller **ret_eyes,
                            struct error *error);
void poller_close(struct poller *poller); /* NULL is allowed */

/* Readable when poller_look would tell something. */
int poller_fd(const struct poller *poller);

/* From now on the owner hears this of its `fd`. False: the kernel cannot watch it. */
bool poller_watch(struct poller *poller, int32_t owner, int fd, enum poller_for what);

/* Before the fd is closed. Without one: nothing. */
void poller_forget(struct poller *poller, int32_t owner);

/* Tells what has happened, to some 256 owners at most; what is left is told the next time. Does not wait. */
void poller_look(struct poller *poller,
                 void (*tell)(void *context, int32_t owner, enum poller_news news), void *context);
