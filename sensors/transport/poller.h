/* poller.h - which of many file descriptors have something to tell: one epoll instance, which is itself a descriptor that a loop
 * can wait for (eyes_fd).
 *
 * Each owner (0...count - 1) has one descriptor at a time. Of a socket it hears once a change, so it reads until nothing is
 * left: that halves what the kernel does for an answer, and costs 8 bytes an owner. Of a serial port it hears as long as
 * there is something to read. News of a descriptor that was forgotten meanwhile are never told. One thread. */
#pragma once

#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/error.h"

struct eyes;

enum eyes_for {
    EYES_FOR_NOTHING,    /* but that it breaks */
    EYES_FOR_BYTES,      /* a socket's */
    EYES_FOR_CHARACTERS, /* a serial port's */
    EYES_FOR_CONNECT,    /* that a connect has come to an end */
};

enum eyes_news {
    EYES_READY,
    EYES_ENDING, /* the other end has hung up: what it said before is still there */
    EYES_BROKEN,
};

/* The memory is the arena's. */
MUST_CHECK bool eyes_open(struct arena *arena, int32_t count, struct eyes **ret_eyes,
                          struct error *error);
void eyes_close(struct eyes *eyes); /* NULL is allowed */

/* Readable when eyes_look would tell something. */
int eyes_fd(const struct eyes *eyes);

/* From now on the owner hears this of its `fd`. False: the kernel cannot watch it. */
bool eyes_watch(struct eyes *eyes, int32_t owner, int fd, enum eyes_for what);

/* Before the fd is closed. Without one: nothing. */
void eyes_forget(struct eyes *eyes, int32_t owner);

/* Tells what has happened, to some 256 owners at most; what is left is told the next time. Does not wait. */
void eyes_look(struct eyes *eyes, void (*tell)(void *context, int32_t owner, enum eyes_news news),
               void *context);
