/* dtu_takeover.h - the connections of one DTU: which one counts, and whether two devices claim to
 * be it. Pure.
 *
 * The newest connection takes over: mobile networks forget connections without a word, and the old
 * one then only looks alive; it is closed. But a connection that takes over from one that was alive
 * a moment ago may be another device with the same registration, and counting cannot tell it from
 * one radio that dials in often. So from the second time in DTU_TAKEOVER_MEMORY_US on the old one,
 * the rival, is asked before the new one is taken, and has as long as a poll to answer: a question
 * that is no poll's, so that the late answer of one proves nothing; where there is none, an answer
 * under way has its time first. Who answers there is a second device. Nobody else is asked
 * meanwhile: a radio that hands its bus's bytes to all its connections must not answer twice.
 *
 *   rival answers for the second time in DTU_TAKEOVER_MEMORY_US        two devices
 *   DTU_TAKEOVER_TAKEOVERS from live connections in DTU_TAKEOVER_SPAN_US       nobody can work with that, whoever it is: the same
 *
 * Then the link is disputed: nobody can tell whose values they are, so nobody is asked until no
 * more takeover has come for DTU_TAKEOVER_CALM_US. Two devices of which one has nobody to answer
 * behind it are told only by their haste. */
#pragma once

#include "sensors/device/link_settings.h"
#include "sensors/dtu/dtu_filter.h"
#include "sensors/dtu/dtu_registration.h"
#include "sensors/modbus/frame.h"

enum { DTU_TAKEOVER_TAKEOVERS = 8 };
#define DTU_TAKEOVER_SPAN_US (30 * US_PER_SECOND)
#define DTU_TAKEOVER_CALM_US (90 * US_PER_SECOND)
#define DTU_TAKEOVER_MEMORY_US (600 * US_PER_SECOND)
#define DTU_TAKEOVER_ALIVE_US (15 * US_PER_SECOND) /* heard so lately */
#define DTU_TAKEOVER_ANSWER_US \
    (2 * US_PER_SECOND) /* radios answer faster when they have a network */
#define DTU_TAKEOVER_LATE_US \
    (3 * US_PER_SECOND) /* for an answer under way, before the rival is asked */
#define DTU_TAKEOVER_STEP_US (100 * US_PER_MS) /* to look whether it has answered */

struct dtu_takeover {
    const struct link_settings *settings;
    us_t idle_us;
    us_t heard_at;
    us_t asked_at;     /* the first question since then; 0: none */
    us_t proved_at;    /* a rival has answered */
    us_t answer_us;    /* that a rival has: a poll, but 0.5 s...DTU_TAKEOVER_ANSWER_US */
    us_t rival_ask_at; /* then rival_until, DTU_TAKEOVER_ANSWER_US later */
    bool is_rival_asked;
    int rival;                                /* -1: none */
    us_t takeover_at[DTU_TAKEOVER_TAKEOVERS]; /* a ring */
    int32_t takeover_next;
    us_t disputed_until;
    int fd;        /* waits to be taken; -1: none */
    size_t length; /* what came behind its registration */
    uint8_t bytes[DTU_REGISTRATION_HELLO_MAX];
    struct dtu_filter filter; /* of the one that was taken, or of the rival */
};

/* Of a link whose kind is LINK_DTU, and that has devices. A connection is given up when nothing
 * came for its idle_ms, but not before three polls were missed. */
struct dtu_takeover *dtu_takeover_new(struct arena *arena, const struct link_settings *settings);

/* The first thing to ask a DTU that does not say its name by itself. Returns the length. */
size_t dtu_takeover_question(const struct link_settings *settings,
                             uint8_t to[static MBAP_FRAME_MAX]);

/* The same for a rival: one register or bit less. `ret_is_own`: no poll's answer has the length of
 * this one's. */
size_t dtu_takeover_rival_question(const struct link_settings *settings,
                                   uint8_t to[static MBAP_FRAME_MAX], bool *ret_is_own);

/* A new connection and what came behind its registration, at most DTU_REGISTRATION_HELLO_MAX bytes.
 * It waits to be taken. Returns the fd of one that waited before, to be closed, or -1. */
int dtu_takeover_offer(struct dtu_takeover *takeover, int fd, const uint8_t *bytes, size_t length,
                       us_t now);

/* It takes over from one that was alive. True: that one has to be asked (dtu_takeover_suspect). */
bool dtu_takeover_count_takeover(struct dtu_takeover *takeover, us_t now);

/* The connection that was displaced is the rival. `is_own`: of the question that it will be
 * asked. */
void dtu_takeover_suspect(struct dtu_takeover *takeover, int fd, bool is_own, us_t now);

/* What to do with the rival, in this order: hear what it said; ask it if that is due; let it go
 * when this says true (the caller closes it) and take the new one. */
void dtu_takeover_hear_rival(struct dtu_takeover *takeover, const uint8_t *bytes, size_t length,
                             us_t now);
bool dtu_takeover_must_ask_rival(const struct dtu_takeover *takeover, us_t now);
void dtu_takeover_rival_asked(struct dtu_takeover *takeover, const uint8_t *question,
                              size_t length);
bool dtu_takeover_is_rival_over(const struct dtu_takeover *takeover, us_t now);

bool dtu_takeover_is_disputed(const struct dtu_takeover *takeover, us_t now);

/* When to look for a connection to take, INT64_MAX: when there is a new one. */
us_t dtu_takeover_next(const struct dtu_takeover *takeover, us_t now);

/* The connection that waits, or -1. From now on it is heard. */
int dtu_takeover_take(struct dtu_takeover *takeover, us_t now);

/* The connection that was taken was asked, or said anything. */
void dtu_takeover_asked(struct dtu_takeover *takeover, us_t now);
void dtu_takeover_heard(struct dtu_takeover *takeover, us_t now);

/* Was the connection that was taken heard a moment ago, and owes no answer? */
bool dtu_takeover_is_alive(const struct dtu_takeover *takeover, us_t now);

/* When it is given up unless something is heard. */
us_t dtu_takeover_idle_at(const struct dtu_takeover *takeover);
