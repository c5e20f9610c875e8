#include "gateway/io/system/tcp_listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/parse.h"

enum { BACKLOG = 128, HOST_MAX = 64 };

union address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

/* "host:port" or "[host]:port" to its two parts. */
static bool split(const char *address, char host[static HOST_MAX], uint16_t *ret_port)
{
    bool has_brackets = address[0] == '[';
    const char *end = has_brackets ? strchr(address, ']') : strrchr(address, ':');
    const char *start = has_brackets ? address + 1 : address;
    const char *colon = has_brackets && end != NULL ? end + 1 : end;
    int64_t port = 0;
    if (end == NULL || *colon != ':' || !parse_int(colon + 1, 0, UINT16_MAX, &port) ||
        end - start >= HOST_MAX) {
        return false;
    }
    (void) snprintf(host, HOST_MAX, "%.*s", (int) (end - start), start);
    *ret_port = (uint16_t) port;
    return true;
}

static bool parse_address(const char *text, union address *ret_address)
{
    char host[HOST_MAX];
    uint16_t port = 0;
    if (!split(text, host, &port)) {
        return false;
    }
    *ret_address = (union address){.six = {.sin6_family = AF_INET6, .sin6_port = htons(port)}};
    if (inet_pton(AF_INET6, host, &ret_address->six.sin6_addr) == 1) {
        return true;
    }
    *ret_address = (union address){.four = {.sin_family = AF_INET, .sin_port = htons(port)}};
    return inet_pton(AF_INET, host, &ret_address->four.sin_addr) == 1;
}

static bool is_loopback(const union address *address)
{
    if (address->any.sa_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&address->six.sin6_addr);
    }
    return ntohl(address->four.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

static bool bind_socket(int fd, const union address *address)
{
    const int yes = 1;
    socklen_t length =
        address->any.sa_family == AF_INET6 ? sizeof address->six : sizeof address->four;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
           bind(fd, &address->any, length) == 0 && listen(fd, BACKLOG) == 0;
}

bool tcp_listener_open(const char *address, bool must_be_loopback, int *ret_fd, struct error *error)
{
    union address parsed;
    if (!parse_address(address, &parsed)) {
        return error_set(error,
                         "cannot listen on '%s': write an IP address and a port, like "
                         "127.0.0.1:8080 or [::1]:8080",
                         address);
    }
    if (must_be_loopback && !is_loopback(&parsed)) {
        return error_set(error, "cannot listen on '%s': here only a loopback address is allowed",
                         address);
    }
    int fd = socket(parsed.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return error_set_errno(error, errno, "cannot make a socket for '%s'", address);
    }
    if (!bind_socket(fd, &parsed)) {
        int code = errno;
        (void) close(fd);
        return error_set_errno(error, code, "cannot listen on '%s'%s", address,
                               code == EADDRINUSE ? " (another program uses this port)" : "");
    }
    *ret_fd = fd;
    return true;
}

int tcp_listener_port(int fd)
{
    union address address = {0};
    socklen_t length = sizeof address;
    CHECK(getsockname(fd, &address.any, &length) == 0);
    return ntohs(address.any.sa_family == AF_INET6 ? address.six.sin6_port : address.four.sin_port);
}

void tcp_listener_format_peer(const struct sockaddr *peer, char to[static TCP_LISTENER_ADDRESS_MAX])
{
    union address address = {0};
    const void *bytes = NULL;
    int family = peer == NULL ? AF_UNSPEC : peer->sa_family;
    if (family == AF_INET) {
        memcpy(&address.four, peer, sizeof address.four);
        bytes = &address.four.sin_addr;
    } else if (family == AF_INET6) {
        memcpy(&address.six, peer, sizeof address.six);
        bytes = &address.six.sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&address.six.sin6_addr)) {
            family = AF_INET;
            bytes = &address.six.sin6_addr.s6_addr[12];
        }
    }
    if (bytes == NULL || inet_ntop(family, bytes, to, TCP_LISTENER_ADDRESS_MAX) == NULL) {
        (void) snprintf(to, TCP_LISTENER_ADDRESS_MAX, "?");
    }
}
