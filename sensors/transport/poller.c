#include "sensors/transport/poller.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "gateway/base/check.h"

enum { NONE = -1, LOOK_MAX = 256 };

struct eyes {
    int fd;
    int32_t count;
    struct eye {
        int fd;              /* NONE: none */
        uint32_t generation; /* of its fd, so that news of the one before are known */
    } * eye;
};

bool eyes_open(struct arena *arena, int32_t count, struct eyes **ret_eyes, struct error *error)
{
    int fd = epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) {
        return error_set_errno(error, errno, "the wire gets no epoll instance");
    }
    struct eyes *eyes = arena_take(arena, 1, sizeof *eyes);
    eyes->fd = fd;
    eyes->count = count;
    eyes->eye = arena_take(arena, (size_t) count, sizeof eyes->eye[0]);
    for (int32_t i = 0; i < count; i++) {
        eyes->eye[i].fd = NONE;
    }
    *ret_eyes = eyes;
    return true;
}

void eyes_close(struct eyes *eyes)
{
    if (eyes != NULL) {
        (void) close(eyes->fd);
    }
}

int eyes_fd(const struct eyes *eyes)
{
    return eyes->fd;
}

static uint32_t events_of(enum eyes_for what)
{
    switch (what) {
    case EYES_FOR_NOTHING:
        break;
    case EYES_FOR_BYTES:
        return (uint32_t) EPOLLIN | EPOLLRDHUP | EPOLLET;
    case EYES_FOR_CHARACTERS:
        return EPOLLIN;
    case EYES_FOR_CONNECT:
        return (uint32_t) EPOLLOUT | EPOLLET;
    }
    return EPOLLET; /* a broken line breaks once */
}

bool eyes_watch(struct eyes *eyes, int32_t owner, int fd, enum eyes_for what)
{
    CHECK(owner >= 0 && owner < eyes->count);
    struct eye *eye = &eyes->eye[owner];
    CHECK(eye->fd == NONE || eye->fd == fd);
    bool is_new = eye->fd == NONE;
    eye->generation += is_new ? 1 : 0;
    struct epoll_event event = {
        .events = events_of(what),
        .data = {.u64 = (uint64_t) eye->generation << 32U | (uint32_t) owner}};
    if (epoll_ctl(eyes->fd, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, fd, &event) != 0) {
        return false;
    }
    eye->fd = fd;
    return true;
}

void eyes_forget(struct eyes *eyes, int32_t owner)
{
    CHECK(owner >= 0 && owner < eyes->count);
    struct eye *eye = &eyes->eye[owner];
    if (eye->fd != NONE) {
        (void) epoll_ctl(eyes->fd, EPOLL_CTL_DEL, eye->fd, NULL);
        eye->fd = NONE;
    }
}

static enum eyes_news news_of(uint32_t events)
{
    if ((events & EPOLLERR) != 0) {
        return EYES_BROKEN;
    }
    return (events & (EPOLLRDHUP | EPOLLHUP)) != 0 ? EYES_ENDING : EYES_READY;
}

void eyes_look(struct eyes *eyes, void (*tell)(void *context, int32_t owner, enum eyes_news news),
               void *context)
{
    struct epoll_event event[LOOK_MAX] UNINITIALIZED;
    int count = epoll_wait(eyes->fd, event, LOOK_MAX, 0);
    for (int i = 0; i < count; i++) {
        int32_t owner = (int32_t) (event[i].data.u64 & UINT32_MAX);
        const struct eye *eye = &eyes->eye[owner];
        if (eye->fd != NONE && eye->generation == event[i].data.u64 >> 32U) {
            tell(context, owner, news_of(event[i].events));
        }
    }
}
