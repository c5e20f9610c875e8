/* link_publisher.h - what one link tells the house: its readings, whether it is up, and the board for others to look at.
 *
 * When the house has no room the readings wait (parcels.h) and are offered again; so is the news that the link went
 * up or down. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/status/reading_backlog.h"
#include "sensors/status/status_board.h"
#include "sensors/status/wire_callbacks.h"

struct link_publisher {
    const struct wire_callbacks *callbacks;
    struct status_board *board;
    int32_t index; /* of the link */
    const struct link_settings *link_settings;
    struct link *link;
    struct reading_backlog *backlog;
    const char *words; /* of its state, "" when well; see board_state */
    bool is_up;
    bool is_known; /* whether the link is up has been found out */
    bool is_told;  /* and post_link has taken it */
    us_t again_at; /* offer readings or the link's state again; WAKES_NEVER: nothing waits */
    struct device_status *device;
    struct last_bytes heard; /* since the request in hand */
};

/* `publisher` is the caller's; its arrays are the arena's. A link without devices is shown and nothing else. The link is
 * set afterwards: it reports to its publisher. */
void link_publisher_init(struct link_publisher *publisher, struct arena *arena,
                         const struct wire_callbacks *callbacks,
                         const struct link_settings *link_settings, struct status_board *board,
                         int32_t index);

/* A transaction has ended. An answer brings a link that was down up; when the last of several devices has fallen silent
 * the link is down, though it is open. */
void link_publisher_take(struct link_publisher *publisher, const struct link_result *result);

/* An output was written to, or is in another state. */
void link_publisher_write(const struct link_publisher *publisher, const struct link_write *write);
void link_publisher_output(const struct link_publisher *publisher,
                           const struct link_output_change *change);

/* An answer is about to be read. */
void link_publisher_foresee(const struct link_publisher *publisher);

/* What state the link is in, a literal for people; "" when all is well. */
void link_publisher_say(struct link_publisher *publisher, const char *words);

/* The link fell, with the words why: a literal, or of status_board_keep; link_publisher_turn says whether that is news. */
void link_publisher_fail(struct link_publisher *publisher, const char *why, us_t now);

/* The link is up or down; told when it was not before. */
void link_publisher_turn(struct link_publisher *publisher, bool is_up, us_t now);

/* Offers again what waits, when its time has come. */
void link_publisher_offer(struct link_publisher *publisher, us_t now);

/* Readings wait: the link stands still. */
bool link_publisher_is_waiting(const struct link_publisher *publisher);
