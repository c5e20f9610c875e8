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

struct wire_link_status board_link(struct board *board, int32_t link);
struct wire_device_status board_device(struct board *board, int32_t link, int32_t device);
