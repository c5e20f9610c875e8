#include <unistd.h>

#include "sensors/port_parts.h"
#include "sensors/tcp.h"

static void count_takeover(struct port *port, us_t now)
{
    bool is_pending_alive = port->dial->fd >= 0 && tcp_is_open(port->dial->fd);
    bool is_alive =
        port->phase == PHASE_OPEN && dial_is_alive(port->dial, now) && tcp_is_open(port->line.fd);
    if (is_pending_alive || is_alive) {
        dial_count_takeover(port->dial, now);
    }
}

void port_dialled(struct port *port, int fd, const uint8_t *bytes, size_t length, us_t now)
{
    count_takeover(port, now);
    int before = dial_offer(port->dial, fd, bytes, length, now);
    if (before >= 0) {
        (void) close(before);
    }
    if (dial_is_disputed(port->dial, now)) {
        port->herald.is_known = false; /* whatever was said of it before, this is news */
        port_fall(port, "两台设备使用同一个注册包,已停止采集,请检查DTU设置", now);
    } else if (port->phase == PHASE_OPEN) {
        port_reopen(port, "DTU重新拨入,换用新连接", now);
    } else {
        port->phase_at = now;
    }
    port_settle(port);
}

size_t port_question(const struct port *port, uint8_t to[static MBAP_FRAME_MAX])
{
    if (port->phase == PHASE_OPEN || port->dial->fd >= 0) {
        return 0;
    }
    return dial_question(port->settings, to);
}
