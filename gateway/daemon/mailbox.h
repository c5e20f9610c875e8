/* mailbox.h - events from many threads to the loop: bounded, in order, with reserved room.
 *
 * Readings have MAILBOX_READINGS slots, one for each transaction. When they are full the put is
 * refused and the wire delays its polls: nothing is dropped. Replies, outcomes, commands and
 * health have slots of their own, so no flood of readings keeps an acknowledgement out. Strings
 * of an event are copied in. */
#pragma once

#include "gateway/base/units.h"
#include "gateway/core/model/event.h"

enum {
    MAILBOX_READINGS = 4096, /* blocks waiting; 100 ms of 40,000 transactions a second */
    MAILBOX_OTHERS = 1024,
    MAILBOX_WRITTEN = 2048,
    MAILBOX_BUSY_BLOCKS = 4000, /* a second; up to it every announced block wakes the loop */
    MAILBOX_BURST = 32,         /* blocks that wake the loop before they are announced */
};

/* What the state thread reports: batch n is on the disk, or why not. */
struct mailbox_written {
    int64_t n;
    bool is_ok;
    char why[96];
};

/* One thing taken out; its strings and readings are the mailbox's until the next take. */
struct mailbox_item {
    enum mailbox_kind { MAILBOX_NOTHING, MAILBOX_EVENT, MAILBOX_BATCH_WRITTEN } kind;
    struct event event;
    struct mailbox_written written;
    struct event_readings next; /* the block behind it; count 0: none */
};

struct mailbox;

struct mailbox *mailbox_new(void);
void mailbox_free(struct mailbox *mailbox);

/* Each may be called from any thread, never blocks, and returns false when its slots are full.
 * Readings wake the loop when they are announced or when they are a burst, so a caller with several
 * blocks wakes it once. */
bool mailbox_put_readings(struct mailbox *mailbox, const struct reading *reading, int32_t count);
void mailbox_announce(struct mailbox *mailbox);
bool mailbox_put_event(struct mailbox *mailbox, const struct event *event);
void mailbox_put_written(struct mailbox *mailbox, const struct mailbox_written *written);

/* Wakes the taker without giving it anything: stop, reload. */
void mailbox_wake(struct mailbox *mailbox);

/* For the loop alone. Waits up to `timeout` for something: first written reports, then other
 * events, then readings. Above MAILBOX_BUSY_BLOCKS it lets readings gather for a millisecond
 * before it wakes; everything else wakes it at once. */
enum mailbox_kind mailbox_take(struct mailbox *mailbox, ms_t timeout,
                               struct mailbox_item *ret_item);

/* How often a put was refused, by kind. */
struct mailbox_counters {
    uint64_t readings_refused, others_refused;
};
struct mailbox_counters mailbox_counters(struct mailbox *mailbox);
