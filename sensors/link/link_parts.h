/* link_parts.h - the memory of a link, and what its files share. For link*.c only.
 *
 * Each file calls only those below it:
 *   link.c                 the functions of link.h, and which arrow is due
 *   link_ask.c             the next request             link_reply.c   answers
 *   link_state.c           the arrows of the state machine
 *   link_report.c          results      link_holds.c    holds against late replies
 *   link_ids.c             oddities     link_pace.c     when a serial reply is due
 *   link_writes.c          outputs: a machine of its own, see link_writes.h */
#pragma once

#include "sensors/link/link.h"
#include "sensors/link/link_blocks.h"
#include "sensors/link/link_writes.h"
#include "sensors/quality/plausibility.h"

enum link_state {
    LINK_STATE_DOWN,
    LINK_STATE_GAP,
    LINK_STATE_IDLE,
    LINK_STATE_WAITING,
    LINK_STATE_QUARANTINE
};

enum {
    LINK_NO_BLOCK = -1,     /* an output is in hand */
    LINK_SUSPECT_AFTER = 3, /* times running, before something odd is named */
};

struct link {
    const struct link_settings *settings;
    struct link_callbacks callbacks;
    struct schedule *schedule;
    struct link_block *block;
    struct link_writes *writes; /* NULL: no outputs on this link */
    struct plausibility *plausibility;
    int64_t char_ns; /* one character on a serial line, else 0 */
    us_t silence;    /* before a request: see link_timing_silence */
    enum framing framing;

    enum link_state state;
    us_t until;         /* of the state */
    us_t state_started; /* of the quarantine */
    us_t delay_until;
    us_t reopens_until; /* DOWN: no silence is reported before */
    uint64_t delays;
    int32_t timeouts_running;

    int32_t device;               /* the request in hand while WAITING asks it, */
    int32_t current;              /* for this block, or LINK_NO_BLOCK */
    struct frame_request request; /* itself */
    uint16_t transaction;
    const uint8_t *out; /* its bytes */
    size_t out_length;
    us_t timeout;
    us_t sent_at, quiet_until;
    us_t settles_at; /* an answer is held back, and believed when nothing follows; 0: none */
    bool is_paced;   /* nothing more can be learned of this reply's pace */

    bool has_lost;          /* the connection broke while `device` was asked, which had been ok */
    uint8_t doubts;         /* so many transactions until the line passes for clean */
    bool has_echoed;        /* ever */
    uint8_t echoless_count; /* answers running without an echo before them */
    uint8_t late_count;     /* timeouts with a late answer in them, up to LINK_SUSPECT_AFTER; */
    uint8_t wrong_id_count; /* the same with an answer of an id never given. The odd unit's next */
    uint8_t odd_unit;       /* good answer clears both. It had the last one, */
    uint16_t odd_id;        /* with this id */

    struct link_counters counters;
    struct frame_stream stream;
};

static inline const struct link_device *link_device_of(const struct link *link,
                                                       const struct link_block *block)
{
    return &link->settings->device[block->device];
}

/* link_ids.c */

/* The transaction is over: learns from its echoes and wrong transaction ids. */
void link_learn(struct link *link, bool is_answered);

/* May our own request come back before its answer? */
bool link_may_echo(const struct link *link);

/* link_pace.c: when a serial reply is due. Until then it gathers in the kernel and wakes no thread.
 *
 *   request sent   quiet for the wire time of request and reply, and the block's turnaround (the
 *                  pause between the two, held near the shortest seen)
 *   a part came    quiet for the wire time of the rest but one character, which wakes us by itself
 *   nothing came   the first byte wakes us, then the same
 *
 * So a steady device costs three wakes a transaction. An exception is shorter than the reply and is
 * read when the reply would have been due. */

us_t link_wire_time(const struct link *link, size_t characters); /* 0 unless serial */

/* WAITING was entered: all about the request is known. */
void link_pace_asked(struct link *link);

/* The block in hand has its reply; before link_end_answered. */
void link_pace_answered(struct link *link, us_t now);

/* WAITING goes on, but bytes have come. */
void link_pace_heard(struct link *link, us_t now);

/* link_holds.c */

/* Holds the device in hand until a late reply must have come: soon, or as late as was ever seen. */
void link_expect(struct link *link, bool is_soon, us_t now);

/* The answer in hand may still come, even over the next connection. Without ids it is owed. */
void link_expect_late(struct link *link, us_t now);

/* The link was opened anew: part of the late replies is gone with the old connection. */
void link_shorten_holds(struct link *link, us_t now);

/* link_report.c */

/* Reports the values of a block. `result` has .at, .is_answered, .is_repeated, .reason, .exception,
 * .rtt_us and .values; the rest is filled in. */
void link_report_values(struct link *link, const struct link_block *block,
                        struct link_result *result);

/* The same without a value: .reason says why. */
void link_report_nothing(struct link *link, const struct link_block *block,
                         struct link_result *result);
void link_report_silence(struct link *link, int32_t block, enum reason reason, us_t now);

/* The block is isolated: reports its last exception again. */
void link_report_refusal(struct link *link, int32_t block, us_t now);

/* link_state.c: the arrows, see there. */

void link_go_up(struct link *link, us_t now);
void link_go_down(struct link *link, us_t reopens_until, us_t now);
void link_ask_again(struct link *link, us_t now);
void link_send(struct link *link, const uint8_t *bytes, size_t length, us_t timeout, us_t now);
void link_end_answered(struct link *link, us_t now);
void link_end_silent(struct link *link, us_t now);
void link_hear_unasked(struct link *link, size_t length, us_t now);

/* What a transaction says of the device's health; its outputs follow. */
void link_note_answered(struct link *link, int32_t device, us_t now);
void link_note_missed(struct link *link, int32_t device, us_t now);

/* link_reply.c */

/* Bytes have arrived: perhaps the answer is among them. */
void link_take_bytes(struct link *link, const uint8_t *bytes, size_t length, us_t now);

/* Is an answer held back? Takes it when its time has come, else says when that is. */
bool link_settles(struct link *link, us_t *ret_at, us_t now);

/* link_ask.c */

/* The next turn of a link that may ask (IDLE) or may not (DOWN). Returns until when there is
 * nothing to do, 0: there may be more. */
us_t link_take_turn(struct link *link, us_t now);
