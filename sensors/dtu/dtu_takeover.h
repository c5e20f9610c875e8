/* dtu_takeover.h - the connections of one DTU: which one counts, and whether two devices share its
 * registration. Pure.
 *
 * The newest connection takes over and the old one is closed, because mobile networks lose
 * connections silently: the old one then only looks alive. A takeover from a connection that was
 * alive a moment ago may also come from a second device. Counting cannot tell that from one radio
 * that connects often. So from the second such takeover in DTU_TAKEOVER_MEMORY_US on, the old
 * connection is the rival. It is asked before the new one is taken, and its answer proves a second
 * device.
 *
 *   rival answers for the second time in DTU_TAKEOVER_MEMORY_US             -> disputed
 *   DTU_TAKEOVER_TAKEOVERS from live connections in DTU_TAKEOVER_SPAN_US    -> disputed
 *   no takeover for DTU_TAKEOVER_CALM_US                                    -> no longer disputed
 *
 * While disputed nothing is polled: the values might be of either device. If one of two devices has
 * nothing behind it that answers, only the rate of takeovers gives it away. */
#pragma once

#include "sensors/device/link_settings.h"
#include "sensors/dtu/dtu_filter.h"
#include "sensors/dtu/dtu_registration.h"
#include "sensors/modbus/frame.h"

enum { DTU_TAKEOVER_TAKEOVERS = 8 };
#define DTU_TAKEOVER_SPAN_US (30 * US_PER_SECOND)
#define DTU_TAKEOVER_CALM_US (90 * US_PER_SECOND)
#define DTU_TAKEOVER_MEMORY_US (600 * US_PER_SECOND)
#define DTU_TAKEOVER_ALIVE_US (15 * US_PER_SECOND) /* bytes came so recently */
#define DTU_TAKEOVER_ANSWER_US (2 * US_PER_SECOND) /* a radio with a network answers faster */
#define DTU_TAKEOVER_LATE_US (3 * US_PER_SECOND)   /* for an answer on its way, before asking */
#define DTU_TAKEOVER_STEP_US (100 * US_PER_MS)     /* between looks at the rival */

struct dtu_takeover {
    const struct link_settings *settings;
    us_t idle_us;
    us_t heard_at;
    us_t asked_at;     /* the first request since then; 0: none */
    us_t proved_at;    /* a rival has answered */
    us_t answer_us;    /* a rival's time: a poll, but 0.5 s...DTU_TAKEOVER_ANSWER_US */
    us_t rival_ask_at; /* its time ends answer_us later */
    bool is_rival_asked;
    int rival;                                /* -1: none */
    us_t takeover_at[DTU_TAKEOVER_TAKEOVERS]; /* a ring */
    int32_t takeover_next;
    us_t disputed_until;
    int fd;        /* waits to be taken; -1: none */
    size_t length; /* what came after its registration */
    uint8_t bytes[DTU_REGISTRATION_HELLO_MAX];
    struct dtu_filter filter; /* of the connection in use, or of the rival */
};

/* Of a link whose kind is LINK_DTU, and that has devices. A connection is given up when nothing
 * came for its idle_ms, but not before three polls were missed. */
struct dtu_takeover *dtu_takeover_new(struct arena *arena, const struct link_settings *settings);

/* The request for a DTU that registers only before data. Returns the length. */
size_t dtu_takeover_question(const struct link_settings *settings,
                             uint8_t to[static MBAP_FRAME_MAX]);

/* The same for a rival: one register or bit less. `ret_is_own`: no poll's answer has that
 * length. */
size_t dtu_takeover_rival_question(const struct link_settings *settings,
                                   uint8_t to[static MBAP_FRAME_MAX], bool *ret_is_own);

/* A new connection and what came after its registration, at most DTU_REGISTRATION_HELLO_MAX bytes.
 * It waits to be taken. Returns the fd of one that waited before, to be closed, or -1. */
int dtu_takeover_offer(struct dtu_takeover *takeover, int fd, const uint8_t *bytes, size_t length,
                       us_t now);

/* Counts a takeover from a live connection. True: that one has to be asked
 * (dtu_takeover_suspect). */
bool dtu_takeover_count_takeover(struct dtu_takeover *takeover, us_t now);

/* The displaced connection becomes the rival. `is_own`: as above. */
void dtu_takeover_suspect(struct dtu_takeover *takeover, int fd, bool is_own, us_t now);

/* In this order: give what the rival sent; ask it when that is due; close it when it is over, and
 * take the new connection. */
void dtu_takeover_hear_rival(struct dtu_takeover *takeover, const uint8_t *bytes, size_t length,
                             us_t now);
bool dtu_takeover_must_ask_rival(const struct dtu_takeover *takeover, us_t now);
void dtu_takeover_rival_asked(struct dtu_takeover *takeover, const uint8_t *question,
                              size_t length);
bool dtu_takeover_is_rival_over(const struct dtu_takeover *takeover, us_t now);

bool dtu_takeover_is_disputed(const struct dtu_takeover *takeover, us_t now);

/* When to look again; INT64_MAX: with the next connection. */
us_t dtu_takeover_next(const struct dtu_takeover *takeover, us_t now);

/* Takes the connection that waits, or -1. */
int dtu_takeover_take(struct dtu_takeover *takeover, us_t now);

/* The connection in use was asked; it sent anything. */
void dtu_takeover_asked(struct dtu_takeover *takeover, us_t now);
void dtu_takeover_heard(struct dtu_takeover *takeover, us_t now);

/* Did the connection in use send anything recently, and is no answer overdue? */
bool dtu_takeover_is_alive(const struct dtu_takeover *takeover, us_t now);

/* When the connection in use is given up unless bytes come. */
us_t dtu_takeover_idle_at(const struct dtu_takeover *takeover);
