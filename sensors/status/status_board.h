/* status_board.h - the state of all links and devices, shared with other threads. The lock is held
 * for copying only.
 *
 * Texts stand here as pointers: nearly all are literals, and a copy for each of thousands of links
 * would be most of what an idle link costs. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/status/link_status.h"

struct status_board;

struct status_board *status_board_new(struct arena *arena, const struct link_settings *link,
                                      int32_t count);
/* The memory is the arena's; NULL is allowed. */
void status_board_close(struct status_board *board);

/* The state of a link. Its texts outlive the board: literals, or from status_board_keep. */
struct status_board_state {
    bool is_up;
    const char *words;                    /* the last error, "" when there is none */
    const char *suspicion;                /* see link_status.h */
    const struct link_counters *counters; /* copied; NULL: a link without devices has none */
};

/* Sets the state of a link and of all its devices; NULL: those stay as they are. */
void status_board_show(struct status_board *board, int32_t link,
                       const struct status_board_state *state, const struct device_status *device);

/* Takes in a result, the bytes since its request (makes .sent_at 0: no request is in hand), and the
 * new states of link and device. */
void status_board_take(struct status_board *board, int32_t link, const struct link_result *result,
                       const struct status_board_state *state, const struct device_status *device,
                       struct last_bytes *heard);

/* Prefetches the memory that status_board_take will write. */
void status_board_foresee(const struct status_board *board, int32_t link, int32_t device,
                          int32_t read);

/* Keeps a text that is no literal, cut at LINK_TEXT_MAX, until the next one of the same link. Only
 * for links whose errors name them: ttys and host names. */
const char *status_board_keep(struct status_board *board, int32_t link, const char *words);

/* The link fell; `why` outlives the board. */
void status_board_fail(struct status_board *board, int32_t link, const char *why, us_t now);

struct link_status status_board_link(struct status_board *board, int32_t link);
struct device_status status_board_device(struct status_board *board, int32_t link, int32_t device);
struct link_past status_board_link_past(struct status_board *board, int32_t link);
struct device_stats status_board_device_past(struct status_board *board, int32_t link,
                                             int32_t device);
struct last_bytes status_board_block_past(struct status_board *board, int32_t link, int32_t device,
                                          int32_t read);
