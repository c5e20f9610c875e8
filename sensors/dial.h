/* dial.h - the connections of one DTU: which one counts, and whether two devices claim to be it. Pure.
 *
 * The newest connection takes over: mobile networks forget connections without a word, and the old one then only looks
 * alive. But a connection that takes over from one that was alive a moment ago may be another device with the same
 * registration; one that owes an answer is no longer alive, it is a radio without network. After DIAL_TAKEOVERS of those within DIAL_SPAN_US nobody can tell whose values they are, so the link
 * is disputed: nobody is asked until no more takeover has come for DIAL_CALM_US. */
#pragma once

#include "sensors/dtu.h"
#include "sensors/link.h"

enum { DIAL_TAKEOVERS = 3 };
#define DIAL_SPAN_US (60 * US_PER_SECOND)
#define DIAL_CALM_US (90 * US_PER_SECOND)
#define DIAL_ALIVE_US (15 * US_PER_SECOND) /* heard so lately */
#define DIAL_ANSWER_US (2 * US_PER_SECOND) /* radios answer faster when they have a network */

struct dial {
    const struct dtu_settings *settings;
    us_t idle_us;
    us_t heard_at;
    us_t asked_at;                    /* the first question since then; 0: none */
    us_t takeover_at[DIAL_TAKEOVERS]; /* a ring */
    int32_t takeover_next;
    us_t disputed_until;
    int fd;        /* waits to be taken; -1: none */
    size_t length; /* what came behind its registration */
    uint8_t bytes[DTU_HELLO_MAX];
    struct dtu_filter filter;
};

/* Of a link whose kind is LINK_DTU, and that has devices. A connection is given up when nothing came for its idle_ms,
 * but not before three polls were missed. */
struct dial *dial_new(struct arena *arena, const struct link_settings *settings);

/* The first thing to ask a DTU that does not say its name by itself. Returns the length. */
size_t dial_question(const struct link_settings *settings, uint8_t to[static MBAP_FRAME_MAX]);

/* A new connection and what came behind its registration, at most DTU_HELLO_MAX bytes. It waits to be taken. Returns
 * the fd of one that waited before, to be closed, or -1. */
int dial_offer(struct dial *dial, int fd, const uint8_t *bytes, size_t length, us_t now);

/* It takes over from one that was alive. */
void dial_count_takeover(struct dial *dial, us_t now);

bool dial_is_disputed(const struct dial *dial, us_t now);

/* When to look for a connection to take, INT64_MAX: when there is a new one. */
us_t dial_next(const struct dial *dial, us_t now);

/* The connection that waits, or -1. From now on it is heard. */
int dial_take(struct dial *dial, us_t now);

/* The connection that was taken was asked, or said anything. */
void dial_asked(struct dial *dial, us_t now);
void dial_heard(struct dial *dial, us_t now);

/* Was the connection that was taken heard a moment ago, and owes no answer? */
bool dial_is_alive(const struct dial *dial, us_t now);

/* When it is given up unless something is heard. */
us_t dial_idle_at(const struct dial *dial);
