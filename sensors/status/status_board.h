/* status_board.h - the wire's state of affairs, for other threads to look at. Its lock is held for copying only.
 *
 * Words stand here as pointers: nearly all are literals, and a copy for each of thousands of links would be most of
 * what an idle link costs. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/status/link_status.h"

struct status_board;

struct status_board *status_board_new(struct arena *arena, const struct link_settings *link,
                                      int32_t count);
void status_board_close(
    struct status_board *board); /* the memory is the arena's; NULL is allowed */

/* How a link is; the words outlive the board: literals, or what status_board_keep has returned. */
struct status_board_state {
    bool is_up;
    const char *words;                    /* the last error, "" when well */
    const char *suspicion;                /* see link_status */
    const struct link_counters *counters; /* copied; NULL: a link without devices has none */
};

/* Shows a link and all of its devices; NULL: those stay as they are. */
void status_board_show(struct status_board *board, int32_t link,
                       const struct status_board_state *state, const struct device_status *device);

/* A result of the link, what came in since its request left (makes .sent_at 0: the request is no longer in hand), and how the
 * link and the device stand now. */
void status_board_take(struct status_board *board, int32_t link, const struct link_result *result,
                       const struct status_board_state *state, const struct device_status *device,
                       struct last_bytes *heard);

/* Asks for the memory that status_board_take and status_board_show will need. */
void status_board_foresee(const struct status_board *board, int32_t link, int32_t device,
                          int32_t read);

/* Keeps words that are no literal, at most LINK_TEXT_MAX, until the next ones of the same link. Only for links that may
 * have such: serial ports and host names, whose errors name them. */
const char *status_board_keep(struct status_board *board, int32_t link, const char *words);

/* The link fell, in words that outlive the board. */
void status_board_fail(struct status_board *board, int32_t link, const char *why, us_t now);

struct link_status status_board_link(struct status_board *board, int32_t link);
struct device_status status_board_device(struct status_board *board, int32_t link, int32_t device);
struct link_past status_board_link_past(struct status_board *board, int32_t link);
struct device_stats status_board_device_past(struct status_board *board, int32_t link,
                                             int32_t device);
struct last_bytes status_board_block_past(struct status_board *board, int32_t link, int32_t device,
                                          int32_t read);
