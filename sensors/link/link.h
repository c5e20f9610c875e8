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
 * microseconds. Memory is taken by link_new only: some 800 bytes for a TCP device of one block (a serial link 500
 * more: frame.h), and some 150 a block or device more.
 *
 * How a late reply is kept from answering the next request:
 *   tcp           by its transaction id: it is dropped when it comes, and a timeout costs no quarantine. Two
 *                 timeouts running, or a timeout after bytes that are no frame, mean that the connection is dead
 *                 or out of step: must_reopen. It takes three while another unit was well when it was asked last; and
 *                 the timeout of a unit that was silent before says nothing as long as another one is well.
 *   rtu           has no id, so after a timeout the same unit is not asked for 5 s, or twice its timeout: a device that
 *                 is slower than its timeout would answer each request with the value of the one before. Others are
 *                 asked after 50 ms: a reply names its unit, so the late one is skipped, and at worst it collides and
 *                 both are bad. A damaged reply was the reply: it costs no such time.
 *                 Whatever comes in those 50 ms is thrown away and lengthens them by 50 ms, up to 2 s in all, after
 *                 which a bus that never falls silent is used as it is.
 *   rtu_over_tcp  the same, but others are asked after 100 ms: the network adds its own delay.
 *                 The 5 s go on over a new connection, which may bring the answer of the old one.
 *   dtu           nobody is asked for as long as the timeout was, 2 s at least, and that unit for 10 s: mobile
 *                 networks deliver seconds late.
 * A reply that is later still may answer the next request to its unit. So the same block is asked again before any other of
 * that unit, and behind the first answer the unit has its timeout, at least 300 ms, for a second one, which is thrown away:
 * the value is late then, by as much as the stall was long, but never another register's (decision 0015).
 *
 * rtu_over_tcp is RTU framing on a stream without serial timing, and dtu the same with a preamble before it, which
 * others take off: both are values of `kind`, not machines of their own.
 *
 * Exceptions. "Illegal function, address or value" (1 2 3) three times running isolates the block: it is asked once a
 * minute, or every other second when it has ever answered, and in between its points are told as bad with the same exception (is_repeated); the other blocks go on.
 * "Busy" and "acknowledged" (6 5) are asked again in a second. 10 and 11 are a gateway's word that the device is
 * silent. With all others, device failure (4) among them, the device is alive and its values are bad.
 *
 * Commands and outputs (output.h) are asked before any block, never in the middle of a transaction, and also while the
 * mailbox is full; only one that stayed without an answer gives way to one block that is due. No command goes to unit 0.
 * Echoes: see frame.h; a link whose adapter has ever echoed a request, or on which no answer was seen yet, takes the
 * first copy of a function 5 or 6 for the echo. */
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

enum { LINK_COMMANDS_MAX = 4 }; /* waiting on one link */

/* Health of one device on its link: ok -> suspect (first miss) -> down (3 misses and max(3 polls, 10 s)). */
enum device_health { DEVICE_OK, DEVICE_SUSPECT, DEVICE_DOWN };

struct link_counters {
    uint64_t requests, replies, timeouts;
    uint64_t exceptions;       /* all of them; by class: */
    uint64_t refusals;         /* 1 2 3: illegal function, address, value */
    uint64_t busy;             /* 5 6 */
    uint64_t unreachable;      /* 10 11: a gateway's word */
    uint64_t failures;         /* 4 and all others */
    uint64_t commands;         /* writes and reads outside the plan, those of outputs among them */
    uint64_t refused_commands; /* no room in the queue */
    uint64_t echoes;           /* our own requests, heard again */
    uint64_t late;             /* tcp: answers to a request that had timed out */
    uint64_t wrong_ids; /* tcp: would be the answer, but carry an id that was not asked lately */
    uint64_t damaged;   /* frames with a wrong CRC, or that libmodbus refused */
    uint64_t foreign;   /* whole frames that were no answer: late, of another unit, glued on */
    uint64_t noise_bytes;
    uint64_t overruns; /* polls that were skipped or delayed */
    uint64_t bytes_out, bytes_in;
};

/* What a transaction gave, and how its device and the link stand after it. Valid during the call. */
struct link_result {
    int32_t device;   /* index in the settings */
    int32_t read;     /* index of the block in its profile */
    us_t at;          /* when the reply arrived, or the timeout */
    us_t rtt_us;      /* 0 when nothing came */
    bool is_answered; /* a good reply; else every value says why not */
    bool
        is_repeated; /* the block is isolated: nothing was asked, its last exception is reported again */
    bool is_mute; /* no answer, and none of several devices answers: the silence is the link's */
    enum reason reason;
    uint8_t exception; /* Modbus exception code, 0: none. 10 and 11: reason TIMEOUT, no answer */
    const struct decode_value *values; /* by point of the profile; only this block's are filled */
    enum device_health health;
    us_t probe_at;         /* see schedule_probe_at */
    const char *suspicion; /* an oddity of the link, a literal in Chinese; "": none */
    const struct link_counters *counters;
};

/* One read or write outside the plan. */
struct link_command {
    int32_t device;               /* index in the settings */
    struct frame_request request; /* unit and transaction are filled in */
    uint32_t tag;                 /* the caller's own */
};

/* What became of it; all that it points to lives during the call only. */
struct link_command_result {
    const struct link_command *command;
    us_t at;
    enum write_outcome outcome;
    uint8_t exception;     /* of REFUSED */
    const uint16_t *words; /* of a read that is DONE: request.count of them; else NULL */
};

/* A write that an output has sent, for the audit log: told when its answer came or stayed away. */
struct link_write {
    int32_t device, output; /* indices in the settings */
    us_t at;
    uint8_t unit, function;
    uint16_t address, value;
    enum write_outcome outcome;
    uint8_t exception;
    bool
        is_renewal; /* says again what was confirmed: a pulse, or the half-minute write without verify */
};

/* An output's state has changed. */
struct link_output_change {
    int32_t device, output;
    us_t at;
    enum output_state state;
    bool is_wanted;  /* on */
    bool has_failed; /* output_has_failed */
    /* What came of the last command to it; of a read-back DONE says that it was answered, rightly or not. */
    bool is_read_back;
    enum write_outcome outcome;
    uint8_t exception;
};

struct link_callbacks {
    void *context;
    /* Returns until when there is no room for more, 0: there is room. See link_delay. */
    us_t (*on_result)(void *context, const struct link_result *result);
    /* These may be NULL. */
    void (*on_command)(void *context, const struct link_command_result *result);
    void (*on_write)(void *context, const struct link_write *write);
    void (*on_output)(void *context, const struct link_output_change *change);
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
    us_t quiet_until; /* serial: do not read before, the reply is not due. At most wake_at, and then
                         read first. 0, or over: read what comes */
    bool must_reopen; /* the stream cannot be trusted any more: close and connect again */
};

struct link;

struct link *link_new(struct arena *arena, const struct link_settings *settings,
                      const struct link_callbacks *callbacks, us_t now);

/* link_opened only while the link is down. After must_reopen it is down already; link_closed is then allowed and
 * changes nothing. */
struct link_step link_opened(struct link *link, us_t now);
struct link_step link_closed(struct link *link, us_t now); /* also when it could not be opened */
/* The peer has closed a connection that was well, and another is opened at once, or when something is due: nothing is said to
 * be silent before `until`. A question that was under way is due again if its answer cannot come any more. */
struct link_step link_interrupted(struct link *link, us_t until, us_t now);
us_t link_next_due(const struct link *link);
struct link_step link_received(struct link *link, const uint8_t *bytes, size_t length, us_t now);
struct link_step link_tick(struct link *link, us_t now);

/* A block's request is in hand and its answer about to be read: asks for the memory that it will need, and says whose
 * it is. False: no block is in hand. */
bool link_foresee(const struct link *link, int32_t *ret_device, int32_t *ret_read);

/* No new request and no report of silence before `until`: there is no room for readings. Counted as an overrun. */
void link_delay(struct link *link, us_t until);

/* Queues a command; what became of it is told by on_command, at once when the link is down. False: LINK_COMMANDS_MAX
 * are waiting already, it is no request (frame_is_request), or the link has no outputs at all; counted. Call link_tick
 * then. */
MUST_CHECK bool link_command(struct link *link, const struct link_command *command, us_t now);

/* What the output shall be. `output` is the index in the device's list. Call link_tick then. */
void link_want(struct link *link, int32_t device, int32_t output, bool is_on, us_t now);

/* For a stop: all outputs of the link go to their safe state. Call link_tick then, and go on until link_is_safe, which
 * is also true when nothing more can be done. */
void link_make_safe(struct link *link, us_t now);
bool link_is_safe(const struct link *link);

/* What is odd about the link, in Chinese for people; "" when nothing. */
const char *link_suspicion(const struct link *link);

const struct link_counters *link_counters(const struct link *link);
enum device_health link_device_health(const struct link *link, int32_t device);
bool link_is_up(const struct link *link);
