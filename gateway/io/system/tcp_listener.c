#include "gateway/io/system/tcp_listener.h"

#include <errno.h>

#include "gateway/base/net_address.h"

enum { BACKLOG = 128 };

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
    int fd = net_address_listen(&parsed, BACKLOG);
    if (fd < 0) {
        return error_set_errno(error, errno, "cannot listen on '%s'%s", address,
                               errno == EADDRINUSE ? " (another program uses this port)" : "");
    }
    *ret_fd = fd;
    return true;
}
