/* sim_line.h - simulated Modbus devices on one line: values and faults by script. Pure: bytes and
 * time in, bytes out.
 *
 * It stands in for real sensors in `huoyan simulate`, in the demo and in tests. It takes requests
 * out of a stream in RTU or MBAP framing and answers for the units that exist; others get nothing.
 * A write to unit 0 is done by all and answered by none. Times are microseconds since the line's
 * start. Registers are sim_script.h, reads and writes sim_unit.h, faults sim_fault.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/units.h"
#include "sensors/modbus/frame.h"
#include "sensors/simulator/device/sim_unit.h"

enum {
    SIM_TEXT_MAX = 100,   /* bytes of a prefix or heartbeat */
    SIM_PIECES_MAX = 280, /* beyond them all bytes go with the last one */
    SIM_ANSWER_MAX = 3 * MBAP_FRAME_MAX + SIM_TEXT_MAX, /* echo, foreign frame, answer */
};

struct sim_bytes {
    size_t length;
    uint8_t bytes[SIM_TEXT_MAX];
};

struct sim_line {
    enum framing framing;
    int32_t baud; /* > 0: answers come as late as on such a line */
    int32_t unit_count;
    struct sim_unit *unit;
    uint16_t number;            /* for registers that hold it */
    uint64_t random;            /* any number: the seed of noise and garbage */
    struct sim_bytes prefix;    /* before each answer, as a DTU puts its registration there */
    struct sim_bytes heartbeat; /* of the faults; none: "ping" */
};

/* What one connection (or the serial line) has sent and was not answered yet. */
struct sim_port {
    size_t length;
    uint8_t bytes[2 * MBAP_FRAME_MAX];
};

/* The answer to one request, in pieces, each sent `after_us` after the request. None: silence. */
struct sim_answer {
    bool must_close; /* the connection, behind the last piece */
    int32_t piece_count;
    struct sim_piece {
        us_t after_us;
        uint16_t from, length;
    } piece[SIM_PIECES_MAX];
    size_t length;
    uint8_t bytes[SIM_ANSWER_MAX];
};

/* Takes in what arrived; too much drops the oldest bytes. */
void sim_line_feed(struct sim_port *port, const uint8_t *bytes, size_t length);

/* The answer to the next whole request in the port, or false when there is none. */
bool sim_line_next(struct sim_line *line, struct sim_port *port, us_t now,
                   struct sim_answer *ret_answer);

/* A register by hand, instead of the script's value. False: no such unit, or too many of them. */
bool sim_line_set(struct sim_line *line, uint8_t unit, uint8_t function, uint16_t address,
                  uint16_t raw);

/* A fault by hand, whose times do not count; SIM_NO_FAULT ends it. False: no such unit. */
bool sim_line_force(struct sim_line *line, uint8_t unit, const struct sim_trouble *trouble);
