/* libmodbus.h - the only user of libmodbus: a second, independent opinion on every frame.
 *
 * It holds one RTU and one TCP context of libmodbus on socketpairs; each call returns at once (about 3 us).
 * encode: modbus_send_raw_request, the bytes are read back from the other end. judge: the framed reply is queued
 * in the socketpair, the typed call (modbus_read_registers ...) is made, the request it emits is thrown away.
 * Measured on libmodbus 3.1.6 (Debian 12): raw receive accepts foreign units, so `frame` alone is responsible
 * for unit, transaction id and byte count; recovery must stay off; fds must stay below 1024. */
#pragma once

#include "gateway/base/error.h"
#include "sensors/modbus/frame.h"

struct libmodbus;

MUST_CHECK bool libmodbus_open(struct libmodbus **ret_codec, struct error *error);
void libmodbus_close(struct libmodbus *codec); /* NULL is allowed */

/* Reads, and writes of one coil or register. Returns the length of the request written to `to`, 0 when libmodbus refuses it. */
size_t libmodbus_encode(struct libmodbus *codec, enum framing framing,
                        const struct frame_request *request, uint8_t to[static MBAP_FRAME_MAX]);

/* True and the registers (or bits, one a word; room for 2000; nothing of a write) when libmodbus accepts `frame` as the
 * answer. That a write's answer names the right address and value is for `frame` to see: 3.1.6 takes any. What no
 * typed call can say (function 5 with a word other than 0xFF00 and 0: a relay's pulse) gets no second opinion: true. */
bool libmodbus_judge(struct libmodbus *codec, enum framing framing,
                     const struct frame_request *request, const uint8_t *frame, size_t length,
                     uint16_t *ret_words);

/* Opens and configures a serial port by libmodbus, for exclusive use (TIOCEXCL and a lock). Returns its fd,
 * non-blocking and close-on-exec, which the caller closes. baud is one of 1200 2400 4800 9600 19200 38400 57600
 * 115200: libmodbus takes others and runs at 9600. On failure errno says why too (EBUSY: in use). */
MUST_CHECK bool libmodbus_open_serial(const char *path, int32_t baud, char parity,
                                      int32_t stop_bits, int *ret_fd, struct error *error);
