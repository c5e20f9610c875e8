/* poller.h - which of many file descriptors are ready: one epoll instance, itself a descriptor
 * (poller_fd).
 *
 * Each owner (0...count - 1) has one descriptor at a time. News of a descriptor that was
 * forgotten meanwhile are never reported, though the kernel may have gathered them before. Not
 * thread safe. */
#pragma once

#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/error.h"

struct poller;

enum poller_for {
    POLLER_FOR_NOTHING,   /* only that it breaks */
    POLLER_FOR_NEW_BYTES, /* once a change: the owner reads until nothing is left */
    POLLER_FOR_ANY_BYTES, /* as long as there is something to read or accept */
    POLLER_FOR_CONNECT,   /* the end of a connect */
};

enum poller_news {
    POLLER_READY,
    POLLER_ENDING, /* the other end has closed; what it sent before can still be read */
    POLLER_BROKEN,
};

/* The memory is the arena's. */
MUST_CHECK bool poller_open(struct arena *arena, int32_t count, struct poller **ret_poller,
                            struct error *error);
void poller_close(struct poller *poller); /* NULL is allowed */

/* Readable when poller_look would report something. */
int poller_fd(const struct poller *poller);

/* From now on the owner gets these news of its `fd`. False: the kernel cannot watch it. */
bool poller_watch(struct poller *poller, int32_t owner, int fd, enum poller_for what);

/* Before the fd is closed. Does nothing when the owner has none. */
void poller_forget(struct poller *poller, int32_t owner);

/* Reports what has happened to 256 owners at most, the others the next time. Does not wait. */
void poller_look(struct poller *poller,
                 void (*on_news)(void *context, int32_t owner, enum poller_news news),
                 void *context);
