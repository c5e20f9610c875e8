/* schedule.h - which block of which device is due on one link. Pure.
 *
 * Each block keeps its own interval; the earliest deadline goes first; starts are spread over the interval (over
 * 10 s at most, so that nothing stays unknown for long) and lie on a 10 ms grid. Intervals are rounded up to it.
 *
 *   OK --missed--> SUSPECT --3 misses running, and max(3 polls, 10 s) since the first--> DOWN
 *   OK <--answered-- SUSPECT          OK <--two good replies running-- DOWN
 *
 * A suspect that has missed twice takes a quarter of the link's time at most, together with the other suspects, as long
 * as another device is well; in between its blocks come up as SCHEDULE_SILENT. So a link on which several devices
 * lose their power at once goes on for the others until those are known to be down.
 *
 * A device that is down is no longer asked at its own pace: one block of it is probed after 2 s, then after ever
 * longer up to 30 s, with jitter. Probes that miss may take a tenth of the link's time and come at most once in
 * the shortest live interval, so that a dead device does not take its neighbours' samples; when nobody is left
 * alive there is nobody to protect and each device keeps its own pace. Meanwhile the blocks of a dead device still
 * come up when they are due, as SCHEDULE_SILENT: its silence is reported at its own pace and costs no wire time.
 *
 * A block that the device has refused three times running is isolated: it is asked once a minute, and every other second
 * when it has ever answered, and comes up as SCHEDULE_REFUSED in between. The first good reply ends that. The same with one that
 * is ignored three times while others of its device are answered, once in 15 s when it has ever answered; then it is
 * SCHEDULE_SILENT. As long as only one of several blocks was asked in vain the device is not down.
 *
 * An answer that has not come in time is owed: it may come yet, and on a line without transaction ids it would fit another
 * question to its device. So that block's turn comes before all others of its device until the device answers.
 *
 * Taking is one scan over blocks and devices: made for up to some 250 of each on a link. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/units.h"

struct schedule;

struct schedule_block {
    int32_t device;
    int32_t read;
    us_t interval_us;
};

enum schedule_kind {
    SCHEDULE_NOTHING, /* nothing is due before next_at */
    SCHEDULE_ASK,
    SCHEDULE_PROBE,   /* ask, but it is a device that is down */
    SCHEDULE_SILENT,  /* due, but the device is down, or spared: say so, do not ask */
    SCHEDULE_REFUSED, /* due, but the device has refused this block lately: say so, do not ask */
};

struct schedule_turn {
    enum schedule_kind kind;
    int32_t block; /* index, -1 with NOTHING */
    us_t next_at;  /* with NOTHING only */
};

/* Where polls start. */
struct schedule_phase {
    uint32_t seed; /* of the phase and the jitter: links with different seeds do not poll in step */
    /* A multiple of 10 ms, 0 for that. A block starts on the largest step that divides it and the block's interval, so that
     * links share wakes. */
    us_t grid_us;
    us_t now;
};

/* Every device from 0 to device_count - 1 has at least one block. */
struct schedule *schedule_new(struct arena *arena, const struct schedule_block *block,
                              int32_t count, int32_t device_count,
                              const struct schedule_phase *phase);

/* The most urgent block that is due, or when the next one is. Taking it moves its deadline on; deadlines missed by
 * a whole interval are skipped and counted. */
struct schedule_turn schedule_take(struct schedule *schedule, us_t now);

/* A request that the schedule does not know of (a command) begins: what it takes is reckoned from here. */
void schedule_asked(struct schedule *schedule, us_t now);

/* What came of an ASK or a PROBE of the device `index`. Any reply of it counts as an answer, an exception too. */
void schedule_answered(struct schedule *schedule, int32_t index, us_t now);
void schedule_missed(struct schedule *schedule, int32_t index, us_t now);

/* The device said that it is busy: the block `index` comes once more in a second, or at its own time when that is sooner. Its
 * own times stay. */
void schedule_retry(struct schedule *schedule, int32_t index, us_t now);

/* The device refused the block `index` (illegal function, address or value), or answered it. */
void schedule_refused(struct schedule *schedule, int32_t index, us_t now);
void schedule_accepted(struct schedule *schedule, int32_t index);

/* This block's answer may still come: until its device has answered no other block of the device should be asked. So of a
 * block that was just taken schedule_owed_first says which one to ask, and when that is another its own turn comes again. */
void schedule_owe(struct schedule *schedule, int32_t index, us_t now);
int32_t schedule_owed_first(struct schedule *schedule, int32_t index);
bool schedule_is_owed(const struct schedule *schedule, int32_t device);

/* The block is due now: its question was lost with the connection. */
void schedule_again(struct schedule *schedule, int32_t index, us_t now);

/* When the next block is due. */
us_t schedule_next(const struct schedule *schedule);

/* A late reply of this device may still come: none of its blocks is asked before `until`. */
void schedule_hold(struct schedule *schedule, int32_t device, us_t until);

/* The link is closed: what its devices are held for does not keep their silence from being told. */
void schedule_close(struct schedule *schedule, bool is_closed);
us_t schedule_held_until(const struct schedule *schedule, int32_t device);

/* Is any other device of the link in good health, neither suspect nor down? */
bool schedule_has_other_ok(const struct schedule *schedule, int32_t device);

/* Has nobody answered while all of several devices were asked in vain (for 2 s), or many of them, four and a quarter (for
 * 10 s)? Then it is the bus. One alone may as well be the device. */
bool schedule_is_mute(const struct schedule *schedule);

bool schedule_is_down(const struct schedule *schedule, int32_t device);
int32_t schedule_misses(const struct schedule *schedule, int32_t device); /* running */
bool schedule_is_suspect(const struct schedule *schedule, int32_t device);
/* When a device that is down is asked next, at the earliest; 0 when it is not down. */
us_t schedule_probe_at(const struct schedule *schedule, int32_t device);
uint64_t schedule_skipped(const struct schedule *schedule);
