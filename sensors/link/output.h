/* output.h - one declared output (siren, beacon, voice box) over time: what to ask the device, and what is known. Pure.
 *
 *   LOST --want, find--> WRITE --answered, or nothing came--> VERIFY --reads back right--> CHECK --right--> CHECK
 *                          ^ [settle: every third of a pulse; without verify every 30 s]   |  every 30 s
 *                          +---- [begin] wanted otherwise; CHECK reads back wrong ---------+
 *                          +---- [fail] refused, wrong echo, not right within_ms: again after 0.5 s; after 3 tries
 *                                in a row the state is FAILED, and there is one try every 30 s, without end
 *   any --[output_lose]--> LOST: the device or its link is down, nothing is asked until it is found again
 *
 * A fault outlives its state: who refused to switch on, or said so and did not, is not mended by being off. It takes a
 * read-back of what could not be done; where nobody answered, an answer will do (output_has_failed).
 *
 * An answer alone is not success: what counts is what reads back. Only an output whose profile has no `verify` is
 * believed by its answer, and is written again every 30 s instead of being checked: a relay board that lost power comes
 * back off. A write without an answer is read back too, since the answer may have been lost.
 *
 * Kept on by pulses (pulse_ms > 0, where the profile has `pulse`): on is a timed pulse of the board's own clock,
 * renewed three times in its length, so that an output whose master is lost falls off by itself. Off is an ordinary
 * write.
 *
 * Besides, whoever reads the same address for another reason shows what is there: an output at rest follows it, and is
 * written again at once when it is not as it shall be. One that falls again and again is written every 5 s.
 *
 * Nothing is written before the first want: whoever decides must say at the start what shall be. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/units.h"
#include "sensors/device/profile.h"
#include "sensors/modbus/frame.h"

#define OUTPUT_NEVER INT64_MAX

enum {
    OUTPUT_TRIES = 3,
    OUTPUT_PULSE_PARTS = 3, /* renewed so often in the length of a pulse */
};

/* What is known of the real thing. UNKNOWN: nothing was read yet, or the device is away. */
enum output_state { OUTPUT_UNKNOWN, OUTPUT_OFF, OUTPUT_ON, OUTPUT_FAILED };

/* What became of a command. */
enum write_outcome {
    WRITE_DONE, /* a write: the device named the same address and value; a read: here is the word */
    WRITE_REFUSED,    /* a Modbus exception */
    WRITE_WRONG_ECHO, /* it answered another address or value */
    WRITE_NO_ANSWER,
    WRITE_NO_LINK, /* it was not sent, or the link went down behind it */
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
    } phase; /* of the next command, or of the one on its way */
    bool has_want, is_wanted;
    bool is_final;     /* the safe state for a stop: no pulses any more */
    bool is_under_way; /* taken and not answered */
    bool is_overtaken; /* wanted otherwise meanwhile: the answer decides nothing */
    bool is_renewal;   /* the write on its way repeats one that was confirmed */
    bool has_failed;
    bool is_refuted;          /* one of these tries was answered: refused, or read back otherwise */
    bool needs_on, needs_off; /* has_failed ends only when it was read back so */
    bool is_unanswered;       /* the last failure */
    int32_t tries;
    us_t due_at;
    us_t failed_at;
    us_t written_at;
    us_t reassert_at; /* not before this because of what was shown */
};

/* pulse_ms is shortened to what the board can do; 0 when the profile has no pulse. `profile` must outlive it. */
void output_start(struct output *output, const struct profile_output *profile, int32_t pulse_ms);

/* What shall be. Wanting the same again changes nothing. */
void output_want(struct output *output, bool is_on, us_t now);

/* The profile's safe state, switched and not pulsed, for a stop. */
void output_make_safe(struct output *output, us_t now);

/* The device or its link went away: its state is unknown until output_found. */
void output_lose(struct output *output);

/* The device or its link is there again: what is wanted is written anew. */
void output_find(struct output *output, us_t now);

/* When output_take has something to ask; OUTPUT_NEVER: not before anything else happens. */
us_t output_due_at(const struct output *output);

/* What to ask now: a write, or a read of one bit or register. Unit and transaction are the caller's. Then
 * output_answer must follow. */
struct frame_request output_take(struct output *output);

/* What came of it; `word` is what a read gave. */
void output_answer(struct output *output, enum write_outcome outcome, uint16_t word, us_t now);

/* Somebody has read `verify`'s address after the last answer of this output: `word` stands there. */
void output_show(struct output *output, uint16_t word, us_t now);

/* Its device has answered something else: what failed for want of an answer is tried anew, at most each 5 s. */
void output_hear(struct output *output, us_t now);

/* Was it FAILED, and nothing has shown since that it can do it again? */
bool output_has_failed(const struct output *output);

/* Nothing more will be done for this want soon: it is so, or has failed, or cannot be reached. */
bool output_is_settled(const struct output *output);

/* The words for people. */
const char *output_state_text(enum output_state state);
const char *write_outcome_text(enum write_outcome outcome);
