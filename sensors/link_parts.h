/* link_parts.h - what the files of the link share. For link.c, link_answer.c only. */
#pragma once

#include "sensors/link.h"
#include "sensors/plan.h"
#include "sensors/quality.h"

enum link_state {
    LINK_STATE_DOWN,
    LINK_STATE_GAP,
    LINK_STATE_IDLE,
    LINK_STATE_WAITING,
    LINK_STATE_QUARANTINE
};

struct link {
    const struct link_settings *settings;
    struct link_callbacks callbacks;
    struct schedule *schedule;
    struct plan_block *block;
    struct quality_memory *quality;
    enum framing framing;
    enum link_state state;
    us_t until;         /* of the state */
    us_t state_started; /* of the quarantine */
    us_t sent_at, quiet_until, delay_until;
    struct frame_request request; /* in hand while WAITING */
    int32_t current;              /* its block */
    uint16_t transaction;
    int32_t timeouts_running;
    int64_t char_ns; /* one character on a serial line, else 0 */
    us_t silence;    /* 3.5 characters on a serial line, else 0 */
    uint64_t delays;
    struct link_counters counters;
    struct frame_stream stream;
};

/* What a transaction came to, on its way into a link_result. */
struct link_outcome {
    us_t at;
    bool is_answered;
    enum quality quality;
    enum reason reason;
    uint8_t exception;
    us_t rtt;
};

const struct link_device *link_device_of(const struct link *link, const struct plan_block *block);

/* --- link_answer.c ------------------------------------------------------- */

/* One value without a value for each point of the block. */
void link_report_nothing(struct link *link, const struct plan_block *block,
                         const struct link_outcome *outcome);
void link_report_silence(struct link *link, int32_t block, enum reason reason, us_t now);

/* Moves what the stream counted into the link's own counters. */
void link_count_stream(struct link *link);

/* Bytes have arrived: perhaps the answer is among them. */
void link_take_bytes(struct link *link, const uint8_t *bytes, size_t length, us_t now);

/* --- link.c -------------------------------------------------------------- */

/* WAITING -> GAP after an answer, whatever it said. */
void link_end_answered(struct link *link, us_t now);
