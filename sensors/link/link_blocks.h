/* link_blocks.h - the read blocks of all devices of one link. Pure. */
#pragma once

#include "sensors/link/link.h"
#include "sensors/link/schedule.h"

enum {
    LINK_BLOCKS_HEAD_LENGTH = 7
}; /* of an MBAP reply: behind the transaction id, before the data */

struct link_block {
    int32_t device; /* index in the settings */
    int32_t read;   /* index in its profile */
    int32_t timeout_ms;
    int32_t turnaround_us;  /* serial: of its device, see link_parts.h; 0: not known yet */
    uint8_t exception;      /* the last refusal, while it is isolated */
    uint8_t request_length; /* 0: not encoded yet */
    uint8_t request[FRAME_REQUEST_MAX];
    uint8_t judged_head[LINK_BLOCKS_HEAD_LENGTH]; /* of the reply that libmodbus accepted last */
    us_t judged_at;                               /* 0: none yet */
};

/* Lists the blocks, device by device, and makes their schedule. All memory is the arena's. */
struct schedule *link_blocks_new(struct arena *arena, const struct link_settings *settings,
                                 us_t now, struct link_block **ret_blocks);
