/* board.h - the wire's state of affairs, for other threads to look at. Its lock is held for copying only. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/wire.h"

struct board;

struct board *board_new(struct arena *arena, const struct link_settings *link, int32_t count);
void board_close(struct board *board); /* the memory is the arena's; NULL is allowed */

/* Shows a link and its devices from...until-1 of `device`. */
void board_show(struct board *board, int32_t link, const struct wire_link_status *status,
                const struct wire_device_status *device, int32_t from, int32_t until);

/* A result of the link, and what came in since its request left; makes .sent_at 0, the request is no longer in hand. */
void board_take(struct board *board, int32_t link, const struct link_result *result,
                struct tally_bytes *heard);

/* Asks for the memory that board_take and board_show will need. */
void board_foresee(const struct board *board, int32_t link, int32_t device, int32_t read);

/* The link fell, in words. */
void board_fail(struct board *board, int32_t link, const char *why, us_t now);

struct wire_link_status board_link(struct board *board, int32_t link);
struct wire_device_status board_device(struct board *board, int32_t link, int32_t device);
struct wire_link_past board_link_past(struct board *board, int32_t link);
struct tally_device board_device_past(struct board *board, int32_t link, int32_t device);
struct tally_bytes board_block_past(struct board *board, int32_t link, int32_t device,
                                    int32_t read);
