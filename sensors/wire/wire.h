/* wire.h - all links in one thread: sockets, serial ports and a libuv loop, without decisions.
 *
 * libmodbus opens and configures serial ports; here they are only read and written. Connects do not
 * block; between attempts lie 1 s to 30 s with jitter, without end. All DTUs connect to one port
 * (dtu_listener.h). */
#pragma once

#include "gateway/base/error.h"
#include "sensors/dtu/dtu_listener.h"
#include "sensors/status/link_status.h"
#include "sensors/status/output_wants.h"
#include "sensors/status/wire_callbacks.h"

struct wire_settings {
    int32_t link_count;
    const struct link_settings *link;
    us_t (*now_us)(void); /* the monotonic clock */
    struct wire_callbacks callbacks;
    const struct dtu_listener_settings *listener; /* for DTUs; NULL: none */
};

struct wire;

MUST_CHECK bool wire_start(const struct wire_settings *settings, struct wire **ret_wire,
                           struct error *error);
/* Outputs go to their safe state first. Within two seconds; NULL is allowed. */
void wire_stop(struct wire *wire);

/* What an output shall be from now on; any thread, never waits. Nothing is written to an output
 * before that. */
void wire_want(struct wire *wire, const struct want *want);

struct link_status wire_link_status(struct wire *wire, int32_t link);
struct device_status wire_device_status(struct wire *wire, int32_t link, int32_t device);
struct link_past wire_link_past(struct wire *wire, int32_t link);
struct device_stats wire_device_past(struct wire *wire, int32_t link, int32_t device);
/* What the last request of a block of the device's profile brought. */
struct last_bytes wire_block_past(struct wire *wire, int32_t link, int32_t device, int32_t read);
