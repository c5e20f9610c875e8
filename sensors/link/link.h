/* link.h - one bus or connection as a state machine: bytes and time in, bytes and results out.
 * Pure.
 *
 *   DOWN --opened--> GAP --over--> IDLE --due--> WAITING --reply, exception--> GAP
 *    ^                              ^               | timeout
 *    |                              +---over--- QUARANTINE   (drains late replies)
 *    +---- closed, or must_reopen: from any state
 *
 * The link decides what is asked when (schedule.h), finds the answer in the stream (frame.h), has
 * libmodbus judge it and decodes it. Each transaction is reported with one value for each point of
 * its block. While the link is down every block is reported at its own pace as "no answer (link)",
 * while a device is down as "no answer (timeout)". Time is the monotonic clock. Memory is taken by
 * link_new only: some 800 bytes for a TCP device of one block (a serial link 500 more), and some
 * 150 for each further block or device.
 *
 * No late reply may answer the next request. After a timeout
 *   tcp           late replies are dropped by their transaction id; there is no quarantine.
 *                 must_reopen: two timeouts running, three while another unit is ok, or one with
 *                 bytes that are no frame. A unit that was silent before does not count meanwhile.
 *   rtu           the unit is held for 5 s, or twice its timeout. Others are asked after 50 ms,
 *                 and 50 ms after the last byte that comes meanwhile, 2 s at most.
 *   rtu_over_tcp  the same with 100 ms; the hold goes on over a new connection.
 *   dtu           the link is silent for the timeout, 2 s at least; the unit is held for 10 s.
 * Without ids the same block is asked again before any other of its unit. Behind its first answer
 * the unit is held for its timeout, 300 ms at least: a later reply is late, but the right
 * register's (decision 0015).
 *
 * Exceptions
 *   1 2 3   the third running isolates the block: asked once a minute (every 2 s when it has ever
 *           answered), and reported meanwhile with the same exception (is_repeated)
 *   5 6     busy: asked again in a second
 *   10 11   a gateway says that the device is silent
 *   others  the device is alive and its values are bad
 *
 * Outputs (output.h) go before any block, also while there is no room for readings. One without an
 * answer gives way to one block that is due. A link that has ever echoed, or has no answer yet,
 * takes the first copy of a function 5 or 6 for the echo. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/check.h"
#include "sensors/device/decode.h"
#include "sensors/device/link_settings.h"
#include "sensors/device/profile.h"
#include "sensors/link/output.h"
#include "sensors/modbus/frame.h"

/* ok -> suspect (first miss) -> down (3 misses and max(3 polls, 10 s)). */
enum device_health { DEVICE_OK, DEVICE_SUSPECT, DEVICE_DOWN };

struct link_counters {
    uint64_t requests, replies, timeouts;
    uint64_t exceptions;  /* all of them; by class: */
    uint64_t refusals;    /* 1 2 3: illegal function, address, value */
    uint64_t busy;        /* 5 6 */
    uint64_t unreachable; /* 10 11: says a gateway */
    uint64_t failures;    /* 4 and all others */
    uint64_t commands;    /* writes and reads of outputs */
    uint64_t echoes;      /* our own requests, heard again */
    uint64_t late;        /* tcp: answers to a request that had timed out */
    uint64_t wrong_ids;   /* tcp: would be the answer, but for an id not asked lately */
    uint64_t damaged;     /* frames with a wrong CRC, or that libmodbus refused */
    uint64_t foreign;     /* whole frames that were no answer: late, of another unit */
    uint64_t noise_bytes;
    uint64_t overruns; /* polls that were skipped or delayed */
    uint64_t bytes_out, bytes_in;
};

/* What a transaction gave, and the state of its device and link after it. Valid during the call. */
struct link_result {
    int32_t device;   /* index in the settings */
    int32_t read;     /* index of the block in its profile */
    us_t at;          /* when the reply arrived, or the timeout */
    us_t rtt_us;      /* 0 when nothing came */
    bool is_answered; /* a good reply; else every value says why not */
    bool is_repeated; /* the block is isolated: its last exception again, nothing was asked */
    bool is_mute;     /* no answer, and none of several devices answers: it is the link */
    enum reason reason;
    uint8_t exception; /* Modbus exception code, 0: none. 10 and 11: reason TIMEOUT, no answer */
    const struct decode_value *values; /* by point of the profile; only this block's are filled */
    enum device_health health;
    us_t probe_at;         /* see schedule_probe_at */
    const char *suspicion; /* an oddity of the link, a literal in Chinese; "": none */
    const struct link_counters *counters;
};

/* A write that an output has sent, for the audit log: reported with its answer, or its timeout. */
struct link_write {
    int32_t device, output; /* indices in the settings */
    us_t at;
    uint8_t unit, function;
    uint16_t address, value;
    enum write_outcome outcome;
    uint8_t exception;
    bool is_renewal; /* repeats what was confirmed: a pulse, or the 30 s write without verify */
};

/* An output's state has changed. */
struct link_output_change {
    int32_t device, output;
    us_t at;
    enum output_state state;
    bool is_wanted;  /* on */
    bool has_failed; /* see struct output */
    /* The last request to it. DONE of a read-back: it was answered, rightly or not. */
    bool is_read_back;
    enum write_outcome outcome;
    uint8_t exception;
};

struct link_callbacks {
    void *context;
    /* Returns until when there is no room for more, 0: there is room. See link_delay. */
    us_t (*on_result)(void *context, const struct link_result *result);
    /* These may be NULL. */
    void (*on_write)(void *context, const struct link_write *write);
    void (*on_output)(void *context, const struct link_output_change *change);
    /* libmodbus's verdict on a framed reply: true and the words when it accepts it. */
    bool (*judge)(void *context, enum framing framing, const struct frame_request *request,
                  const uint8_t *frame, size_t length, uint16_t *ret_words);
    /* libmodbus's encoding of a request; its transaction id does not matter. Returns the length.
     * 0: it refuses, nothing is sent, the values are bad (frame). Called once for each block. */
    size_t (*encode)(void *context, enum framing framing, const struct frame_request *request,
                     uint8_t *to);
};

/* What the caller must do next. */
struct link_step {
    const uint8_t *send; /* NULL: nothing. Valid until the next call */
    size_t send_length;
    us_t wake_at; /* call link_tick then */
    us_t
        quiet_until; /* serial: do not read before; at most wake_at, and then read first. 0: read */
    bool must_reopen; /* the stream cannot be trusted any more: close and connect again */
};

struct link;

struct link *link_new(struct arena *arena, const struct link_settings *settings,
                      const struct link_callbacks *callbacks, us_t now);

/* The connection is open; only while the link is down. */
struct link_step link_opened(struct link *link, us_t now);

/* It is closed, or could not be opened. After must_reopen this is allowed and changes nothing. */
struct link_step link_closed(struct link *link, us_t now);

/* The peer has closed a sound connection, and another is opened soon: no silence is reported before
 * `until`. A request under way is due again if its answer cannot come any more. */
struct link_step link_interrupted(struct link *link, us_t until, us_t now);

us_t link_next_due(const struct link *link);
struct link_step link_received(struct link *link, const uint8_t *bytes, size_t length, us_t now);
struct link_step link_tick(struct link *link, us_t now);

/* The answer to a block is about to be read: asks for the memory that it will need, and says which
 * block it is. False: no block is in hand. */
bool link_foresee(const struct link *link, int32_t *ret_device, int32_t *ret_read);

/* No room for readings: no new request and no report of silence before `until`. Counted. */
void link_delay(struct link *link, us_t until);

/* The wanted state of an output; `output` is the index in the device's list. Then call
 * link_tick. */
void link_want(struct link *link, int32_t device, int32_t output, bool is_on, us_t now);

/* For a stop: all outputs go to their safe state. Then call link_tick, and go on until
 * link_is_safe, which is also true when nothing more can be done. */
void link_make_safe(struct link *link, us_t now);
bool link_is_safe(const struct link *link);

/* An oddity of the link, in Chinese for people; "": none. */
const char *link_suspicion(const struct link *link);

const struct link_counters *link_counters(const struct link *link);
enum device_health link_device_health(const struct link *link, int32_t device);
bool link_is_up(const struct link *link);
