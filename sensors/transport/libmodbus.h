/* libmodbus.h - the only user of libmodbus: a second, independent check of every frame.
 *
 * It holds one RTU and one TCP context of libmodbus on socketpairs; each call returns at once
 * (about 3 us). encode: modbus_send_raw_request, and the bytes are read back from the other end.
 * judge: the reply is queued in the socketpair, the typed call (modbus_read_registers ...) is made,
 * the request it emits is dropped. Measured on libmodbus 3.1.6 (Debian 12): it accepts replies of
 * foreign units, so frame.h alone checks unit, transaction id and byte count; error recovery must
 * stay off; fds must stay below 1024. */
#pragma once

#include "gateway/base/error.h"
#include "sensors/modbus/frame.h"

struct libmodbus;

MUST_CHECK bool libmodbus_open(struct libmodbus **ret_libmodbus, struct error *error);
void libmodbus_close(struct libmodbus *libmodbus); /* NULL is allowed */

/* Encodes a read, or a write of one coil or register. Returns the length, 0 when libmodbus refuses
 * it. */
size_t libmodbus_encode(struct libmodbus *libmodbus, enum framing framing,
                        const struct frame_request *request, uint8_t to[static MBAP_FRAME_MAX]);

/* True when libmodbus accepts `frame` as the answer; then the registers are in ret_words (room for
 * 2000; bits one a word; nothing of a write). Address and value of a write's answer are checked by
 * frame.h alone: 3.1.6 takes any. A relay's pulse (function 5 with another word than 0xFF00 and 0)
 * has no typed call: true. */
bool libmodbus_judge(struct libmodbus *libmodbus, enum framing framing,
                     const struct frame_request *request, const uint8_t *frame, size_t length,
                     uint16_t *ret_words);

/* Opens and configures a tty by libmodbus, for exclusive use (TIOCEXCL and a lock). Returns the fd,
 * non-blocking and close-on-exec, or -1 and errno (EBUSY: in use; EINVAL: no such settings). `baud`
 * is one of baud.h: libmodbus takes others too and runs at 9600. */
int libmodbus_open_serial(const char *path, int32_t baud, char parity, int32_t stop_bits);
