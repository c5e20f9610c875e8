#include "sensors/dtu/dtu_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/text.h"
#include "gateway/base/timers.h"
#include "sensors/transport/tcp.h"

#define HELLO_US (10 * US_PER_SECOND) /* to register */
#define PERHAPS_US \
    (5 * US_PER_SECOND) /* for the rest of a longer registration, lost on the air and sent again */
#define QUESTION_US (1 * US_PER_SECOND) /* from one question to the next */
#define RETRY_US (5 * US_PER_SECOND)    /* to open the port again */
#define PAUSE_US (1 * US_PER_SECOND)    /* without descriptors */
#define STRANGER_US (10 * US_PER_SECOND)

enum {
    NONE = -1,
    EVENTS_AT_ONCE = 64,
    ACCEPTS_AT_ONCE = 64, /* so that links are served between */
    SHOWN_MAX = 32,       /* bytes of a stranger's words */
};

/* Somebody who has not said who he is. */
struct caller {
    int fd;       /* NONE: free */
    int32_t link; /* PERHAPS: it is this one's; else NONE */
    size_t end;   /* of that registration */
    us_t until;   /* to say who he is */
    us_t decide_at, ask_at;
    struct ip_address source;
    size_t length;
    uint8_t bytes[DTU_REGISTRATION_HELLO_MAX];
};

struct dtu_listener {
    const struct dtu_listener_settings *settings;
    struct dtu_listener_parts parts;
    struct dtu_registrations *registrations;
    struct dtu_unregistered *unregistered;
    struct caller *caller; /* by seat */
    struct timers *timers; /* by seat; the last one is the door's own */
    int32_t every_count;
    int32_t *every; /* links that register before data only */
    int32_t turn;   /* of every: asked next */
    int epoll_fd, door_fd;
    bool is_paused;      /* no descriptors */
    bool is_ill;         /* and that is told */
    us_t strangers_from; /* may be told again */
};

/* --- telling ---------------------------------------------------------------- */

static void fall_ill(struct dtu_listener *listener, const char *what, int code)
{
    if (listener->is_ill) {
        return;
    }
    char bytes[160];
    struct text text = text_over(bytes, sizeof bytes);
    text_add(&text, "DTU接入端口%s%s: %s", listener->settings->listen, what,
             code == EADDRINUSE ? "地址已被占用" : tcp_why(code));
    listener->is_ill = true;
    listener->parts.tell(listener->parts.context, false, bytes);
}

static void get_well(struct dtu_listener *listener)
{
    if (listener->is_ill) {
        listener->is_ill = false;
        listener->parts.tell(listener->parts.context, true, "DTU接入端口已恢复");
    }
}

static void show_source(struct text *text, const struct ip_address *source)
{
    char bytes[INET6_ADDRSTRLEN];
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    bool is_v4 = memcmp(source->bytes, mapped, sizeof mapped) == 0;
    const char *shown = inet_ntop(is_v4 ? AF_INET : AF_INET6, source->bytes + (is_v4 ? 12 : 0),
                                  bytes, sizeof bytes);
    text_add(text, "%s", shown == NULL ? "?" : shown);
}

/* As text when it is one, else in hex. */
static void show_words(struct text *text, const uint8_t *bytes, size_t count)
{
    bool is_text = true;
    for (size_t i = 0; i < count; i++) {
        is_text = is_text && bytes[i] >= 0x20 && bytes[i] < 0x7F;
    }
    for (size_t i = 0; i < count; i++) {
        if (is_text) {
            text_add(text, "%c", bytes[i]);
        } else {
            text_add(text, "%02X ", (unsigned) bytes[i]);
        }
    }
}

/* For the technician who sets a DTU up: what it says, in place of what was configured. */
static void tell_stranger(struct dtu_listener *listener, const struct caller *caller, us_t now)
{
    if (caller->length == 0 || now < listener->strangers_from) {
        return;
    }
    char bytes[256];
    struct text text = text_over(bytes, sizeof bytes);
    text_add(&text, "未登记的DTU，来自");
    show_source(&text, &caller->source);
    text_add(&text, "，注册包: ");
    bool is_long = caller->length > SHOWN_MAX;
    show_words(&text, caller->bytes, is_long ? SHOWN_MAX : caller->length);
    text_add(&text, "%s", is_long ? "..." : "");
    listener->strangers_from = now + STRANGER_US;
    listener->parts.stranger(listener->parts.context, bytes);
}

/* --- callers ------------------------------------------------------------------ */

/* Takes the fd off the seat, which is free then. */
static int stand_up(struct dtu_listener *listener, int32_t seat)
{
    struct caller *caller = &listener->caller[seat];
    int fd = caller->fd;
    caller->fd = NONE;
    (void) epoll_ctl(listener->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
    timers_set(listener->timers, seat, TIMERS_NEVER);
    dtu_unregistered_leave(listener->unregistered, seat);
    return fd;
}

static void refuse(struct dtu_listener *listener, int32_t seat, us_t now)
{
    tell_stranger(listener, &listener->caller[seat], now);
    (void) close(stand_up(listener, seat));
}

static void admit(struct dtu_listener *listener, int32_t seat, us_t now)
{
    const struct caller *caller = &listener->caller[seat];
    int fd = stand_up(listener, seat);
    listener->parts.hand_over(listener->parts.wire, caller->link, fd, caller->bytes + caller->end,
                              caller->length - caller->end, now);
}

static void set_wake(struct dtu_listener *listener, int32_t seat)
{
    const struct caller *caller = &listener->caller[seat];
    us_t at = min_us(caller->until, min_us(caller->decide_at, caller->ask_at));
    timers_set(listener->timers, seat, at);
}

static void consider(struct dtu_listener *listener, int32_t seat, us_t now)
{
    struct caller *caller = &listener->caller[seat];
    switch (dtu_registrations_find(listener->registrations, caller->bytes, caller->length,
                                   &caller->link, &caller->end)) {
    case DTU_REGISTRATION_KNOWN:
        admit(listener, seat, now);
        return;
    case DTU_REGISTRATION_PERHAPS:
        caller->decide_at = now + PERHAPS_US;
        break;
    case DTU_REGISTRATION_MORE:
        caller->decide_at = TIMERS_NEVER;
        break;
    }
    if (caller->length == DTU_REGISTRATION_HELLO_MAX) {
        refuse(listener, seat, now);
        return;
    }
    set_wake(listener, seat);
}

static void hear(struct dtu_listener *listener, int32_t seat, us_t now)
{
    struct caller *caller = &listener->caller[seat];
    ssize_t got = recv(caller->fd, caller->bytes + caller->length,
                       DTU_REGISTRATION_HELLO_MAX - caller->length, MSG_DONTWAIT);
    if (got > 0) {
        caller->length += (size_t) got;
        consider(listener, seat, now);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        refuse(listener, seat, now);
    }
}

/* Sends the question of the next link that waits for its DTU. */
static void ask(struct dtu_listener *listener, struct caller *caller, us_t now)
{
    uint8_t question[MBAP_FRAME_MAX];
    caller->ask_at = now + QUESTION_US;
    for (int32_t i = 0; i < listener->every_count; i++) {
        int32_t link = listener->every[listener->turn];
        listener->turn = (listener->turn + 1) % listener->every_count;
        size_t length = listener->parts.question(listener->parts.wire, link, question);
        if (length > 0) {
            /* What does not fit into an empty buffer is as good as lost on the air. */
            (void) send(caller->fd, question, length, MSG_DONTWAIT | MSG_NOSIGNAL);
            return;
        }
    }
}

static void remind(struct dtu_listener *listener, int32_t seat, us_t now)
{
    struct caller *caller = &listener->caller[seat];
    if (caller->decide_at <= now) {
        admit(listener, seat, now);
    } else if (caller->until <= now) {
        refuse(listener, seat, now);
    } else {
        if (caller->ask_at <= now) {
            ask(listener, caller, now);
        }
        set_wake(listener, seat);
    }
}

/* --- the door ------------------------------------------------------------------- */

static bool add_to_epoll(const struct dtu_listener *listener, int fd, int32_t seat)
{
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = seat}};
    return epoll_ctl(listener->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static struct ip_address source_of(const struct sockaddr_storage *from)
{
    struct ip_address source = {.bytes = {[10] = 0xFF, [11] = 0xFF}};
    if (from->ss_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, from, sizeof v4);
        memcpy(source.bytes + 12, &v4.sin_addr, 4);
    } else {
        struct sockaddr_in6 v6;
        memcpy(&v6, from, sizeof v6);
        memcpy(source.bytes, &v6.sin6_addr, sizeof source.bytes);
    }
    return source;
}

static bool is_welcome(const struct dtu_listener *listener, const struct ip_address *source)
{
    for (int32_t i = 0; i < listener->settings->net_count; i++) {
        if (source_is_in(source, &listener->settings->net[i])) {
            return true;
        }
    }
    return listener->settings->net_count == 0;
}

static void sit_down(struct dtu_listener *listener, int fd, const struct ip_address *source,
                     us_t now)
{
    int32_t crowded = dtu_unregistered_crowded(listener->unregistered, source);
    if (crowded != NONE) {
        refuse(listener, crowded, now);
    }
    int32_t seat = dtu_unregistered_take(listener->unregistered, source);
    listener->caller[seat] = (struct caller){
        .fd = fd,
        .link = NONE,
        .until = now + HELLO_US,
        .decide_at = TIMERS_NEVER,
        .ask_at = listener->every_count > 0 ? now + QUESTION_US : TIMERS_NEVER,
        .source = *source,
    };
    tcp_tend_dialled(fd);
    if (add_to_epoll(listener, fd, seat)) {
        set_wake(listener, seat);
    } else {
        refuse(listener, seat, now);
    }
}

static bool is_out_of_means(int code)
{
    return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

static void set_own_wake(struct dtu_listener *listener, us_t at)
{
    timers_set(listener->timers, listener->settings->limits.all, at);
}

static void watch_door(const struct dtu_listener *listener, bool is_watched)
{
    struct epoll_event event = {.events = is_watched ? (uint32_t) EPOLLIN : 0,
                                .data = {.fd = NONE}};
    (void) epoll_ctl(listener->epoll_fd, EPOLL_CTL_MOD, listener->door_fd, &event);
}

/* Who knocks stays in the kernel's queue. Looking away keeps the loop from turning without end. */
static void pause_door(struct dtu_listener *listener, int code, us_t now)
{
    listener->is_paused = true;
    watch_door(listener, false);
    set_own_wake(listener, now + PAUSE_US);
    fall_ill(listener, "暂停接入", code);
}

static void welcome(struct dtu_listener *listener, int fd, const struct sockaddr_storage *from,
                    us_t now)
{
    struct ip_address source = source_of(from);
    if (is_welcome(listener, &source)) {
        sit_down(listener, fd, &source, now);
    } else {
        (void) close(fd);
    }
}

/* False: there is nobody more, or no means to let them in. */
static bool accept_one(struct dtu_listener *listener, us_t now)
{
    struct sockaddr_storage from = {0};
    socklen_t length = sizeof from;
    int fd = accept4(listener->door_fd, (struct sockaddr *) &from, &length,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        welcome(listener, fd, &from, now);
        return true;
    }
    if (is_out_of_means(errno)) {
        pause_door(listener, errno, now);
        return false;
    }
    return errno != EAGAIN; /* else this one was gone before we came (accept(2)) */
}

static void accept_some(struct dtu_listener *listener, us_t now)
{
    for (int i = 0; i < ACCEPTS_AT_ONCE && accept_one(listener, now); i++) {
    }
}

static void open_door(struct dtu_listener *listener, us_t now)
{
    struct tcp_address address;
    int code = EADDRNOTAVAIL;
    if (tcp_parse_listen(listener->settings->listen, &address)) {
        listener->door_fd = tcp_listen(&address, DTU_LISTENER_BACKLOG);
        code = errno;
    }
    if (listener->door_fd >= 0 && !add_to_epoll(listener, listener->door_fd, NONE)) {
        code = errno;
        (void) close(listener->door_fd);
        listener->door_fd = NONE;
    }
    if (listener->door_fd < 0) {
        set_own_wake(listener, now + RETRY_US);
        fall_ill(listener, "打不开", code);
        return;
    }
    get_well(listener);
}

/* Is there a descriptor again? Only a try can tell. */
static void open_again(struct dtu_listener *listener, us_t now)
{
    int spare = fcntl(listener->epoll_fd, F_DUPFD_CLOEXEC, 0);
    if (spare < 0) {
        set_own_wake(listener, now + PAUSE_US);
        return;
    }
    (void) close(spare);
    listener->is_paused = false;
    watch_door(listener, true);
    get_well(listener);
}

/* --- from outside ------------------------------------------------------------------ */

void dtu_listener_ready(struct dtu_listener *listener, us_t now)
{
    struct epoll_event events[EVENTS_AT_ONCE];
    int count = epoll_wait(listener->epoll_fd, events, EVENTS_AT_ONCE, 0);
    bool is_knocked = false;
    for (int i = 0; i < count; i++) {
        int32_t seat = events[i].data.fd;
        if (seat == NONE) {
            is_knocked = true;
        } else if (listener->caller[seat].fd != NONE) {
            hear(listener, seat, now);
        }
    }
    /* Last: a seat that is given anew must not hear an event of the one before. */
    if (is_knocked) {
        accept_some(listener, now);
    }
}

us_t dtu_listener_next(struct dtu_listener *listener)
{
    return timers_next(listener->timers);
}

void dtu_listener_wake(struct dtu_listener *listener, us_t now)
{
    for (int32_t i = 0; timers_take(listener->timers, now, &i);) {
        if (i < listener->settings->limits.all) {
            remind(listener, i, now);
        } else if (listener->is_paused) {
            open_again(listener, now);
        } else {
            open_door(listener, now);
        }
    }
}

int dtu_listener_fd(const struct dtu_listener *listener)
{
    return listener->epoll_fd;
}

static void read_links(struct dtu_listener *listener, struct arena *arena)
{
    const struct link_settings *link = listener->parts.link;
    int32_t link_count = listener->parts.link_count;
    size_t count = (size_t) link_count;
    const struct dtu_settings **dtu = arena_take(arena, count, sizeof(const struct dtu_settings *));
    listener->every = arena_take(arena, count, sizeof listener->every[0]);
    for (int32_t i = 0; i < link_count; i++) {
        bool is_used = link[i].kind == LINK_DTU && link[i].device_count > 0;
        dtu[i] = is_used ? link[i].dtu : NULL;
        if (is_used && link[i].dtu->mode == DTU_EVERY) {
            listener->every[listener->every_count++] = i;
        }
    }
    listener->registrations = dtu_registrations_new(arena, dtu, link_count);
}

static void add_seats(struct dtu_listener *listener, struct arena *arena)
{
    int32_t unregistered = listener->settings->limits.all;
    listener->unregistered = dtu_unregistered_new(arena, &listener->settings->limits);
    listener->timers = timers_new(arena, unregistered + 1);
    listener->caller = arena_take(arena, (size_t) unregistered, sizeof listener->caller[0]);
    for (int32_t i = 0; i < unregistered; i++) {
        listener->caller[i].fd = NONE;
    }
}

bool dtu_listener_new(struct arena *arena, const struct dtu_listener_settings *settings,
                      const struct dtu_listener_parts *parts, struct dtu_listener **ret_listener,
                      struct error *error)
{
    int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (epoll_fd < 0) {
        return error_set_errno(error, errno, "the DTU listener gets no epoll descriptor");
    }
    struct dtu_listener *listener = arena_take(arena, 1, sizeof *listener);
    listener->settings = settings;
    listener->parts = *parts;
    listener->epoll_fd = epoll_fd;
    listener->door_fd = NONE;
    add_seats(listener, arena);
    read_links(listener, arena);
    set_own_wake(listener, 0);
    *ret_listener = listener;
    return true;
}

void dtu_listener_close(struct dtu_listener *listener)
{
    if (listener == NULL) {
        return;
    }
    for (int32_t i = 0; i < listener->settings->limits.all; i++) {
        if (listener->caller[i].fd != NONE) {
            (void) close(listener->caller[i].fd);
        }
    }
    if (listener->door_fd >= 0) {
        (void) close(listener->door_fd);
    }
    (void) close(listener->epoll_fd);
}
