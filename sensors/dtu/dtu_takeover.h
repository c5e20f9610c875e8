/* dtu_takeover.h - the connections of one DTU: which one counts, and whether two devices claim to be it. Pure.
 *
 * The newest connection takes over: mobile networks forget connections without a word, and the old one then only looks
 * alive; it is closed. But a connection that takes over from one that was alive a moment ago may be another device with
 * the same registration, and counting cannot tell it from one radio that dials in often. So from the second time in
 * DIAL_MEMORY_US on the old one, the rival, is asked before the new one is taken, and has as long as a poll to answer: a
 * question that is no poll's, so that the late answer of one proves nothing; where there is none, an answer under way has
 * its time first. Who answers there is a second device. Nobody else is asked meanwhile: a radio that hands its bus's bytes
 * to all its connections must not answer twice.
 *
 *   rival answers for the second time in DIAL_MEMORY_US        two devices
 *   DIAL_TAKEOVERS from live connections in DIAL_SPAN_US       nobody can work with that, whoever it is: the same
 *
 * Then the link is disputed: nobody can tell whose values they are, so nobody is asked until no more takeover has come
 * for DIAL_CALM_US. Two devices of which one has nobody to answer behind it are told only by their haste. */
#pragma once

#include "sensors/dtu/dtu_stream.h"
#include "sensors/link/link.h"

enum { DIAL_TAKEOVERS = 8 };
#define DIAL_SPAN_US (30 * US_PER_SECOND)
#define DIAL_CALM_US (90 * US_PER_SECOND)
#define DIAL_MEMORY_US (600 * US_PER_SECOND)
#define DIAL_ALIVE_US (15 * US_PER_SECOND) /* heard so lately */
#define DIAL_ANSWER_US (2 * US_PER_SECOND) /* radios answer faster when they have a network */
#define DIAL_LATE_US (3 * US_PER_SECOND)   /* for an answer under way, before the rival is asked */
#define DIAL_STEP_US (100 * US_PER_MS)     /* to look whether it has answered */

struct dial {
    const struct dtu_settings *settings;
    us_t idle_us;
    us_t heard_at;
    us_t asked_at;     /* the first question since then; 0: none */
    us_t proved_at;    /* a rival has answered */
    us_t answer_us;    /* that a rival has: a poll, but 0.5 s...DIAL_ANSWER_US */
    us_t rival_ask_at; /* then rival_until, DIAL_ANSWER_US later */
    bool is_rival_asked;
    int rival;                        /* -1: none */
    us_t takeover_at[DIAL_TAKEOVERS]; /* a ring */
    int32_t takeover_next;
    us_t disputed_until;
    int fd;        /* waits to be taken; -1: none */
    size_t length; /* what came behind its registration */
    uint8_t bytes[DTU_HELLO_MAX];
    struct dtu_filter filter; /* of the one that was taken, or of the rival */
};

/* Of a link whose kind is LINK_DTU, and that has devices. A connection is given up when nothing came for its idle_ms,
 * but not before three polls were missed. */
struct dial *dial_new(struct arena *arena, const struct link_settings *settings);

/* The first thing to ask a DTU that does not say its name by itself. Returns the length. */
size_t dial_question(const struct link_settings *settings, uint8_t to[static MBAP_FRAME_MAX]);

/* The same for a rival: one register or bit less. `ret_is_own`: no poll's answer has the length of this one's. */
size_t dial_rival_question(const struct link_settings *settings, uint8_t to[static MBAP_FRAME_MAX],
                           bool *ret_is_own);

/* A new connection and what came behind its registration, at most DTU_HELLO_MAX bytes. It waits to be taken. Returns
 * the fd of one that waited before, to be closed, or -1. */
int dial_offer(struct dial *dial, int fd, const uint8_t *bytes, size_t length, us_t now);

/* It takes over from one that was alive. True: that one has to be asked (dial_suspect). */
bool dial_count_takeover(struct dial *dial, us_t now);

/* The connection that was displaced is the rival. `is_own`: of the question that it will be asked. */
void dial_suspect(struct dial *dial, int fd, bool is_own, us_t now);

/* What to do with the rival, in this order: hear what it said; ask it if that is due; let it go when this says true (the
 * caller closes it) and take the new one. */
void dial_hear_rival(struct dial *dial, const uint8_t *bytes, size_t length, us_t now);
bool dial_must_ask_rival(const struct dial *dial, us_t now);
void dial_rival_asked(struct dial *dial, const uint8_t *question, size_t length);
bool dial_is_rival_over(const struct dial *dial, us_t now);

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
