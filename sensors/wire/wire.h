/* wire.h - all links in one thread: sockets and serial ports, libuv, and nothing that decides.
 *
 * The only user of sockets and ttys on the sensor side. Serial ports are opened and configured by libmodbus
 * (codec.h) and then only read and written here. Connects are non-blocking, with back-off 1 s to 30 s and jitter,
 * without end. DTUs takeover in at one door for all (listener.h). */
#pragma once

#include "gateway/base/error.h"
#include "gateway/base/reading.h"
#include "sensors/dtu/dtu_listener.h"
#include "sensors/link/link.h"
#include "sensors/status/link_stats.h"
#include "sensors/status/output_wants.h"

enum {
    WIRE_LINKS_MAX = 4096,
    WIRE_WORDS_MAX = 160, /* bytes of why a link fell: the longest names a port of 107 bytes */
};

/* A link went up or down, with the words for people. */
struct wire_link_state {
    int32_t link; /* index */
    bool is_up;
    const char *text;
};

struct wire_settings {
    int32_t link_count;
    const struct link_settings *link;
    us_t (*now_us)(void); /* house time */
    void *context;
    /* Called in the wire's thread. False: no room, ask again; the wire delays its polls and counts that. */
    bool (*post_readings)(void *context, const struct reading *reading, int32_t count);
    void (*post_end)(void *context); /* each time before the wire waits; may be NULL */
    bool (*post_link)(void *context, const struct wire_link_state *state);
    /* Outputs, in the wire's thread: a write that was sent, and a state that has changed. May be NULL. */
    void (*post_write)(void *context, int32_t link, const struct link_write *write);
    void (*post_output)(void *context, int32_t link, const struct link_output_change *change);
    /* The door for DTUs, NULL: none. Both calls come in the wire's thread, a few a minute at the most. */
    const struct dtu_listener_settings *listener;
    void (*post_door)(void *context, bool is_well, const char *text);
    void (*post_stranger)(void *context, const char *text); /* a DTU that nobody knows */
};

/* For the snapshot; copied under the wire's own lock. */
struct wire_device_status {
    enum device_health health;
    us_t probe_at;      /* while down: asked next, at the earliest; else 0 */
    us_t rtt_us;        /* of the last good reply */
    us_t answered_at;   /* 0: never */
    enum reason reason; /* why the last transaction gave nothing */
    uint8_t exception;
};
struct wire_link_status {
    bool is_up;
    char text[WIRE_WORDS_MAX]; /* the last error in words, "" when well */
    /* What is odd though it is up, "" or NULL when nothing; see link_suspicion. */
    const char *suspicion;
    struct link_counters counters;
};

/* What became of the transactions of a link and of its devices, for the technician. */
struct wire_link_past {
    us_t failed_at;           /* the last time it fell; 0: never */
    char why[WIRE_WORDS_MAX]; /* and the words, kept when it is well again */
    struct link_stats stats;
};

struct wire;

MUST_CHECK bool wire_start(const struct wire_settings *settings, struct wire **ret_wire,
                           struct error *error);
/* Outputs go to their safe state first. Within two seconds; NULL is allowed. */
void wire_stop(struct wire *wire);

/* What an output shall be from now on; any thread, never waits. Nothing is written to an output before that. */
void wire_want(struct wire *wire, const struct want *want);

struct wire_link_status wire_link_status(struct wire *wire, int32_t link);
struct wire_device_status wire_device_status(struct wire *wire, int32_t link, int32_t device);
struct wire_link_past wire_link_past(struct wire *wire, int32_t link);
struct device_stats wire_device_past(struct wire *wire, int32_t link, int32_t device);
/* What the last request of a block of the device's profile brought. */
struct last_bytes wire_block_past(struct wire *wire, int32_t link, int32_t device, int32_t read);
