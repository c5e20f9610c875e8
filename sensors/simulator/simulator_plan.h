/* simulator_plan.h - a simulation as written: its lines and units, their values and faults. The
 * format is sensors/SIMULATOR.md. Pure.
 *
 * A line is reached in one of three ways: `listen` (Modbus TCP, or RTU over TCP; any number of
 * links may connect), `pty` (a serial line) or `dial` (a DTU that connects to the gateway). A
 * dialling line with `count` stands for so many of them. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "sensors/simulator/device/sim_line.h"

enum { SIM_LINES_MAX = 4096 };

/* A fault of a whole line. */
enum sim_line_fault {
    SIM_LINE_OK,
    SIM_LINE_AWAY,       /* no connections; a DTU hangs up, a pty is unplugged */
    SIM_LINE_ONE_CLIENT, /* closes every connection but the first */
};

struct sim_line_trouble {
    us_t from, until;
    enum sim_line_fault fault;
};

/* An event of a line, once or repeated. */
enum sim_line_act {
    SIM_LINE_HANG_UP, /* closes its connections; a DTU dials again after its pause */
    SIM_LINE_REDIAL,  /* a DTU only: dials anew; the old connection stays open and mute */
};

struct sim_line_event {
    us_t at, every; /* every 0: once */
    enum sim_line_act act;
};

/* The texts of a DTU besides its answers. */
struct sim_dtu {
    enum sim_dtu_mode {
        SIM_DTU_ONCE,
        SIM_DTU_EVERY,
        SIM_DTU_BOTH
    } mode;                        /* when the registration is sent */
    struct sim_bytes registration; /* empty: it sends none */
    us_t heartbeat_every;          /* 0: none; the text is the devices' */
    us_t reconnect;                /* the pause before it dials again */
};

struct sim_plan_line {
    const char *id;     /* or its number */
    const char *listen; /* host:port */
    const char *pty;    /* path of the symbolic link, "": none */
    const char *dial;   /* host:port; exactly one of the three is not NULL */
    struct sim_dtu dtu;
    int32_t trouble_count, event_count;
    const struct sim_line_trouble *trouble;
    const struct sim_line_event *event;
    struct sim_line devices;
    /* By command, while it runs: */
    bool is_forced; /* `forced` holds instead of the script's troubles */
    enum sim_line_fault forced;
    bool is_wanted[SIM_LINE_REDIAL + 1]; /* each act: it shall be done once */
};

struct sim_plan {
    const char *control; /* path of a unix socket, NULL: none */
    int32_t line_count;
    struct sim_plan_line *line;
};

/* Everything is the arena's. The error begins with the line of the mistake. */
MUST_CHECK bool sim_plan_read(struct arena *arena, const char *text, struct sim_plan *ret_plan,
                              struct error *error);

/* The fault of a line at `now`, and when it may change next (INT64_MAX: never). */
enum sim_line_fault sim_plan_fault_at(const struct sim_plan_line *line, us_t now, us_t *ret_next);

/* When the event happens next after `now`, or INT64_MAX. */
us_t sim_plan_event_after(const struct sim_line_event *event, us_t now);
