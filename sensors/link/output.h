/* output.h - one declared output (siren, beacon, voice box): its requests and its state. Pure.
 *
 *   LOST --want, find--> WRITE --answered, or no answer--> VERIFY --right--> CHECK --right--> CHECK
 *                          ^                                                   |   every 30 s
 *                          +---- wanted otherwise; CHECK reads back wrong -----+
 *   any --[output_lose]--> LOST: the device or its link is down; nothing is asked until it is found
 *
 *   [begin_write]  wanted otherwise, found again, or read back wrong
 *   [settle_write] as wanted: CHECK every 30 s, or WRITE again without `verify` or for a pulse
 *   [fail_write]   refused, wrong echo, or not right within_ms: WRITE again after 0.5 s. The third
 *                  time in a row the state is FAILED, with one try every 30 s without end
 *
 * Only an output whose profile has no `verify` is believed by its answer; it is written again every
 * 30 s instead of being checked. A fault ends with a read-back of the state that failed; where
 * nothing answered, with an answer.
 *
 * Pulsed (pulse_ms > 0, where the profile has `pulse`): on is a timed pulse of the board's own
 * clock, renewed three times in its length. Off is an ordinary write.
 *
 * A poll that reads the same address shows the state too (output_show). A settled output follows
 * it, and is written again at once when it is not as wanted; one that falls again and again, every
 * 5 s.
 *
 * Nothing is written before the first want. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/output_state.h"
#include "gateway/base/units.h"
#include "sensors/device/profile.h"
#include "sensors/modbus/frame.h"

#define OUTPUT_NEVER INT64_MAX

enum {
    OUTPUT_TRIES = 3,
    OUTPUT_PULSE_PARTS = 3, /* renewed so often in the length of a pulse */
};

/* The outcome of a request. */
enum write_outcome {
    WRITE_DONE,       /* a write: the device named the same address and value; a read: answered */
    WRITE_REFUSED,    /* a Modbus exception */
    WRITE_WRONG_ECHO, /* it answered another address or value */
    WRITE_NO_ANSWER,
    WRITE_NO_LINK, /* it was not sent, or the link went down meanwhile */
};

struct output {
    const struct profile_output *profile;
    int32_t pulse_ms; /* 0: switched */
    enum output_state state;
    enum output_phase {
        OUTPUT_LOST, /* also before the first want */
        OUTPUT_WRITE,
        OUTPUT_VERIFY,
        OUTPUT_CHECK,
    } phase; /* of the next request, or of the one on its way */
    bool has_want, is_wanted;
    bool is_final;            /* the safe state for a stop: no pulses */
    bool is_under_way;        /* taken and not answered */
    bool is_overtaken;        /* wanted otherwise meanwhile: the answer decides nothing */
    bool is_renewal;          /* the write on its way repeats one that was confirmed */
    bool has_failed;          /* it was FAILED, without proof since then that it works again */
    bool is_refuted;          /* one of these tries was answered: refused, or read back otherwise */
    bool needs_on, needs_off; /* has_failed ends only when it was read back so */
    bool is_unanswered;       /* the last failure */
    int32_t tries;
    us_t due_at;
    us_t failed_at;
    us_t written_at;
    us_t reassert_at; /* output_show causes no write before */
};

/* pulse_ms is shortened to what the board can do, 0 without a pulse. `profile` must outlive it. */
void output_start(struct output *output, const struct profile_output *profile, int32_t pulse_ms);

/* The wanted state. The same again changes nothing. */
void output_want(struct output *output, bool is_on, us_t now);

/* The profile's safe state, switched and not pulsed, for a stop. */
void output_make_safe(struct output *output, us_t now);

/* The device or its link went away: its state is unknown until output_find. */
void output_lose(struct output *output);

/* The device or its link is there again: what is wanted is written anew. */
void output_find(struct output *output, us_t now);

/* When output_take has something to ask; OUTPUT_NEVER: not before anything else happens. */
us_t output_due_at(const struct output *output);

/* The request to send now: a write, or a read of one bit or register. Unit and transaction are the
 * caller's. output_answer must follow. */
struct frame_request output_take(struct output *output);

/* The outcome of that request; `word` is of a read. */
void output_answer(struct output *output, enum write_outcome outcome, uint16_t word, us_t now);

/* A poll has read `word` at `verify`'s address, after the last answer of this output. */
void output_show(struct output *output, uint16_t word, us_t now);

/* Its device has answered something else: an output that failed without an answer is tried again,
 * at most every 5 s. */
void output_hear(struct output *output, us_t now);

/* Nothing more will be done for this want soon: it is so, has failed, or cannot be reached. */
bool output_is_settled(const struct output *output);

/* In Chinese for people. */
const char *output_state_text(enum output_state state);
const char *write_outcome_text(enum write_outcome outcome);
