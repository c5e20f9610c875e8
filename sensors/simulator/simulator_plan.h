/* simulator_plan.h - a simulation as written: which lines there are, which units on them, what they say and when
 * they fail. The format is sensors/SIMULATOR.md. Pure.
 *
 * A line is reached in one of three ways: `listen` (Modbus TCP, or RTU over TCP; any number of links may connect),
 * `pty` (a serial line) or `takeover` (a DTU that connects to the gateway). A dialling line with `count` stands for so
 * many of them. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "sensors/simulator/device/sim_line.h"

enum { SIMULATOR_LINES_MAX = 4096 };

/* What is wrong with a whole line. */
enum line_fault {
    LINE_WELL,
    LINE_AWAY, /* refuses connections and closes those it has; a DTU hangs up, a pty is unplugged */
    LINE_ONE_CLIENT, /* closes whoever comes second */
};

struct line_trouble {
    us_t from, until;
    enum line_fault fault;
};

/* Something a line does once, or again and again. */
enum line_act {
    LINE_HANG_UP, /* closes its connections; a DTU dials again after its pause */
    LINE_REDIAL, /* a DTU only: dials anew and leaves the old connection open and mute, as after a lost NAT */
};

struct line_event {
    us_t at, every; /* every 0: once */
    enum line_act act;
};

/* What a DTU says besides its answers. */
struct line_dtu {
    enum line_mode { LINE_ONCE, LINE_EVERY, LINE_BOTH } mode; /* when the registration is sent */
    struct sim_bytes registration;                            /* none: it says nothing of itself */
    us_t heartbeat_every;                                     /* 0: none; the text is the slave's */
    us_t reconnect;                                           /* the pause before it dials again */
};

struct simulator_line {
    const char *id;       /* or its number */
    const char *listen;   /* host:port */
    const char *pty;      /* path of the symbolic link, "": none */
    const char *takeover; /* host:port; exactly one of the three is not NULL */
    struct line_dtu dtu;
    int32_t trouble_count, event_count;
    const struct line_trouble *trouble;
    const struct line_event *event;
    struct sim_line slave;
    /* By hand, while it runs: */
    bool is_forced; /* `forced` holds instead of the script's troubles */
    enum line_fault forced;
    int32_t wanted[LINE_REDIAL + 1]; /* how often each act shall be done */
};

struct simulator_plan {
    const char *control; /* path of a unix socket, NULL: none */
    int32_t line_count;
    struct simulator_line *line;
};

/* Everything is the arena's. The sentence of a mistake begins with its line. */
MUST_CHECK bool simulator_plan_read(struct arena *arena, const char *text,
                                    struct simulator_plan *ret_plan, struct error *error);

/* What holds for a line at `now`, and when that may change next (INT64_MAX: never). */
enum line_fault line_fault_at(const struct simulator_line *line, us_t now, us_t *ret_next);

/* When the event happens next after `now`, or INT64_MAX. */
us_t line_event_after(const struct line_event *event, us_t now);
