#include "sensors/transport/transport.h"

#include <errno.h>
#include <unistd.h>

#include "sensors/transport/serial.h"
#include "sensors/transport/tcp.h"

bool transport_watch(struct transport *line, bool for_bytes)
{
    enum poller_for bytes = line->is_serial ? POLLER_FOR_ANY_BYTES : POLLER_FOR_NEW_BYTES;
    bool is_watched =
        poller_watch(line->poller, line->index, line->fd, for_bytes ? bytes : POLLER_FOR_NOTHING);
    line->is_watched = is_watched && for_bytes;
    return is_watched;
}

bool transport_await(struct transport *line)
{
    line->is_watched = false;
    return poller_watch(line->poller, line->index, line->fd, POLLER_FOR_CONNECT);
}

bool transport_put(const struct transport *line, const uint8_t *bytes, size_t length)
{
    ssize_t put = 0;
    do {
        put = line->is_serial ? write(line->fd, bytes, length)
                              : send(line->fd, bytes, length, MSG_NOSIGNAL);
    } while (put < 0 && errno == EINTR);
    if (line->is_serial) {
        /* A tty without room is a line that nobody drains: the request times out like any other. */
        return put >= 0 || errno == EAGAIN;
    }
    return put == (ssize_t) length;
}

/* A tty with VMIN 0 says 0 for "nothing yet"; one whose adapter is gone says that too, or EIO. */
static bool has_ended(const struct transport *line, ssize_t got)
{
    if (got < 0) {
        return errno != EAGAIN;
    }
    return !line->is_serial || serial_is_gone(line->fd);
}

ssize_t transport_get(const struct transport *line, uint8_t *bytes, size_t size, int *ret_code)
{
    ssize_t got = 0;
    do {
        got = line->is_serial ? read(line->fd, bytes, size) : recv(line->fd, bytes, size, 0);
    } while (got < 0 && errno == EINTR);
    if (got > 0) {
        return got;
    }
    int code = got == 0 ? 0 : errno;
    if (!has_ended(line, got)) {
        return 0;
    }
    *ret_code = code;
    return -1;
}

const char *transport_why(const struct transport *line, int code)
{
    return line->is_serial ? serial_why(code) : tcp_why(code);
}

int transport_outcome(const struct transport *line)
{
    return line->is_serial ? EIO : tcp_outcome(line->fd);
}

int transport_release(struct transport *line)
{
    int fd = line->fd;
    line->is_watched = false;
    if (fd >= 0) {
        poller_forget(line->poller, line->index);
    }
    line->fd = -1;
    return fd;
}

void transport_close(struct transport *line)
{
    int fd = transport_release(line);
    if (fd >= 0 && line->is_serial) {
        serial_close(fd);
    } else if (fd >= 0) {
        (void) close(fd);
    }
}
