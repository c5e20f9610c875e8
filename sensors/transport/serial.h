/* serial.h - a serial port for the wire: opened by libmodbus, with words for people when it is not. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "sensors/device/link_settings.h"

struct serial_rs485;

/* What the kernel is told for RS-485: RTS while sending and after it, and the delays around. */
void serial_rs485_of(const struct link_settings *settings, struct serial_rs485 *ret_rs485);

/* Opens the link's tty (a by-id path is looked up anew each time, so a replugged adapter comes back), with RS-485
 * direction by RTS when the settings say so (TIOCSRS485: many UARTs of boards can, hardly any USB adapter, which turns
 * the line itself). The fd, or -1 and 串口打不开: ... in `why`; errno tells it too (EBUSY: in use). */
int serial_open(const struct link_settings *settings, char *why, size_t why_size);

/* Nothing came from the port: because its adapter was pulled? The kernel tells it only when asked for settings. */
bool serial_is_gone(int fd);

/* Gives the port back to others and closes it. */
void serial_close(int fd);

/* Why reading or writing failed: 串口已拔出 ... `code` 0 is the end of the file. */
const char *serial_why(int code);
