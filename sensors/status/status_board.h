/* status_board.h - the wire's state of affairs, for other threads to look at. Its lock is held for copying only.
 *
 * Words stand here as pointers: nearly all are literals, and a copy for each of thousands of links would be most of
 * what an idle link costs. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/wire/wire.h"

struct board;

struct board *board_new(struct arena *arena, const struct link_settings *link, int32_t count);
void board_close(struct board *board); /* the memory is the arena's; NULL is allowed */

/* How a link is; the words outlive the board: literals, or what board_keep has returned. */
struct board_state {
    bool is_up;
    const char *words;                    /* the last error, "" when well */
    const char *suspicion;                /* see wire_link_status */
    const struct link_counters *counters; /* copied; NULL: a link without devices has none */
};

/* Shows a link and all of its devices; NULL: those stay as they are. */
void board_show(struct board *board, int32_t link, const struct board_state *state,
                const struct wire_device_status *device);

/* A result of the link, what came in since its request left (makes .sent_at 0: the request is no longer in hand), and how the
 * link and the device stand now. */
void board_take(struct board *board, int32_t link, const struct link_result *result,
                const struct board_state *state, const struct wire_device_status *device,
                struct tally_bytes *heard);

/* Asks for the memory that board_take and board_show will need. */
void board_foresee(const struct board *board, int32_t link, int32_t device, int32_t read);

/* Keeps words that are no literal, at most WIRE_WORDS_MAX, until the next ones of the same link. Only for links that may
 * have such: serial ports and host names, whose errors name them. */
const char *board_keep(struct board *board, int32_t link, const char *words);

/* The link fell, in words that outlive the board. */
void board_fail(struct board *board, int32_t link, const char *why, us_t now);

struct wire_link_status board_link(struct board *board, int32_t link);
struct wire_device_status board_device(struct board *board, int32_t link, int32_t device);
struct wire_link_past board_link_past(struct board *board, int32_t link);
struct tally_device board_device_past(struct board *board, int32_t link, int32_t device);
struct tally_bytes board_block_past(struct board *board, int32_t link, int32_t device,
                                    int32_t read);
