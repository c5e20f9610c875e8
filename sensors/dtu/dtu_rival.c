#include "sensors/dtu/dtu_rival.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensors/transport/tcp.h"

enum { READS_MAX = 16 }; /* at once: one talkative connection must not starve the others */

static void close_socket(int *fd)
{
    if (*fd >= 0) {
        (void) close(*fd);
        *fd = -1;
    }
}

void dtu_rival_close(struct dtu_takeover *takeover)
{
    close_socket(&takeover->rival);
}

void dtu_rival_close_all(struct dtu_takeover *takeover)
{
    close_socket(&takeover->rival);
    close_socket(&takeover->fd);
}

/* Counts a takeover from a live connection, and keeps that connection as the rival when it has to
 * be asked. */
static void displace_connection(struct dtu_takeover *takeover, struct transport *in_use, us_t now)
{
    /* While disputed no connection is in use: the one that waits stands for the other device.
     * Without this two devices that go on taking over from each other would be trusted again after
     * DTU_TAKEOVER_CALM_US. */
    bool is_waiting_alive =
        dtu_takeover_is_disputed(takeover, now) && takeover->fd >= 0 && tcp_is_open(takeover->fd);
    bool is_alive =
        in_use != NULL && dtu_takeover_is_alive(takeover, now) && tcp_is_open(in_use->fd);
    if (!is_waiting_alive && !is_alive) {
        return;
    }
    bool must_ask = dtu_takeover_count_takeover(takeover, now);
    if (is_alive && must_ask) {
        uint8_t question[MBAP_FRAME_MAX];
        bool is_own = false;
        (void) dtu_takeover_rival_question(takeover->settings, question, &is_own);
        dtu_rival_close(takeover);
        dtu_takeover_suspect(takeover, transport_release(in_use), is_own, now);
    }
}

void dtu_rival_add(struct dtu_takeover *takeover, struct transport *in_use, int fd,
                   const uint8_t *bytes, size_t length, us_t now)
{
    displace_connection(takeover, in_use, now);
    int before = dtu_takeover_offer(takeover, fd, bytes, length, now);
    close_socket(&before);
}

/* False: the rival has closed its connection. */
static bool read_rival(struct dtu_takeover *takeover, us_t now)
{
    for (int i = 0; i < READS_MAX; i++) {
        uint8_t bytes[DTU_FILTER_TAKE_MAX];
        ssize_t got = recv(takeover->rival, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got <= 0) {
            return got < 0 && (errno == EAGAIN || errno == EINTR);
        }
        dtu_takeover_hear_rival(takeover, bytes, (size_t) got, now);
    }
    return true;
}

/* False: it cannot be asked. */
static bool ask_rival(struct dtu_takeover *takeover)
{
    uint8_t question[MBAP_FRAME_MAX];
    bool is_own = false;
    size_t length = dtu_takeover_rival_question(takeover->settings, question, &is_own);
    dtu_takeover_rival_asked(takeover, question, length);
    return send(takeover->rival, question, length, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) length;
}

bool dtu_rival_watch(struct dtu_takeover *takeover, us_t now)
{
    /* Read first: what the rival said before it was asked proves nothing and must be gone by
     * then. */
    bool is_there = takeover->rival >= 0 && read_rival(takeover, now);
    if (is_there && dtu_takeover_must_ask_rival(takeover, now)) {
        is_there = ask_rival(takeover);
    }
    if (is_there && !dtu_takeover_is_rival_over(takeover, now)) {
        return true;
    }
    dtu_rival_close(takeover);
    return false;
}
