/* batch_retry.h - the next step with a batch of lines, given the store's answer to its last part.
 * Pure.
 *
 * Answers are classes, not codes (batch_retry_classify). A refused part is halved until a single
 * line is refused; the lines before it have been taken by then. One bad line among 5,000 costs 14
 * requests.
 *
 *   SENDING   -> SENDING    [on_taken]     the part is taken; go on after it
 *   SENDING   -> SEARCHING  [on_refused]   the part holds a bad line: send its front half next
 *   SEARCHING -> SEARCHING  [on_taken]     the front half is good: the bad line is in the other one
 *   SEARCHING -> SENDING    [give_up_part] a single line is refused: it is dropped and reported
 *   any       -> the same   [on_later]     wait with full jitter, then the same part again
 *   any       -> (dropped)  [hold_batch]   the set-up is wrong, not a line: fetch it again later
 *
 * A line is given up only when the server named it as bad, or when the server is proven to take
 * others. A store that refuses everything (a full disk, a wrong server) therefore loses no line. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/units.h"

enum {
    BATCH_RETRY_ASIDE_MAX = 8,         /* lines refused in a row, with none taken, before we hold */
    BATCH_RETRY_SAME_500_MAX = 3,      /* that often 500 for one part means a bad line, no outage */
    BATCH_RETRY_WAIT_FIRST_MS = 1000,  /* the first wait is 0 to this, each next one up to twice */
    BATCH_RETRY_WAIT_MAX_MS = 60000,   /* as long, without end */
    BATCH_RETRY_HOLD_MS = 60000,       /* a wrong set-up is tried again each minute */
    BATCH_RETRY_AFTER_MAX_MS = 3600000 /* the longest Retry-After that we obey */
};

enum batch_retry_class {
    BATCH_RETRY_TAKEN,      /* 2xx */
    BATCH_RETRY_LATER,      /* no answer, 408, 425, 429, 5xx */
    BATCH_RETRY_HELD,       /* 401, 403, 404, redirects and other codes of a wrong set-up */
    BATCH_RETRY_SUSPICIOUS, /* 400, 409, 415, 422: something in it is bad */
    BATCH_RETRY_TOO_LARGE,  /* 413 */
};

/* Of an HTTP status; 0: no answer came. */
enum batch_retry_class batch_retry_classify(int32_t status);

/* All fields are the module's own; size_max and random live from batch to batch. */
struct batch_retry {
    int32_t count;    /* lines of the batch */
    int32_t next;     /* all lines before it are taken, given up or put aside */
    int32_t bad_end;  /* next...bad_end was refused as a whole; 0: nothing is known */
    int32_t aside;    /* lines right before next that were refused alone, not yet proven bad */
    int32_t size_max; /* lines in a part; a 413 makes it smaller until the restart */
    int32_t attempts; /* waits in a row */
    int32_t same_500; /* answers 500 in a row for the same part */
    int32_t proof;    /* so many lines may be given up on the proof of the last part taken */
    bool is_searching, is_500;
    uint64_t random;
};

struct batch_retry_range {
    int32_t from, to; /* lines from...to-1 */
};

enum batch_retry_next { BATCH_RETRY_SEND, BATCH_RETRY_WAIT, BATCH_RETRY_HOLD };

struct batch_retry_step {
    enum batch_retry_next next;
    ms_t wait_ms;                     /* of WAIT and HOLD */
    int32_t taken;                    /* lines that the store has taken with this answer */
    struct batch_retry_range refused; /* lines given up with this answer; usually empty */
};

/* `seed` decides the jitter. */
struct batch_retry batch_retry_new(int32_t size_max, uint64_t seed);

/* Starts a batch of `count` > 0 lines. */
void batch_retry_begin(struct batch_retry *retry, int32_t count);

bool batch_retry_is_done(const struct batch_retry *retry);

/* The part to send now; not empty while it is not done. */
struct batch_retry_range batch_retry_part(const struct batch_retry *retry);

/* Handles the answer to that part: its status, body and Retry-After (-1: none). */
struct batch_retry_step batch_retry_answer(struct batch_retry *retry, int32_t status,
                                           const char *body, ms_t retry_after_ms);
