/* serial.h - a tty: opened by libmodbus, with errors in Chinese. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensors/device/link_settings.h"

struct serial_rs485;

/* The settings of TIOCSRS485: the level of RTS while sending and after it, and the delays. */
void serial_rs485_of(const struct link_settings *settings, struct serial_rs485 *ret_rs485);

/* Opens the link's tty. A by-id path is resolved each time, so a replugged adapter comes back. RTS
 * turns the RS-485 direction when the settings say so (TIOCSRS485): many UARTs of boards can do it,
 * hardly any USB adapter, which turns the line itself. Returns the fd, or -1 with errno (EBUSY: in
 * use) and 串口打不开：... in `why`. */
int serial_open(const struct link_settings *settings, char *why, size_t why_size);

/* Was the adapter pulled? A read of such a tty returns nothing, as a silent one does: only its
 * settings can no longer be read. */
bool serial_is_gone(int fd);

/* Gives up exclusive use and closes it. */
void serial_close(int fd);

/* Why reading or writing failed: 串口已拔出 ... `code` is an errno, 0: the end of the file. */
const char *serial_why(int code);
