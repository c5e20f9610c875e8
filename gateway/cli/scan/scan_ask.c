#include "gateway/cli/scan/scan_ask.h"

#include "gateway/base/net_address.h"

bool scan_open(struct scan *scan, int32_t line, struct error *error)
{
    if (scan->probe != NULL && scan->open_line == line) {
        return true;
    }
    probe_close(scan->probe);
    scan->probe = NULL;
    scan->open_line = line;
    struct link_settings link = scan->target->link;
    if (link.kind == LINK_RTU) {
        link.baud = scan->plan.line[line].baud;
        link.parity = scan->plan.line[line].parity;
    }
    return target_connect(&link, scan->stop_fd, &scan->probe, error);
}

static bool complain_closed(const struct scan *scan, struct error *error)
{
    const struct link_settings *link = &scan->target->link;
    if (link->kind == LINK_RTU) {
        return error_set(error, "串口 '%s' 断开了：转换器拔出了吗？", link->address);
    }
    return error_set(error,
                     "%s 连上就断开：它可能只接受一个连接，若火眼守护进程正连着它，先停下"
                     "（systemctl stop huoyan）",
                     net_name(link->address, link->port).text);
}

bool scan_ask(struct scan *scan, const struct frame_request *request, us_t timeout,
              struct probe_answer *ret_answer, struct error *error)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (!scan_open(scan, scan->open_line, error)) {
            return false;
        }
        probe_ask(scan->probe, request, timeout, ret_answer);
        if (ret_answer->outcome != PROBE_CLOSED) {
            scan->is_stopped = scan->is_stopped || ret_answer->outcome == PROBE_STOPPED;
            return true;
        }
        probe_close(scan->probe);
        scan->probe = NULL;
    }
    return complain_closed(scan, error);
}
