/* wire_callbacks.h - what the wire reports to the daemon. Types only.
 *
 * All calls come in the wire's thread, with the caller's `context`, and must not block. */
#pragma once

#include "gateway/base/reading.h"
#include "sensors/link/link.h"

/* A link went up or down. */
struct link_change {
    int32_t link; /* index in the settings */
    bool is_up;
    const char *text; /* in Chinese */
};

struct wire_callbacks {
    void *context;
    /* False: there is no room. The wire offers the same again, delays its polls and counts that. */
    bool (*post_readings)(void *context, const struct reading *reading, int32_t count);
    bool (*post_link)(void *context, const struct link_change *change);
    /* These may be NULL. */
    void (*post_end)(void *context); /* before the wire's loop waits, each time */
    void (*post_write)(void *context, int32_t link, const struct link_write *write);
    void (*post_output)(void *context, int32_t link, const struct link_output_change *change);
    /* Of the listener for DTUs, a few a minute at most: its port, and a caller that was refused. */
    void (*post_listener)(void *context, bool is_ok, const char *text);
    void (*post_stranger)(void *context, const char *text);
};
