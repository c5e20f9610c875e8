/* link_publisher.h - publishes one link: its readings, whether it is up, and its entry on the
 * status board.
 *
 * It only takes: all it publishes comes with the calls. When there is no room, readings wait in the
 * backlog (reading_backlog.h) and are offered again after 10 ms; so is the change that the link
 * went up or down. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/status/reading_backlog.h"
#include "sensors/status/status_board.h"
#include "sensors/status/wire_callbacks.h"

struct link_publisher {
    const struct wire_callbacks *callbacks;
    struct status_board *board;
    int32_t index; /* of the link */
    struct reading_backlog *backlog;
    const char *text;      /* the last error in Chinese, "": none; see status_board_state */
    const char *suspicion; /* of the last result */
    bool is_up;
    bool is_known;     /* is_up was found out */
    bool is_published; /* post_link has taken it */
    us_t again_at;     /* offer readings or the link's state again; TIMERS_NEVER: nothing waits */
    struct device_status *device;
    struct last_bytes heard; /* since the request in hand */
};

/* `publisher` is the caller's; its arrays are the arena's. A link without devices is only shown. */
void link_publisher_init(struct link_publisher *publisher, struct arena *arena,
                         const struct wire_callbacks *callbacks,
                         const struct link_settings *link_settings, struct status_board *board,
                         int32_t index);

/* A transaction has ended. An answer brings a link that was down up. When the last of several
 * devices has fallen silent the link is down, though it is open. Returns until when the link must
 * be held, 0: there is room. */
us_t link_publisher_take(struct link_publisher *publisher, const struct link_result *result);

/* An output was written to, or is in another state. */
void link_publisher_write(const struct link_publisher *publisher, const struct link_write *write);
void link_publisher_output(const struct link_publisher *publisher,
                           const struct link_output_change *change);

/* An answer to this block is about to be read: asks for the memory that publishing it will need. */
void link_publisher_foresee(const struct link_publisher *publisher, int32_t device, int32_t read);

/* The error of the link, a literal in Chinese for people; "": none. */
void link_publisher_set_text(struct link_publisher *publisher, const char *text);

/* The link fell. `why` is a literal or from status_board_keep; link_publisher_turn decides whether
 * that is news. */
void link_publisher_fail(struct link_publisher *publisher, const char *why, us_t now);

/* The link is up or down; published when it was not so before. */
void link_publisher_turn(struct link_publisher *publisher, bool is_up, us_t now);

/* Offers again what waits, when its time has come. Returns as link_publisher_take does. */
us_t link_publisher_offer(struct link_publisher *publisher, us_t now);

/* Readings wait: the link must be held. */
bool link_publisher_is_waiting(const struct link_publisher *publisher);
