/* schedule.h - which block of which device is due on one link. Pure.
 *
 *   OK --missed--> SUSPECT --3 misses running, and max(3 polls, 10 s) since the first--> DOWN
 *   OK <--answered-- SUSPECT          OK <--two good replies running-- DOWN
 *
 * Blocks. Each keeps its own interval; the earliest deadline goes first. Starts are spread over the
 * interval, 10 s at most, and lie on a 10 ms grid; intervals are rounded up to it.
 *
 * Suspects that have missed twice take a quarter of the link's time together, as long as another
 * device is ok. In between their blocks come up as SCHEDULE_SILENT.
 *
 * Down devices are probed: one block after 2 s, then after ever longer up to 30 s, with jitter.
 * While others live, probes that miss take a tenth of the link's time, and come once in the
 * shortest live interval at most. The other blocks come up at their own pace as SCHEDULE_SILENT.
 *
 * Isolated blocks. The third refusal running isolates a block: it is asked once a minute, every 2 s
 * when it has ever answered, and comes up as SCHEDULE_REFUSED meanwhile. So does a block that is
 * ignored three times while others of its device are answered (every 15 s when it has ever
 * answered), as SCHEDULE_SILENT. The first good reply ends both. While only one of several blocks
 * was asked in vain the device is not down.
 *
 * Owed answers. A block whose answer did not come in time goes before all others of its device
 * until the device answers.
 *
 * Taking is one scan over blocks and devices: made for some 250 of each on a link. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/units.h"

struct schedule;

struct schedule_block {
    int32_t device;
    us_t interval_us;
};

enum { SCHEDULE_NONE = -1 };

/* The state of a device. */
struct schedule_device {
    bool is_down;
    bool is_in_silence;   /* missed since any device of the link has answered */
    int8_t reply_count;   /* running, while it is down */
    int8_t owed_count;    /* times that owed_block was asked for again in vain */
    int32_t missed_count; /* running */
    int32_t probe_block;  /* asked last; they take turns */
    int32_t owed_block;   /* its answer may still come: asked before all others; or NONE */
    us_t missed_since;
    us_t held_until;
    us_t probe_at;
    us_t probe_span; /* before jitter */
};

enum schedule_kind {
    SCHEDULE_NOTHING, /* nothing is due before next_at */
    SCHEDULE_ASK,
    SCHEDULE_PROBE,   /* ask, but it is a device that is down */
    SCHEDULE_SILENT,  /* due, but not asked: the device is down, or must wait */
    SCHEDULE_REFUSED, /* due, but not asked: the device has refused this block lately */
};

struct schedule_turn {
    enum schedule_kind kind;
    int32_t block; /* index, -1 with NOTHING */
    us_t next_at;  /* with NOTHING only */
};

/* Where polls start. */
struct schedule_phase {
    uint32_t seed; /* of phase and jitter: links with different seeds do not poll in step */
    /* A multiple of 10 ms, 0 for that. A block starts on the largest step that divides it and its
     * interval, so that links share wakes. */
    us_t grid_us;
    us_t now;
};

/* Every device from 0 to device_count - 1 has at least one block. */
struct schedule *schedule_new(struct arena *arena, const struct schedule_block *block,
                              int32_t count, int32_t device_count,
                              const struct schedule_phase *phase);

/* The most urgent block that is due, or when the next one is. Taking it moves its deadline on;
 * deadlines missed by a whole interval are skipped and counted. */
struct schedule_turn schedule_take(struct schedule *schedule, us_t now);

/* A request beside the schedule (to an output) begins: its duration counts from here. */
void schedule_asked(struct schedule *schedule, us_t now);

/* The outcome of an ASK or a PROBE of the device `index`. Any reply is an answer, an exception
 * too. True: the device is back, or down, since now. */
bool schedule_answered(struct schedule *schedule, int32_t index, us_t now);
bool schedule_missed(struct schedule *schedule, int32_t index, us_t now);

/* Busy: the block `index` comes once more in a second, or at its own time when that is sooner. */
void schedule_retry(struct schedule *schedule, int32_t index, us_t now);

/* The device refused the block `index` (illegal function, address or value), or answered it. */
void schedule_refused(struct schedule *schedule, int32_t index, us_t now);
void schedule_accepted(struct schedule *schedule, int32_t index);

/* The block's answer is owed from now on, or ignored too often for that. */
void schedule_owe(struct schedule *schedule, int32_t index, us_t now);

/* The block to ask instead of one just taken: the owed one of its device; then the turn of the
 * taken one comes again. */
int32_t schedule_owed_first(struct schedule *schedule, int32_t index);

/* The block is due now: its request was lost with the connection. */
void schedule_again(struct schedule *schedule, int32_t index, us_t now);

/* When the next block is due. */
us_t schedule_next(const struct schedule *schedule);

/* A late reply of this device may still come: none of its blocks is asked before `until`. */
void schedule_hold(struct schedule *schedule, int32_t device, us_t until);

/* The link is closed or open. While it is closed a hold does not delay the report of silence. */
void schedule_close(struct schedule *schedule, bool is_closed);

/* Is any other device of the link ok? */
bool schedule_has_other_ok(const struct schedule *schedule, int32_t device);

/* No answer since all of several devices were asked in vain (for 2 s), or many of them, four and a
 * quarter (for 10 s): it is the bus. One device alone says nothing of the bus. */
bool schedule_is_mute(const struct schedule *schedule);

const struct schedule_device *schedule_device(const struct schedule *schedule, int32_t device);

/* When a device that is down is asked next, at the earliest; 0 when it is not down. */
us_t schedule_probe_at(const struct schedule *schedule, int32_t device);
uint64_t schedule_skipped(const struct schedule *schedule);
