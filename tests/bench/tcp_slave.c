/* tcp_slave.c - a Modbus TCP slave that is no bottleneck, shares no code with what it measures, and
 * knows when it was asked.
 *
 *   tcp_slave fixed|moving POLL_MS
 *
 * Answers functions 3 and 4 for each unit and address with words from 200 to 299: always the same
 * ones, or other ones in each reply. Says {"port": ...}, reads commands on standard input and
 * answers each with a line of JSON; the end of the input ends it:
 *
 *   start    forgets what it has seen and begins to record
 *   fixed    from now on the same words, and so it goes with `moving`
 *   stop     {"connections": open now, "asked": of them asked since start, "requests": since start,
 *             "lateness_us": {"count", "p50", "p99", "max"}}
 *
 * Lateness needs POLL_MS > 0 (with 0 nothing is recorded but counts). Each connection is one that
 * polls every POLL_MS on a grid of 10 ms of the time of day. The kernel's stamp of the arriving
 * packet is taken, so that the slave's own delay does not count. The grid point of a connection is
 * the last one before the earliest of its arrivals modulo POLL_MS; later ones are late by so much.
 * What would hide from this: a connection that is late by more than 10 ms each single time. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    FDS_MAX = 16384, /* descriptors; beyond them connections are refused */
    EVENTS_MAX = 256,
    ARRIVALS_MAX = 128, /* kept for each connection */
    REQUEST_BYTES = 12,
    BUFFER_BYTES = 1024,
    REGISTERS_MAX = 125,
    GRID_US = 10000,
    COMMAND_BYTES = 16,
};

struct visitor {
    bool is_open;
    uint32_t requests;
    size_t length;
    uint8_t bytes[BUFFER_BYTES];
    uint32_t arrival_count;
    int64_t arrival_us[ARRIVALS_MAX];
};

static struct {
    bool is_moving;
    int64_t poll_us;
    int epoll, door;
    uint16_t serial;
    struct visitor visitor[FDS_MAX];
    int64_t lateness_us[(size_t) FDS_MAX * ARRIVALS_MAX / 8];
} slave;

enum { LATENESS_MAX = sizeof slave.lateness_us / sizeof slave.lateness_us[0] };

static _Noreturn void die(const char *what)
{
    perror(what);
    _exit(3);
}

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(slave.epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        die("epoll_ctl");
    }
}

/* All of 127.0.0.0/8, so that each link can have an address of its own. */
static void open_door(void)
{
    const int yes = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    slave.door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (slave.door < 0 || setsockopt(slave.door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(slave.door, (struct sockaddr *) &here, sizeof here) != 0 ||
        listen(slave.door, SOMAXCONN) != 0) {
        die("listen");
    }
    watch(slave.door);
    socklen_t size = sizeof here;
    if (getsockname(slave.door, (struct sockaddr *) &here, &size) != 0) {
        die("getsockname");
    }
    (void) printf("{\"port\": %d}\n", ntohs(here.sin_port));
    (void) fflush(stdout);
}

static void let_in(void)
{
    const int yes = 1;
    int fd = accept4(slave.door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    while (fd >= 0) {
        if (fd >= FDS_MAX) {
            (void) close(fd);
            return;
        }
        (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (slave.poll_us > 0) {
            (void) setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
        }
        slave.visitor[fd] = (struct visitor){.is_open = true};
        watch(fd);
        fd = accept4(slave.door, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    }
}

static void show_out(int fd)
{
    slave.visitor[fd].is_open = false;
    (void) close(fd);
}

static int64_t us_of(struct timespec time)
{
    return (int64_t) time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* When the packet came in, by the kernel; else now. */
static int64_t stamp_of(struct msghdr *message)
{
    struct timespec stamp;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
         item = CMSG_NXTHDR(message, item)) {
        if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS) {
            memcpy(&stamp, CMSG_DATA(item), sizeof stamp);
            return us_of(stamp);
        }
    }
    (void) clock_gettime(CLOCK_REALTIME, &stamp);
    return us_of(stamp);
}

/* Answers the request at `ask`. False: it makes no sense, or the other side is gone. */
static bool answer(int fd, const uint8_t *ask)
{
    unsigned count = (unsigned) (ask[10] << 8 | ask[11]);
    if ((ask[7] != 3 && ask[7] != 4) || count == 0 || count > REGISTERS_MAX) {
        return false;
    }
    uint8_t reply[9 + 2 * REGISTERS_MAX] = {ask[0], ask[1]};
    reply[5] = (uint8_t) (3 + 2 * count);
    reply[6] = ask[6];
    reply[7] = ask[7];
    reply[8] = (uint8_t) (2 * count);
    slave.serial = (uint16_t) (slave.serial + (slave.is_moving ? 1 : 0));
    for (unsigned i = 0; i < count; i++) {
        unsigned word = 200 + (slave.serial + 7 * i) % 100;
        reply[9 + 2 * i] = (uint8_t) (word >> 8);
        reply[10 + 2 * i] = (uint8_t) word;
    }
    size_t size = 9 + 2 * (size_t) count;
    return send(fd, reply, size, MSG_NOSIGNAL) == (ssize_t) size;
}

static bool answer_all(int fd, struct visitor *visitor)
{
    size_t at = 0;
    for (; visitor->length - at >= REQUEST_BYTES; at += REQUEST_BYTES) {
        visitor->requests++;
        if (!answer(fd, visitor->bytes + at)) {
            return false;
        }
    }
    visitor->length -= at;
    memmove(visitor->bytes, visitor->bytes + at, visitor->length);
    return true;
}

static void listen_to(int fd)
{
    struct visitor *visitor = &slave.visitor[fd];
    struct iovec room = {visitor->bytes + visitor->length, sizeof visitor->bytes - visitor->length};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(struct timespec))];
    } control;
    struct msghdr message = {.msg_iov = &room, .msg_iovlen = 1};
    if (slave.poll_us > 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
    }
    ssize_t got = recvmsg(fd, &message, 0);
    if (got <= 0) {
        show_out(fd);
        return;
    }
    if (slave.poll_us > 0 && visitor->arrival_count < ARRIVALS_MAX) {
        visitor->arrival_us[visitor->arrival_count++] = stamp_of(&message);
    }
    visitor->length += (size_t) got;
    if (!answer_all(fd, visitor)) {
        show_out(fd);
    }
}

/* The earliest arrival modulo the poll; 0 may lie in the middle of them, so seen from half a poll
 * before the first. */
static int64_t earliest_phase(const struct visitor *visitor)
{
    int64_t from = visitor->arrival_us[0] + slave.poll_us - slave.poll_us / 2;
    int64_t least = slave.poll_us;
    for (uint32_t i = 0; i < visitor->arrival_count; i++) {
        int64_t phase =
            ((visitor->arrival_us[i] - from) % slave.poll_us + slave.poll_us) % slave.poll_us;
        least = phase < least ? phase : least;
    }
    return from + least;
}

static size_t add_lateness(const struct visitor *visitor, size_t count)
{
    int64_t due = earliest_phase(visitor) / GRID_US * GRID_US;
    for (uint32_t i = 0; i < visitor->arrival_count && count < LATENESS_MAX; i++) {
        int64_t late = (visitor->arrival_us[i] - due) % slave.poll_us;
        slave.lateness_us[count++] = late < 0 ? late + slave.poll_us : late;
    }
    return count;
}

static int is_later(const void *a, const void *b)
{
    const int64_t *one = a;
    const int64_t *other = b;
    return (*one > *other) - (*one < *other);
}

static void begin_recording(void)
{
    for (int fd = 0; fd < FDS_MAX; fd++) {
        slave.visitor[fd].requests = 0;
        slave.visitor[fd].arrival_count = 0;
    }
}

static void report(void)
{
    size_t count = 0;
    int open_count = 0;
    int asked_count = 0;
    unsigned long long requests = 0;
    for (int fd = 0; fd < FDS_MAX; fd++) {
        const struct visitor *visitor = &slave.visitor[fd];
        requests += visitor->requests;
        open_count += visitor->is_open ? 1 : 0;
        asked_count += visitor->is_open && visitor->requests > 0 ? 1 : 0;
        if (visitor->is_open && visitor->arrival_count > 0) {
            count = add_lateness(visitor, count);
        }
    }
    qsort(slave.lateness_us, count, sizeof slave.lateness_us[0], is_later);
    const int64_t *sorted = slave.lateness_us;
    (void) printf("{\"connections\": %d, \"asked\": %d, \"requests\": %llu, \"lateness_us\": "
                  "{\"count\": %zu, \"p50\": %lld, \"p99\": %lld, \"max\": %lld}}\n",
                  open_count, asked_count, requests, count,
                  count == 0 ? -1LL : (long long) sorted[count / 2],
                  count == 0 ? -1LL : (long long) sorted[count * 99 / 100],
                  count == 0 ? -1LL : (long long) sorted[count - 1]);
}

/* False at the end of the input. */
static bool obey(void)
{
    char command[COMMAND_BYTES] = "";
    ssize_t got = read(STDIN_FILENO, command, sizeof command - 1);
    if (got <= 0) {
        return false;
    }
    if (strcmp(command, "stop\n") == 0) {
        report();
    } else if (strcmp(command, "start\n") == 0) {
        begin_recording();
        (void) puts("{}");
    } else {
        slave.is_moving = strcmp(command, "moving\n") == 0;
        (void) puts("{}");
    }
    (void) fflush(stdout);
    return true;
}

/* False at the end of the input. */
static bool attend(int fd)
{
    if (fd == STDIN_FILENO) {
        return obey();
    }
    if (fd == slave.door) {
        let_in();
    } else {
        listen_to(fd);
    }
    return true;
}

static void serve(void)
{
    struct epoll_event event[EVENTS_MAX];
    bool must_go_on = true;
    while (must_go_on) {
        int count = epoll_wait(slave.epoll, event, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            must_go_on = attend(event[i].data.fd) && must_go_on;
        }
    }
}

int main(int count, char **arguments)
{
    if (count != 3) {
        (void) fprintf(stderr, "usage: tcp_slave fixed|moving POLL_MS\n");
        return 2;
    }
    slave.is_moving = strcmp(arguments[1], "moving") == 0;
    slave.poll_us = strtol(arguments[2], NULL, 10) * 1000;
    slave.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (slave.epoll < 0) {
        die("epoll_create1");
    }
    open_door();
    watch(STDIN_FILENO);
    serve();
    return 0;
}
