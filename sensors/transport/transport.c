#include "sensors/transport/transport.h"

#include <errno.h>
#include <unistd.h>

#include "sensors/transport/serial.h"
#include "sensors/transport/tcp.h"

bool transport_watch(struct transport *transport, bool for_bytes)
{
    enum poller_for bytes = transport->is_serial ? POLLER_FOR_ANY_BYTES : POLLER_FOR_NEW_BYTES;
    bool is_watched = poller_watch(transport->poller, transport->index, transport->fd,
                                   for_bytes ? bytes : POLLER_FOR_NOTHING);
    transport->is_watched = is_watched && for_bytes;
    return is_watched;
}

bool transport_await(struct transport *transport)
{
    transport->is_watched = false;
    return poller_watch(transport->poller, transport->index, transport->fd, POLLER_FOR_CONNECT);
}

bool transport_put(const struct transport *transport, const uint8_t *bytes, size_t length)
{
    ssize_t put = 0;
    do {
        put = transport->is_serial ? write(transport->fd, bytes, length)
                                   : send(transport->fd, bytes, length, MSG_NOSIGNAL);
    } while (put < 0 && errno == EINTR);
    if (transport->is_serial) {
        /* The buffer of a tty is full when the line stands still: the request times out like any
         * other. */
        return put >= 0 || errno == EAGAIN;
    }
    return put == (ssize_t) length;
}

/* A tty with VMIN 0 returns 0 when nothing came yet; one whose adapter was pulled does the same, or
 * fails with EIO. */
static bool has_ended(const struct transport *transport, ssize_t got)
{
    if (got < 0) {
        return errno != EAGAIN;
    }
    return !transport->is_serial || serial_is_gone(transport->fd);
}

ssize_t transport_get(const struct transport *transport, uint8_t *bytes, size_t size, int *ret_code)
{
    ssize_t got = 0;
    do {
        got = transport->is_serial ? read(transport->fd, bytes, size)
                                   : recv(transport->fd, bytes, size, 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        return got;
    }
    int code = got == 0 ? 0 : errno;
    if (!has_ended(transport, got)) {
        return 0;
    }
    *ret_code = code;
    return -1;
}

const char *transport_why(const struct transport *transport, int code)
{
    return transport->is_serial ? serial_why(code) : tcp_why(code);
}

int transport_outcome(const struct transport *transport)
{
    return transport->is_serial ? EIO : tcp_outcome(transport->fd);
}

int transport_release(struct transport *transport)
{
    int fd = transport->fd;
    transport->is_watched = false;
    if (fd >= 0) {
        poller_forget(transport->poller, transport->index);
    }
    transport->fd = -1;
    return fd;
}

void transport_close(struct transport *transport)
{
    int fd = transport_release(transport);
    if (fd >= 0 && transport->is_serial) {
        serial_close(fd);
    } else if (fd >= 0) {
        (void) close(fd);
    }
}
