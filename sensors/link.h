/* link.h - one bus or connection as a state machine: bytes and time in, bytes and results out. Pure.
 *
 *   DOWN --open--> IDLE --due--> WAITING --reply--> GAP --gap over--> IDLE
 *                   ^               |  timeout
 *                   |               v
 *                   +---over--- QUARANTINE        (drains: a late reply can never answer the next request)
 *   any -> DOWN when the wire says the peer is gone; the devices are then unknown (link), not faulty.
 *
 * It owns what is asked when (schedule.h), finds the answer in the stream (frame.h), has it judged by libmodbus
 * through `judge` (codec.h implements it) and decodes it. It calls back for each device transaction with one
 * value for each point of the block: silence too. Time is house time in microseconds.
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

/* One device on a link, as config hands it over. */
struct link_device {
    const char *id; /* "w3/th1", for people */
    const struct profile *profile;
    uint8_t unit;
    int32_t poll_ms;
    int32_t first_point; /* index in the policy of its first point; the profile's order */
    const struct link_calibration {
        double scale, offset; /* value = value * scale + offset, after the profile's own */
    } * calibration;          /* one for each point of the profile */
};

struct link_settings {
    const char *id;
    enum link_kind kind;
    char address[108]; /* tcp: host or IP literal; rtu: the tty's path */
    uint16_t port;
    int32_t baud;
    char parity; /* 'N' 'E' 'O' */
    int32_t stop_bits;
    int32_t device_count;
    const struct link_device *device;
};

/* What a transaction gave, given at once to `on_result`. */
struct link_result {
    int32_t device; /* index in the settings */
    int32_t read;   /* index of the block in its profile */
    us_t at;        /* when the reply arrived, or the timeout */
    us_t rtt_us;
    bool is_answered; /* a good reply; else every value says why not */
    enum reason reason;
    uint8_t exception; /* Modbus exception code, 0: none */
    const struct decode_value
        *values; /* by point index of the profile; only this block's are filled */
};

struct link_callbacks {
    void *context;
    void (*on_result)(void *context, const struct link_result *result);
    /* libmodbus's opinion of a framed reply: true and the words when it accepts it. */
    bool (*judge)(void *context, enum framing framing, const struct frame_request *request,
                  const uint8_t *frame, size_t length, uint16_t *ret_words);
    /* libmodbus's encoding of a request. Returns the length, 0 when it refuses. */
    size_t (*encode)(void *context, enum framing framing, const struct frame_request *request,
                     uint8_t *to);
};

/* What the wire shall do next. */
struct link_step {
    const uint8_t *send; /* NULL: nothing. Valid until the next call */
    size_t send_length;
    us_t wake_at;     /* call link_tick then */
    us_t quiet_until; /* serial: no need to read before then (the reply is not due) */
    bool must_reopen; /* the stream cannot be trusted any more: close and connect again */
};

/* Health of one device on its link: ok -> suspect (first miss) -> down (3 misses and max(3 polls, 10 s)). */
enum device_health { DEVICE_OK, DEVICE_SUSPECT, DEVICE_DOWN };

struct link_counters {
    uint64_t requests, replies, timeouts, exceptions, damaged, foreign, noise_bytes, overruns;
    uint64_t bytes_out, bytes_in;
};

struct link;

struct link *link_new(struct arena *arena, const struct link_settings *settings,
                      const struct link_callbacks *callbacks, us_t now);

struct link_step link_opened(struct link *link, us_t now);
struct link_step link_closed(struct link *link, us_t now); /* also when it could not be opened */
struct link_step link_received(struct link *link, const uint8_t *bytes, size_t length, us_t now);
struct link_step link_tick(struct link *link, us_t now);

/* While the mailbox is full: no new request starts before `until`. Counted as overruns. */
void link_delay(struct link *link, us_t until);

const struct link_counters *link_counters(const struct link *link);
enum device_health link_device_health(const struct link *link, int32_t device);
bool link_is_up(const struct link *link);
