/* link_status.h - the state of links and devices as other threads see it. Types only.
 *
 * The wire keeps these in its status board and copies them out under the board's lock. */
#pragma once

#include "gateway/base/reading.h"
#include "sensors/status/link_stats.h"

enum { LINK_TEXT_MAX = 160 }; /* bytes of an error text: the longest one names a tty of 107 bytes */

struct device_status {
    enum device_health health;
    us_t probe_at;      /* while down: the earliest next request; else 0 */
    us_t rtt_us;        /* of the last good reply */
    us_t answered_at;   /* 0: never */
    enum reason reason; /* why the last transaction failed */
    uint8_t exception;
};

struct link_status {
    bool is_up;
    char text[LINK_TEXT_MAX]; /* the last error in Chinese, "" when there is none */
    const char *suspicion;    /* an oddity of a link that is up, "" or NULL: none; link_suspicion */
    struct link_counters counters;
};

/* The history of a link's transactions, for the technician. */
struct link_past {
    us_t failed_at;          /* the last time the link went down; 0: never */
    char why[LINK_TEXT_MAX]; /* and the error, kept when the link is up again */
    struct link_stats stats;
};
