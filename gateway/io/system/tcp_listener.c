#include "gateway/io/system/tcp_listener.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gateway/base/net_address.h"

enum { BACKLOG = 128 };

static bool bind_socket(int fd, struct net_address *address)
{
    const int yes = 1;
    return setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
           bind(fd, (struct sockaddr *) &address->storage, address->length) == 0 &&
           listen(fd, BACKLOG) == 0;
}

bool tcp_listener_open(const char *address, bool must_be_loopback, int *ret_fd, struct error *error)
{
    struct net_address parsed;
    if (!net_address_parse(address, 0, &parsed)) {
        return error_set(error,
                         "cannot listen on '%s': write an IP address and a port, like "
                         "127.0.0.1:8080 or [::1]:8080",
                         address);
    }
    if (must_be_loopback && !net_address_is_loopback(&parsed)) {
        return error_set(error, "cannot listen on '%s': here only a loopback address is allowed",
                         address);
    }
    int fd = socket(parsed.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
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
    struct net_address address = {.length = sizeof address.storage};
    CHECK(getsockname(fd, (struct sockaddr *) &address.storage, &address.length) == 0);
    return net_address_port(&address);
}
