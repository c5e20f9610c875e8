#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sensors/transport/tcp.h"
#include "sensors/wire/connection_parts.h"

enum { RIVAL_READS = 16 }; /* at once: who pours bytes must not hold up the others */

static void close_rival(struct dial *dial)
{
    if (dial->rival >= 0) {
        (void) close(dial->rival);
        dial->rival = -1;
    }
}

/* Counts it when the one before was alive, and keeps that one when it has to be asked. */
static void displace(struct connection *port, us_t now)
{
    struct dial *dial = port->dial;
    bool is_pending_alive = dial_is_disputed(dial, now) && dial->fd >= 0 && tcp_is_open(dial->fd);
    bool is_alive =
        port->phase == CONNECTION_OPEN && dial_is_alive(dial, now) && tcp_is_open(port->line.fd);
    if (!is_pending_alive && !is_alive) {
        return;
    }
    bool must_ask = dial_count_takeover(dial, now);
    if (is_alive && must_ask) {
        uint8_t question[MBAP_FRAME_MAX];
        bool is_own = false;
        (void) dial_rival_question(port->settings, question, &is_own);
        close_rival(dial);
        dial_suspect(dial, transport_release(&port->line), is_own, now);
    }
}

static void fall_disputed(struct connection *port, us_t now)
{
    close_rival(port->dial);
    port->publisher.is_known = false; /* whatever was said of it before, this is news */
    connection_fall(port, "两台设备使用同一个注册包,已停止采集,请检查DTU设置", now);
}

void connection_dialled(struct connection *port, int fd, const uint8_t *bytes, size_t length,
                        us_t now)
{
    displace(port, now);
    int before = dial_offer(port->dial, fd, bytes, length, now);
    if (before >= 0) {
        (void) close(before);
    }
    if (dial_is_disputed(port->dial, now)) {
        fall_disputed(port, now);
    } else if (port->phase == CONNECTION_OPEN) {
        connection_reopen(port, "DTU重新拨入,换用新连接", now);
    } else {
        port->phase_at = now;
    }
    connection_settle(port);
}

/* What it has said. False: it is over. */
static bool hear_rival(struct dial *dial, us_t now)
{
    for (int i = 0; i < RIVAL_READS; i++) {
        uint8_t bytes[DTU_TAKE_MAX];
        ssize_t got = recv(dial->rival, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got <= 0) {
            return got < 0 && (errno == EAGAIN || errno == EINTR);
        }
        dial_hear_rival(dial, bytes, (size_t) got, now);
    }
    return true;
}

/* False: it cannot be asked. */
static bool ask_rival(const struct connection *port)
{
    struct dial *dial = port->dial;
    uint8_t question[MBAP_FRAME_MAX];
    bool is_own = false;
    size_t length = dial_rival_question(port->settings, question, &is_own);
    dial_rival_asked(dial, question, length);
    return send(dial->rival, question, length, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t) length;
}

bool connection_watches_rival(struct connection *port, us_t now)
{
    struct dial *dial = port->dial;
    bool is_there = dial->rival >= 0 && hear_rival(dial, now);
    if (is_there && dial_must_ask_rival(dial, now)) {
        is_there = ask_rival(port);
    }
    if (is_there && !dial_is_rival_over(dial, now)) {
        port->phase_at = dial_next(dial, now);
        return true;
    }
    close_rival(dial);
    if (dial_is_disputed(dial, now)) {
        fall_disputed(port, now);
        return true;
    }
    return false;
}

size_t connection_question(const struct connection *port, uint8_t to[static MBAP_FRAME_MAX])
{
    if (port->phase == CONNECTION_OPEN || port->dial->fd >= 0) {
        return 0;
    }
    return dial_question(port->settings, to);
}

void connection_shut_dial(struct connection *port)
{
    struct dial *dial = port->dial;
    if (dial == NULL) {
        return;
    }
    close_rival(dial);
    if (dial->fd >= 0) {
        (void) close(dial->fd);
        dial->fd = -1;
    }
}
