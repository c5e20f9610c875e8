#include "sensors/transport/serial.h"

#include <errno.h>
#include <linux/serial.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "gateway/base/text.h"
#include "sensors/transport/libmodbus.h"

static const char *open_why(int code)
{
    switch (code) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
        return "没有这个设备";
    case EACCES:
    case EPERM:
        return "没有权限";
    case EBUSY:
        return "被别的程序占用";
    case ENOTTY:
        return "不是串口";
    case EINVAL:
        return "不支持的波特率或格式";
    default:
        return "输入输出错误";
    }
}

void serial_rs485_of(const struct link_settings *settings, struct serial_rs485 *ret_rs485)
{
    bool is_high = settings->rs485 == LINK_RS485_RTS_HIGH;
    *ret_rs485 = (struct serial_rs485){
        .flags = SER_RS485_ENABLED | (is_high ? SER_RS485_RTS_ON_SEND : SER_RS485_RTS_AFTER_SEND),
        .delay_rts_before_send = (uint32_t) settings->rts_delay_ms,
        .delay_rts_after_send = (uint32_t) settings->rts_delay_ms,
    };
}

int serial_open(const struct link_settings *settings, char *why, size_t why_size)
{
    int fd = libmodbus_open_serial(settings->address, settings->baud, settings->parity,
                                   settings->stop_bits);
    if (fd < 0) {
        int code = errno;
        struct text text = text_over(why, why_size);
        text_add(&text, "串口打不开：%s %s", settings->address, open_why(code));
        errno = code;
        return -1;
    }
    struct serial_rs485 rs485;
    serial_rs485_of(settings, &rs485);
    if (settings->rs485 != LINK_RS485_ADAPTER && ioctl(fd, TIOCSRS485, &rs485) != 0) {
        struct text text = text_over(why, why_size);
        text_add(&text, "串口打不开：%s 不支持由RTS切换RS-485收发方向，请设rs485为adapter",
                 settings->address);
        serial_close(fd);
        errno = ENOTTY;
        return -1;
    }
    (void) tcflush(fd, TCIOFLUSH); /* bytes from before the first request answer nothing */
    return fd;
}

bool serial_is_gone(int fd)
{
    struct termios settings;
    return tcgetattr(fd, &settings) != 0;
}

void serial_close(int fd)
{
    if (fd < 0) {
        return;
    }
    (void) tcflush(fd, TCIOFLUSH);
    /* Exclusive use would last as long as any other program holds the tty open. */
    (void) ioctl(fd, TIOCNXCL);
    (void) close(fd);
}

const char *serial_why(int code)
{
    return code == 0 || code == EIO || code == ENXIO || code == ENODEV ? "串口已拔出"
                                                                       : "串口读写出错";
}
