/* sink.c - takes what collectors send to a store and forgets it.
 *
 * Says {"port": ...} and speaks just enough HTTP to be an InfluxDB: each POST with a Content-Length
 * is answered 204. Whatever else comes over a connection (lines for graphite) is read and dropped.
 * Ends with its standard input. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    FDS_MAX = 1024,
    HEAD_BYTES = 8192, /* of a request; a longer head makes the connection a plain one */
    CHUNK_BYTES = 256 * 1024,
    EVENTS_MAX = 64,
};

static const char no_content[] = "HTTP/1.1 204 No Content\r\n\r\n";
static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

struct sender {
    bool is_plain;
    uint64_t body_left;
    size_t head_length;
    char head[HEAD_BYTES];
};

static struct {
    int epoll, door;
    struct sender sender[FDS_MAX];
    char chunk[CHUNK_BYTES];
} sink;

static _Noreturn void die(const char *what)
{
    perror(what);
    _exit(3);
}

static void watch(int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    if (epoll_ctl(sink.epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        die("epoll_ctl");
    }
}

static void open_door(void)
{
    const int yes = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    sink.door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (sink.door < 0 || setsockopt(sink.door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(sink.door, (struct sockaddr *) &here, sizeof here) != 0 ||
        listen(sink.door, SOMAXCONN) != 0) {
        die("listen");
    }
    watch(sink.door);
    socklen_t size = sizeof here;
    if (getsockname(sink.door, (struct sockaddr *) &here, &size) != 0) {
        die("getsockname");
    }
    (void) printf("{\"port\": %d}\n", ntohs(here.sin_port));
    (void) fflush(stdout);
}

static void let_in(void)
{
    const int yes = 1;
    int fd = accept4(sink.door, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= FDS_MAX) {
        (void) close(fd);
    } else if (fd >= 0) {
        (void) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        memset(&sink.sender[fd], 0, sizeof sink.sender[fd]);
        watch(fd);
    }
}

static void say(int fd, const char *words)
{
    (void) send(fd, words, strlen(words), MSG_NOSIGNAL);
}

/* The head is whole: what follows it? */
static void take_head(int fd, struct sender *sender)
{
    const char *length = strcasestr(sender->head, "\r\ncontent-length:");
    sender->body_left = length == NULL ? 0 : strtoull(strchr(length, ':') + 1, NULL, 10);
    sender->head_length = 0;
    if (strcasestr(sender->head, "\r\nexpect: 100-continue") != NULL) {
        say(fd, go_on);
    }
    if (sender->body_left == 0) {
        say(fd, no_content);
    }
}

/* Takes the bytes of a head; returns how many. */
static size_t add_to_head(int fd, struct sender *sender, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (sender->head_length == HEAD_BYTES - 1) {
            sender->is_plain = true;
            return length;
        }
        sender->head[sender->head_length++] = bytes[i];
        bool is_whole = sender->head_length >= 4 &&
                        memcmp(sender->head + sender->head_length - 4, "\r\n\r\n", 4) == 0;
        if (is_whole) {
            sender->head[sender->head_length] = '\0';
            take_head(fd, sender);
            return i + 1;
        }
    }
    return length;
}

/* The same of a body. */
static size_t add_to_body(int fd, struct sender *sender, size_t length)
{
    size_t taken = sender->body_left < length ? (size_t) sender->body_left : length;
    sender->body_left -= taken;
    if (sender->body_left == 0) {
        say(fd, no_content);
    }
    return taken;
}

static void take_in(int fd, struct sender *sender, const char *bytes, size_t length)
{
    bool is_begin = sender->head_length == 0 && sender->body_left == 0;
    sender->is_plain = is_begin && bytes[0] != 'P';
    while (length > 0 && !sender->is_plain) {
        size_t taken = sender->body_left > 0 ? add_to_body(fd, sender, length)
                                             : add_to_head(fd, sender, bytes, length);
        bytes += taken;
        length -= taken;
    }
}

/* False at the end of the input. */
static bool attend(int fd)
{
    if (fd == STDIN_FILENO) {
        return read(fd, sink.chunk, sizeof sink.chunk) > 0;
    }
    if (fd == sink.door) {
        let_in();
        return true;
    }
    ssize_t got = recv(fd, sink.chunk, sizeof sink.chunk, 0);
    if (got <= 0) {
        (void) close(fd);
    } else if (!sink.sender[fd].is_plain) {
        take_in(fd, &sink.sender[fd], sink.chunk, (size_t) got);
    }
    return true;
}

int main(void)
{
    sink.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (sink.epoll < 0) {
        die("epoll_create1");
    }
    open_door();
    watch(STDIN_FILENO);
    struct epoll_event event[EVENTS_MAX];
    bool must_go_on = true;
    while (must_go_on) {
        int ready = epoll_wait(sink.epoll, event, EVENTS_MAX, -1);
        for (int i = 0; i < ready; i++) {
            must_go_on = attend(event[i].data.fd) && must_go_on;
        }
    }
    return 0;
}
