/* link.h - one bus or connection as a state machine: bytes and time in, bytes and results out. Pure.
 *
 *   DOWN --opened--> GAP --over--> IDLE --due--> WAITING --reply, exception--> GAP
 *    ^                              ^               | timeout
 *    |                              +---over--- QUARANTINE   (drains: a late reply never answers the next request)
 *    +---- closed, or must_reopen: from any state
 *
 * It owns what is asked when (schedule.h), finds the answer in the stream (frame.h), has it judged by libmodbus
 * through `judge` (codec.h implements it) and decodes it. It calls back for each device transaction with one
 * value for each point of the block: silence too. While the link is down every block comes back at its own pace
 * as "no answer (link)"; while a device is down its blocks do so as "no answer (timeout)". Time is house time in
 * microseconds. Memory is taken by link_new only: about 1 kB, and 24 bytes and a schedule entry a block.
 *
 * How a late reply is kept from answering the next request:
 *   tcp           by its transaction id: it is dropped when it comes, and a timeout costs no quarantine. Two
 *                 timeouts running, or a timeout after bytes that are no frame, mean that the connection is dead
 *                 or out of step: must_reopen.
 *   rtu           has no id, so after a timeout nobody speaks for 300 ms (slaves were measured at up to some 100 ms
 *                 beyond their timeout) and whatever comes is thrown away; bytes in that time lengthen it by 50 ms
 *                 each, up to 2 s in all, after which a bus that never falls silent is used as it is.
 *   rtu_over_tcp  the same, but at least as long as the timeout: the network adds its own delay.
 *   dtu           the same, at least 2 s: mobile networks deliver seconds late.
 * A late reply that is later still, and of the same unit, function and count, cannot be told apart: that hole is in
 * the protocol. Give a slow block a timeout_ms that it keeps.
 *
 * tcp and rtu live here now; rtu_over_tcp is RTU framing on a stream without serial timing, and dtu the same
 * with a preamble before it: both are new values of `kind`, not new machines. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "sensors/decode.h"
#include "sensors/frame.h"
#include "sensors/profile.h"

enum link_kind { LINK_TCP, LINK_RTU, LINK_RTU_OVER_TCP, LINK_DTU };

/* The adapter by itself, or the kernel by the level of RTS while it sends. */
enum link_rs485 { LINK_RS485_ADAPTER, LINK_RS485_RTS_HIGH, LINK_RS485_RTS_LOW };

/* One device on a link, as config hands it over. */
struct link_device {
    const char *id; /* "w3/th1", for people */
    const struct profile *profile;
    uint8_t unit;
    int32_t poll_ms;
    int32_t first_point; /* index in the policy of its first point; the profile's order */
    const struct link_calibration {
        double scale, offset; /* value = value * scale + offset, after the profile's own */
    } * calibration;          /* one for each point of the profile; NULL: none */
    /* Where danger lies for each point of the profile, after calibration; NULL: on both sides. See quality.h. */
    const enum alarm_side *alarm_side;
};

/* Must outlive the link, with all that it points to. */

struct link_settings {
    const char *id;
    enum link_kind kind;
    char address[108]; /* tcp: host or IP literal; rtu: the tty's path */
    uint16_t port;
    int32_t baud;
    char parity; /* 'N' 'E' 'O' */
    int32_t stop_bits;
    enum link_rs485 rs485;          /* rtu: who turns the transceiver round */
    int32_t rts_delay_ms;           /* of rs485: RTS to first byte, last byte to RTS */
    int32_t latency_ms;             /* what the way to the device adds to its own timeout */
    const struct dtu_settings *dtu; /* dtu: how it speaks, see dtu.h; else NULL */
    int32_t device_count;
    const struct link_device *device;
};

/* What a transaction gave, given at once to `on_result`. */
struct link_result {
    int32_t device;   /* index in the settings */
    int32_t read;     /* index of the block in its profile */
    us_t at;          /* when the reply arrived, or the timeout */
    us_t rtt_us;      /* 0 when nothing came */
    bool is_answered; /* a good reply; else every value says why not */
    enum reason reason;
    uint8_t
        exception; /* Modbus exception code, 0: none. 10 and 11 are a gateway's word that the device is
                          silent: reason TIMEOUT, no answer */
    const struct decode_value
        *values; /* by point index of the profile; only this block's are filled */
};

struct link_callbacks {
    void *context;
    void (*on_result)(void *context, const struct link_result *result);
    /* libmodbus's opinion of a framed reply: true and the words when it accepts it. */
    bool (*judge)(void *context, enum framing framing, const struct frame_request *request,
                  const uint8_t *frame, size_t length, uint16_t *ret_words);
    /* libmodbus's encoding of a request. Returns the length, 0 when it refuses: then nothing is sent and the
     * block's values are bad (frame). Asked once for each block; its transaction id does not matter. */
    size_t (*encode)(void *context, enum framing framing, const struct frame_request *request,
                     uint8_t *to);
};

/* What the wire shall do next. */
struct link_step {
    const uint8_t *send; /* NULL: nothing. Valid until the next call */
    size_t send_length;
    us_t wake_at;     /* call link_tick then */
    us_t quiet_until; /* serial: no need to read before then (the reply is not due); else 0 */
    bool must_reopen; /* the stream cannot be trusted any more: close and connect again */
};

/* Health of one device on its link: ok -> suspect (first miss) -> down (3 misses and max(3 polls, 10 s)). */
enum device_health { DEVICE_OK, DEVICE_SUSPECT, DEVICE_DOWN };

struct link_counters {
    uint64_t requests, replies, timeouts, exceptions;
    uint64_t damaged; /* frames with a wrong CRC, or that libmodbus refused */
    uint64_t foreign; /* whole frames that were no answer: late, of another unit, glued on */
    uint64_t noise_bytes;
    uint64_t overruns; /* polls that were skipped or delayed */
    uint64_t bytes_out, bytes_in;
};

struct link;

struct link *link_new(struct arena *arena, const struct link_settings *settings,
                      const struct link_callbacks *callbacks, us_t now);

/* After must_reopen the link is down already; link_closed is then allowed and changes nothing. */
struct link_step link_opened(struct link *link, us_t now);
struct link_step link_closed(struct link *link, us_t now); /* also when it could not be opened */
struct link_step link_received(struct link *link, const uint8_t *bytes, size_t length, us_t now);
struct link_step link_tick(struct link *link, us_t now);

/* While the mailbox is full: no new request and no report of silence before `until`. Counted as overruns. May be
 * called from on_result. */
void link_delay(struct link *link, us_t until);

const struct link_counters *link_counters(const struct link *link);
enum device_health link_device_health(const struct link *link, int32_t device);
us_t link_probe_at(const struct link *link, int32_t device); /* see schedule_probe_at */
bool link_is_up(const struct link *link);
