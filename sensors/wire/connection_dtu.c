#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensors/transport/tcp.h"
#include "sensors/wire/connection_parts.h"

enum { RIVAL_READS = 16 }; /* at once: who pours bytes must not hold up the others */

static void close_rival(struct dtu_takeover *takeover)
{
    if (takeover->rival >= 0) {
        (void) close(takeover->rival);
        takeover->rival = -1;
    }
}

/* Counts it when the one before was alive, and keeps that one when it has to be asked. */
static void displace(struct connection *port, us_t now)
{
    struct dtu_takeover *takeover = port->takeover;
    bool is_pending_alive =
        dtu_takeover_is_disputed(takeover, now) && takeover->fd >= 0 && tcp_is_open(takeover->fd);
    bool is_alive = port->phase == CONNECTION_OPEN && dtu_takeover_is_alive(takeover, now) &&
                    tcp_is_open(port->line.fd);
    if (!is_pending_alive && !is_alive) {
        return;
    }
    bool must_ask = dtu_takeover_count_takeover(takeover, now);
    if (is_alive && must_ask) {
        uint8_t question[MBAP_FRAME_MAX];
        bool is_own = false;
        (void) dtu_takeover_rival_question(port->settings, question, &is_own);
        close_rival(takeover);
        dtu_takeover_suspect(takeover, transport_release(&port->line), is_own, now);
    }
}

static void fall_disputed(struct connection *port, us_t now)
{
    close_rival(port->takeover);
    port->publisher.is_known = false; /* whatever was said of it before, this is news */
    connection_fall(port, "两台设备使用同一个注册包,已停止采集,请检查DTU设置", now);
}

void connection_dialled(struct connection *port, int fd, const uint8_t *bytes, size_t length,
                        us_t now)
{
    displace(port, now);
    int before = dtu_takeover_offer(port->takeover, fd, bytes, length, now);
    if (before >= 0) {
        (void) close(before);
    }
    if (dtu_takeover_is_disputed(port->takeover, now)) {
        fall_disputed(port, now);
    } else if (port->phase == CONNECTION_OPEN) {
        connection_reopen(port, "DTU重新拨入,换用新连接", now);
    } else {
        port->phase_at = now;
    }
    connection_settle(port);
}

/* What it has said. False: it is over. */
static bool hear_rival(struct dtu_takeover *takeover, us_t now)
{
    for (int i = 0; i < RIVAL_READS; i++) {
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
static bool ask_rival(const struct connection *port)
{
    struct dtu_takeover *takeover = port->takeover;
    uint8_t question[MBAP_FRAME_MAX];
    bool is_own = false;
    size_t length = dtu_takeover_rival_question(port->settings, question, &is_own);
    dtu_takeover_rival_asked(takeover, question, length);
    return send(takeover->rival, question, length, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) length;
}

bool connection_watches_rival(struct connection *port, us_t now)
{
    struct dtu_takeover *takeover = port->takeover;
    bool is_there = takeover->rival >= 0 && hear_rival(takeover, now);
    if (is_there && dtu_takeover_must_ask_rival(takeover, now)) {
        is_there = ask_rival(port);
    }
    if (is_there && !dtu_takeover_is_rival_over(takeover, now)) {
        port->phase_at = dtu_takeover_next(takeover, now);
        return true;
    }
    close_rival(takeover);
    if (dtu_takeover_is_disputed(takeover, now)) {
        fall_disputed(port, now);
        return true;
    }
    return false;
}

size_t connection_question(const struct connection *port, uint8_t to[static MBAP_FRAME_MAX])
{
    if (port->phase == CONNECTION_OPEN || port->takeover->fd >= 0) {
        return 0;
    }
    return dtu_takeover_question(port->settings, to);
}

void connection_shut_dial(struct connection *port)
{
    struct dtu_takeover *takeover = port->takeover;
    if (takeover == NULL) {
        return;
    }
    close_rival(takeover);
    if (takeover->fd >= 0) {
        (void) close(takeover->fd);
        takeover->fd = -1;
    }
}
