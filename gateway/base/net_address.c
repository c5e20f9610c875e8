#include "gateway/base/net_address.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gateway/base/parse.h"

bool net_address_parse_host(const char *host, uint16_t port, struct net_address *ret_address)
{
    struct net_address address = {.length = 0};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    if (inet_pton(AF_INET, host, &v4.sin_addr) == 1) {
        memcpy(&address.storage, &v4, sizeof v4);
        address.length = sizeof v4;
    } else if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        memcpy(&address.storage, &v6, sizeof v6);
        address.length = sizeof v6;
    } else {
        return false;
    }
    *ret_address = address;
    return true;
}

bool net_address_parse(const char *text, uint16_t port_min, struct net_address *ret_address)
{
    char host[INET6_ADDRSTRLEN];
    const char *colon = strrchr(text, ':');
    int64_t port = 0;
    if (colon == NULL || colon == text || !parse_int(colon + 1, port_min, UINT16_MAX, &port)) {
        return false;
    }
    bool is_bracketed = text[0] == '[' && colon[-1] == ']';
    const char *from = is_bracketed ? text + 1 : text;
    size_t length = (size_t) (colon - from) - (is_bracketed ? 1 : 0);
    bool is_v6 = memchr(from, ':', length) != NULL;
    if (is_bracketed != is_v6 || length >= sizeof host) {
        return false;
    }
    memcpy(host, from, length);
    host[length] = '\0';
    return net_address_parse_host(host, (uint16_t) port, ret_address);
}

/* Both families have the port in the same place. */
static_assert(offsetof(struct sockaddr_in, sin_port) == offsetof(struct sockaddr_in6, sin6_port),
              "sin_port is sin6_port");

uint16_t net_address_port(const struct net_address *address)
{
    struct sockaddr_in v4;
    memcpy(&v4, &address->storage, sizeof v4);
    return ntohs(v4.sin_port);
}

void net_address_set_port(struct net_address *address, uint16_t port)
{
    struct sockaddr_in v4;
    memcpy(&v4, &address->storage, sizeof v4);
    v4.sin_port = htons(port);
    memcpy(&address->storage, &v4, sizeof v4);
}

bool net_address_is_loopback(const struct net_address *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    memcpy(&v4, &address->storage, sizeof v4);
    memcpy(&v6, &address->storage, sizeof v6);
    if (address->storage.ss_family == AF_INET6) {
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    }
    return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

int net_address_listen(const struct net_address *address, int backlog)
{
    int fd = socket(address->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -1;
    }
    const int yes = 1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(fd, (const struct sockaddr *) &address->storage, address->length) != 0 ||
        listen(fd, backlog) != 0) {
        int code = errno;
        (void) close(fd);
        errno = code;
        return -1;
    }
    return fd;
}

uint16_t net_address_bound_port(int fd)
{
    struct net_address bound = {.length = sizeof bound.storage};
    CHECK(getsockname(fd, (struct sockaddr *) &bound.storage, &bound.length) == 0);
    return net_address_port(&bound);
}

struct net_name net_name(const char *host, uint16_t port)
{
    struct net_name name;
    bool is_v6 = strchr(host, ':') != NULL;
    (void) snprintf(name.text, sizeof name.text, "%s%s%s:%d", is_v6 ? "[" : "", host,
                    is_v6 ? "]" : "", (int) port);
    return name;
}
