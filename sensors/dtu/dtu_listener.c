#include "sensors/dtu/dtu_listener.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/text.h"
#include "gateway/base/timers.h"
#include "sensors/transport/poller.h"
#include "sensors/transport/tcp.h"

#define HELLO_US (10 * US_PER_SECOND)   /* to register */
#define PERHAPS_US (5 * US_PER_SECOND)  /* for the other bytes of a longer registration */
#define QUESTION_US (1 * US_PER_SECOND) /* from one question to the next */
#define RETRY_US (5 * US_PER_SECOND)    /* to open the port again */
#define PAUSE_US (1 * US_PER_SECOND)    /* without descriptors */
#define STRANGER_US (10 * US_PER_SECOND)

enum {
    NONE = -1,
    ACCEPTS_AT_ONCE = 64, /* links are served between */
    SHOWN_MAX = 32,       /* bytes of an unknown hello in a message */
};

/* A connection that has not registered yet. */
struct caller {
    int fd;       /* NONE: free */
    int32_t link; /* of a PERHAPS; else NONE */
    size_t end;   /* of that registration */
    us_t until;   /* to register */
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
    struct caller *caller; /* by slot */
    struct timers *timers; /* by slot; the last one is the port's */
    int32_t every_count;
    int32_t *every;        /* links of DTU_EVERY */
    int32_t turn;          /* of every: whose request is sent next */
    struct poller *poller; /* by slot; the last owner is the port */
    int port_fd;
    bool is_paused;   /* no descriptors */
    bool has_trouble; /* and that was reported */
    us_t stranger_at; /* the next report, at the earliest */
    us_t now;         /* of the look under way */
};

static void report_trouble(struct dtu_listener *listener, const char *what, int code)
{
    if (listener->has_trouble) {
        return;
    }
    char bytes[160];
    struct text text = text_over(bytes, sizeof bytes);
    text_add(&text, "DTU接入端口%s%s：%s", listener->settings->listen, what,
             code == EADDRINUSE ? "地址已被占用" : tcp_why(code));
    listener->has_trouble = true;
    listener->parts.post_state(listener->parts.context, false, bytes);
}

static void report_recovery(struct dtu_listener *listener)
{
    if (listener->has_trouble) {
        listener->has_trouble = false;
        listener->parts.post_state(listener->parts.context, true, "DTU接入端口已恢复");
    }
}

/* As text when it is one, else in hex. */
static void add_hello(struct text *text, const uint8_t *bytes, size_t count)
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

/* Shows the technician who sets up a DTU what it sends in place of the configured registration. */
static void report_stranger(struct dtu_listener *listener, const struct caller *caller, us_t now)
{
    /* A port scan connects and sends nothing: no DTU to report. */
    if (caller->length == 0 || now < listener->stranger_at) {
        return;
    }
    char bytes[256];
    struct text text = text_over(bytes, sizeof bytes);
    char source[IP_ADDRESS_TEXT_MAX];
    ip_address_format(&caller->source, source);
    text_add(&text, "未登记的DTU，来自%s，注册包：", source);
    bool is_long = caller->length > SHOWN_MAX;
    add_hello(&text, caller->bytes, is_long ? SHOWN_MAX : caller->length);
    text_add(&text, "%s", is_long ? "..." : "");
    listener->stranger_at = now + STRANGER_US;
    listener->parts.post_stranger(listener->parts.context, bytes);
}

/* Frees the slot. The fd is the caller's to close or hand over. */
static int release_caller(struct dtu_listener *listener, int32_t slot)
{
    struct caller *caller = &listener->caller[slot];
    int fd = caller->fd;
    caller->fd = NONE;
    poller_forget(listener->poller, slot);
    timers_set(listener->timers, slot, TIMERS_NEVER);
    dtu_unregistered_leave(listener->unregistered, slot);
    return fd;
}

static void refuse_caller(struct dtu_listener *listener, int32_t slot, us_t now)
{
    report_stranger(listener, &listener->caller[slot], now);
    (void) close(release_caller(listener, slot));
}

static void admit_caller(struct dtu_listener *listener, int32_t slot, us_t now)
{
    const struct caller *caller = &listener->caller[slot];
    int fd = release_caller(listener, slot);
    listener->parts.hand_over(listener->parts.wire, caller->link, fd, caller->bytes + caller->end,
                              caller->length - caller->end, now);
}

static void set_caller_timer(struct dtu_listener *listener, int32_t slot)
{
    const struct caller *caller = &listener->caller[slot];
    us_t at = min_us(caller->until, min_us(caller->decide_at, caller->ask_at));
    timers_set(listener->timers, slot, at);
}

static void identify_dtu(struct dtu_listener *listener, int32_t slot, us_t now)
{
    struct caller *caller = &listener->caller[slot];
    switch (dtu_registrations_find(listener->registrations, caller->bytes, caller->length,
                                   &caller->link, &caller->end)) {
    case DTU_REGISTRATION_KNOWN:
        admit_caller(listener, slot, now);
        return;
    case DTU_REGISTRATION_PERHAPS:
        /* Radios cut a registration into packets, and send again what was lost on the air. To take
         * DTU1 at once would show the values of DTU12 as those of another site. */
        caller->decide_at = now + PERHAPS_US;
        break;
    case DTU_REGISTRATION_MORE:
        caller->decide_at = TIMERS_NEVER;
        break;
    }
    if (caller->length == DTU_REGISTRATION_HELLO_MAX) {
        refuse_caller(listener, slot, now);
        return;
    }
    set_caller_timer(listener, slot);
}

static void read_caller(struct dtu_listener *listener, int32_t slot, us_t now)
{
    struct caller *caller = &listener->caller[slot];
    ssize_t got = recv(caller->fd, caller->bytes + caller->length,
                       DTU_REGISTRATION_HELLO_MAX - caller->length, MSG_DONTWAIT);
    if (got > 0) {
        caller->length += (size_t) got;
        identify_dtu(listener, slot, now);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        refuse_caller(listener, slot, now);
    }
}

/* Sends the first request of the next link that waits for its DTU. Which link the caller belongs to
 * is not known yet, so all links take turns: its DTU answers its own, with the registration in
 * front. */
static void ask_next_link(struct dtu_listener *listener, struct caller *caller, us_t now)
{
    uint8_t question[MBAP_FRAME_MAX];
    caller->ask_at = now + QUESTION_US;
    for (int32_t i = 0; i < listener->every_count; i++) {
        int32_t link = listener->every[listener->turn];
        listener->turn = (listener->turn + 1) % listener->every_count;
        size_t length = listener->parts.question(listener->parts.wire, link, question);
        if (length > 0) {
            /* A request that does not fit into an empty send buffer counts as lost by the radio. */
            (void) send(caller->fd, question, length, MSG_DONTWAIT | MSG_NOSIGNAL);
            return;
        }
    }
}

static void wake_caller(struct dtu_listener *listener, int32_t slot, us_t now)
{
    struct caller *caller = &listener->caller[slot];
    if (caller->decide_at <= now) {
        admit_caller(listener, slot, now);
    } else if (caller->until <= now) {
        refuse_caller(listener, slot, now);
    } else {
        if (caller->ask_at <= now) {
            ask_next_link(listener, caller, now);
        }
        set_caller_timer(listener, slot);
    }
}

static bool is_source_allowed(const struct dtu_listener *listener, const struct ip_address *source)
{
    for (int32_t i = 0; i < listener->settings->net_count; i++) {
        if (ip_network_has(&listener->settings->net[i], source)) {
            return true;
        }
    }
    return listener->settings->net_count == 0;
}

static void add_caller(struct dtu_listener *listener, int fd, const struct ip_address *source,
                       us_t now)
{
    /* The newest is the most likely to register soon: under a flood of connections the oldest
     * goes. */
    int32_t crowded = dtu_unregistered_crowded(listener->unregistered, source);
    if (crowded != NONE) {
        refuse_caller(listener, crowded, now);
    }
    int32_t slot = dtu_unregistered_take(listener->unregistered, source);
    listener->caller[slot] = (struct caller){
        .fd = fd,
        .link = NONE,
        .until = now + HELLO_US,
        .decide_at = TIMERS_NEVER,
        .ask_at = listener->every_count > 0 ? now + QUESTION_US : TIMERS_NEVER,
        .source = *source,
    };
    tcp_tend_dialled(fd);
    if (poller_watch(listener->poller, slot, fd, POLLER_FOR_ANY_BYTES)) {
        set_caller_timer(listener, slot);
    } else {
        refuse_caller(listener, slot, now);
    }
}

static void set_port_timer(struct dtu_listener *listener, us_t at)
{
    timers_set(listener->timers, listener->settings->limits.all, at);
}

/* Watched or not, the port is the poller's last owner. */
static bool watch_port(const struct dtu_listener *listener, enum poller_for what)
{
    return poller_watch(listener->poller, listener->settings->limits.all, listener->port_fd, what);
}

/* New connections stay in the kernel's backlog. Without descriptors none can be accepted, and a
 * port that is watched all the same would wake the loop without end. */
static void pause_accepting(struct dtu_listener *listener, int code, us_t now)
{
    listener->is_paused = true;
    (void) watch_port(listener, POLLER_FOR_NOTHING);
    set_port_timer(listener, now + PAUSE_US);
    report_trouble(listener, "暂停接入", code);
}

static void receive_caller(struct dtu_listener *listener, int fd,
                           const struct sockaddr_storage *from, us_t now)
{
    struct ip_address source;
    CHECK(ip_address_of((const struct sockaddr *) from, &source)); /* its socket is an IP one */
    if (is_source_allowed(listener, &source)) {
        add_caller(listener, fd, &source, now);
    } else {
        /* Without a report: a scan of the internet would fill the log. */
        (void) close(fd);
    }
}

/* False: no connection waits, or it cannot be accepted now. */
static bool accept_caller(struct dtu_listener *listener, us_t now)
{
    struct sockaddr_storage from = {0};
    socklen_t length = sizeof from;
    int fd = accept4(listener->port_fd, (struct sockaddr *) &from, &length,
                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        receive_caller(listener, fd, &from, now);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        pause_accepting(listener, errno, now);
        return false;
    }
    return errno != EAGAIN; /* else it was gone before it was accepted: accept(2) */
}

static void open_port(struct dtu_listener *listener, us_t now)
{
    struct net_address address;
    int code = EADDRNOTAVAIL;
    if (net_address_parse(listener->settings->listen, 1, &address)) {
        listener->port_fd = net_address_listen(&address, DTU_LISTENER_BACKLOG);
        code = errno;
    }
    if (listener->port_fd >= 0 && !watch_port(listener, POLLER_FOR_ANY_BYTES)) {
        code = errno;
        (void) close(listener->port_fd);
        listener->port_fd = NONE;
    }
    if (listener->port_fd < 0) {
        /* Tried again: the address may belong to an interface that comes up later. */
        set_port_timer(listener, now + RETRY_US);
        report_trouble(listener, "打不开", code);
        return;
    }
    report_recovery(listener);
}

/* The kernel does not report when descriptors are free again: only a try shows it. */
static void resume_accepting(struct dtu_listener *listener, us_t now)
{
    int spare = fcntl(poller_fd(listener->poller), F_DUPFD_CLOEXEC, 0);
    if (spare < 0) {
        set_port_timer(listener, now + PAUSE_US);
        return;
    }
    (void) close(spare);
    listener->is_paused = false;
    (void) watch_port(listener, POLLER_FOR_ANY_BYTES);
    report_recovery(listener);
}

static void on_caller_news(void *context, int32_t owner, enum poller_news news)
{
    (void) news; /* the end of a connection shows by reading it */
    struct dtu_listener *listener = context;
    if (owner == listener->settings->limits.all) {
        for (int i = 0; i < ACCEPTS_AT_ONCE && accept_caller(listener, listener->now); i++) {
        }
    } else {
        read_caller(listener, owner, listener->now);
    }
}

void dtu_listener_ready(struct dtu_listener *listener, us_t now)
{
    listener->now = now;
    poller_look(listener->poller, on_caller_news, listener);
}

us_t dtu_listener_next(struct dtu_listener *listener)
{
    return timers_next(listener->timers);
}

void dtu_listener_wake(struct dtu_listener *listener, us_t now)
{
    for (int32_t i = 0; timers_take(listener->timers, now, &i);) {
        if (i < listener->settings->limits.all) {
            wake_caller(listener, i, now);
        } else if (listener->is_paused) {
            resume_accepting(listener, now);
        } else {
            open_port(listener, now);
        }
    }
}

int dtu_listener_fd(const struct dtu_listener *listener)
{
    return poller_fd(listener->poller);
}

static void find_dtus(struct dtu_listener *listener, struct arena *arena)
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

static void add_slots(struct dtu_listener *listener, struct arena *arena)
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
    struct poller *poller = NULL;
    if (!poller_open(arena, settings->limits.all + 1, &poller, error)) {
        return false;
    }
    struct dtu_listener *listener = arena_take(arena, 1, sizeof *listener);
    listener->settings = settings;
    listener->parts = *parts;
    listener->poller = poller;
    listener->port_fd = NONE;
    add_slots(listener, arena);
    find_dtus(listener, arena);
    set_port_timer(listener, 0);
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
    if (listener->port_fd >= 0) {
        (void) close(listener->port_fd);
    }
    poller_close(listener->poller);
}
