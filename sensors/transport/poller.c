#include "sensors/transport/poller.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "gateway/base/check.h"

enum { NONE = -1, LOOK_MAX = 256 };

struct poller {
    int fd;
    int32_t count;
    struct watch {
        int fd;              /* NONE: none */
        uint32_t generation; /* of its fd: marks news of the one before as old */
    } * watch;
};

bool poller_open(struct arena *arena, int32_t count, struct poller **ret_poller,
                 struct error *error)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, errno, "cannot make an epoll instance");
    }
    struct poller *poller = arena_take(arena, 1, sizeof *poller);
    poller->fd = fd;
    poller->count = count;
    poller->watch = arena_take(arena, (size_t) count, sizeof poller->watch[0]);
    for (int32_t i = 0; i < count; i++) {
        poller->watch[i].fd = NONE;
    }
    *ret_poller = poller;
    return true;
}

void poller_close(struct poller *poller)
{
    if (poller != NULL) {
        (void) close(poller->fd);
    }
}

int poller_fd(const struct poller *poller)
{
    return poller->fd;
}

static uint32_t get_events(enum poller_for what)
{
    switch (what) {
    case POLLER_FOR_NOTHING:
        break;
    case POLLER_FOR_NEW_BYTES:
        /* Edge-triggered: one call less for each answer, the price is that owners must read to the
         * end. */
        return (uint32_t) EPOLLIN | EPOLLRDHUP | EPOLLET;
    case POLLER_FOR_ANY_BYTES:
        return EPOLLIN;
    case POLLER_FOR_CONNECT:
        return (uint32_t) EPOLLOUT | EPOLLET;
    }
    return EPOLLET; /* errors are always reported: once is enough */
}

bool poller_watch(struct poller *poller, int32_t owner, int fd, enum poller_for what)
{
    CHECK(owner >= 0 && owner < poller->count);
    struct watch *watch = &poller->watch[owner];
    CHECK(watch->fd == NONE || watch->fd == fd);
    bool is_new = watch->fd == NONE;
    watch->generation += is_new ? 1 : 0;
    struct epoll_event event = {
        .events = get_events(what),
        .data = {.u64 = (uint64_t) watch->generation << 32U | (uint32_t) owner}};
    if (epoll_ctl(poller->fd, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0) {
        return false;
    }
    watch->fd = fd;
    return true;
}

void poller_forget(struct poller *poller, int32_t owner)
{
    CHECK(owner >= 0 && owner < poller->count);
    struct watch *watch = &poller->watch[owner];
    if (watch->fd != NONE) {
        (void) epoll_ctl(poller->fd, EPOLL_CTL_DEL, watch->fd, NULL);
        watch->fd = NONE;
    }
}

static enum poller_news get_news(uint32_t events)
{
    if ((events & EPOLLERR) != 0) {
        return POLLER_BROKEN;
    }
    return (events & (EPOLLRDHUP | EPOLLHUP)) != 0 ? POLLER_ENDING : POLLER_READY;
}

void poller_look(struct poller *poller,
                 void (*on_news)(void *context, int32_t owner, enum poller_news news),
                 void *context)
{
    struct epoll_event event[LOOK_MAX] UNINITIALIZED;
    int count = epoll_wait(poller->fd, event, LOOK_MAX, 0);
    for (int i = 0; i < count; i++) {
        int32_t owner = (int32_t) (event[i].data.u64 & UINT32_MAX);
        const struct watch *watch = &poller->watch[owner];
        if (watch->fd != NONE && watch->generation == event[i].data.u64 >> 32U) {
            on_news(context, owner, get_news(event[i].events));
        }
    }
}
