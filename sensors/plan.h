/* plan.h - everything that is asked on one link: the read blocks of all its devices. Pure. */
#pragma once

#include "sensors/link.h"
#include "sensors/schedule.h"

struct plan_block {
    int32_t device; /* index in the settings */
    int32_t read;   /* index in its profile */
    us_t timeout;
    uint8_t request_length; /* 0: not encoded yet */
    uint8_t request[FRAME_REQUEST_MAX];
};

/* Lists the blocks, device by device, and makes their schedule. All memory is the arena's. A poll shorter than the
 * profile's min_poll_ms is stretched to it; config refuses it before. */
struct schedule *plan_new(struct arena *arena, const struct link_settings *settings, us_t now,
                          struct plan_block **ret_blocks);
