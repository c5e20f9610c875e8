#include "sensors/transport/tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

enum {
    KEEPALIVE_IDLE_S = 30,
    KEEPALIVE_INTERVAL_S = 10,
    KEEPALIVE_COUNT = 3,
    USER_TIMEOUT_MS = 15000,
    DIALLED_TIMEOUT_MS = 60000,
    PAUSE_DOUBLINGS_MAX = 5,
};

#define PAUSE_MAX_US (24 * US_PER_SECOND) /* 30 s with the jitter */

bool tcp_pick(const struct addrinfo *found, uint32_t n, struct net_address *ret_address)
{
    uint32_t count = 0;
    for (const struct addrinfo *each = found; each != NULL; each = each->ai_next) {
        count++;
    }
    if (count == 0) {
        return false;
    }
    const struct addrinfo *chosen = found;
    for (uint32_t i = 0; i < n % count; i++) {
        chosen = chosen->ai_next;
    }
    if (chosen->ai_addrlen > sizeof ret_address->storage) {
        return false;
    }
    memcpy(&ret_address->storage, chosen->ai_addr, chosen->ai_addrlen);
    ret_address->length = chosen->ai_addrlen;
    return true;
}

static void set_option(int fd, int level, int option, int value)
{
    /* A kernel without one of them loses speed, or notices a dead peer later: no reason to fail. */
    (void) setsockopt(fd, level, option, &value, sizeof value);
}

static void watch_peer(int fd, int user_timeout_ms)
{
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, user_timeout_ms);
}

void tcp_tend_dialled(int fd)
{
    watch_peer(fd, DIALLED_TIMEOUT_MS);
}

int tcp_connect(const struct net_address *address)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    watch_peer(fd, USER_TIMEOUT_MS);
    if (connect(fd, (const struct sockaddr *) &address->storage, address->length) != 0 &&
        errno != EINPROGRESS) {
        int code = errno;
        (void) close(fd);
        errno = code;
        return -1;
    }
    return fd;
}

bool tcp_is_open(int fd)
{
    uint8_t byte = 0;
    ssize_t got = recv(fd, &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
    return got > 0 || (got < 0 && errno == EAGAIN);
}

int tcp_outcome(int fd)
{
    int code = 0;
    socklen_t size = sizeof code;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : errno;
}

const char *tcp_why(int code)
{
    switch (code) {
    case 0:
        return "对方关闭了连接";
    case ECONNREFUSED:
        return "连接被拒绝";
    case ETIMEDOUT:
        return "连接超时";
    case EHOSTUNREACH:
    case EHOSTDOWN:
        return "主机不可达";
    case ENETUNREACH:
    case ENETDOWN:
        return "网络不可达";
    case ECONNRESET:
    case EPIPE:
        return "连接被对方断开";
    case EMFILE:
    case ENFILE:
        return "打开的文件太多";
    default:
        return "连接出错";
    }
}

us_t tcp_pause(uint32_t attempt, double jitter)
{
    us_t base = US_PER_SECOND << (attempt < PAUSE_DOUBLINGS_MAX ? attempt : PAUSE_DOUBLINGS_MAX);
    base = base < PAUSE_MAX_US ? base : PAUSE_MAX_US;
    return base + (us_t) (jitter * (double) base / 4);
}

double tcp_jitter(uint64_t *random)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (double) (*random >> 11) / 9007199254740992.0; /* 2^53 */
}
