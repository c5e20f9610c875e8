#include "sensors/transport/poller.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "gateway/base/check.h"

enum { NONE = -1, LOOK_MAX = 256 };

struct poller {
    int fd;
    int32_t count;
    struct eye {
        int fd;              /* NONE: none */
        uint32_t generation; /* of its fd, so that news of the one before are known */
    } * eye;
};

bool poller_open(struct arena *arena, int32_t count, struct poller **ret_eyes, struct error *error)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, errno, "the wire gets no epoll instance");
    }
    struct poller *poller = arena_take(arena, 1, sizeof *poller);
    poller->fd = fd;
    poller->count = count;
    poller->eye = arena_take(arena, (size_t) count, sizeof poller->eye[0]);
    for (int32_t i = 0; i < count; i++) {
        poller->eye[i].fd = NONE;
    }
    *ret_eyes = poller;
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

static uint32_t events_of(enum poller_for what)
{
    switch (what) {
    case POLLER_FOR_NOTHING:
        break;
    case POLLER_FOR_BYTES:
        return (uint32_t) EPOLLIN | EPOLLRDHUP | EPOLLET;
    case POLLER_FOR_CHARACTERS:
        return EPOLLIN;
    case POLLER_FOR_CONNECT:
        return (uint32_t) EPOLLOUT | EPOLLET;
    }
    return EPOLLET; /* a broken line breaks once */
}

bool poller_watch(struct poller *poller, int32_t owner, int fd, enum poller_for what)
{
    CHECK(owner >= 0 && owner < poller->count);
    struct eye *eye = &poller->eye[owner];
    CHECK(eye->fd == NONE || eye->fd == fd);
    bool is_new = eye->fd == NONE;
    eye->generation += is_new ? 1 : 0;
    struct epoll_event event = {
        .events = events_of(what),
        .data = {.u64 = (uint64_t) eye->generation << 32U | (uint32_t) owner}};
    if (epoll_ctl(poller->fd, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0) {
        return false;
    }
    eye->fd = fd;
    return true;
}

void poller_forget(struct poller *poller, int32_t owner)
{
    CHECK(owner >= 0 && owner < poller->count);
    struct eye *eye = &poller->eye[owner];
    if (eye->fd != NONE) {
        (void) epoll_ctl(poller->fd, EPOLL_CTL_DEL, eye->fd, NULL);
        eye->fd = NONE;
    }
}

static enum poller_news news_of(uint32_t events)
{
    if ((events & EPOLLERR) != 0) {
        return POLLER_BROKEN;
    }
    return (events & (EPOLLRDHUP | EPOLLHUP)) != 0 ? POLLER_ENDING : POLLER_READY;
}

void poller_look(struct poller *poller,
                 void (*tell)(void *context, int32_t owner, enum poller_news news), void *context)
{
    struct epoll_event event[LOOK_MAX] UNINITIALIZED;
    int count = epoll_wait(poller->fd, event, LOOK_MAX, 0);
    for (int i = 0; i < count; i++) {
        int32_t owner = (int32_t) (event[i].data.u64 & UINT32_MAX);
        const struct eye *eye = &poller->eye[owner];
        if (eye->fd != NONE && eye->generation == event[i].data.u64 >> 32U) {
            tell(context, owner, news_of(event[i].events));
        }
    }
}
