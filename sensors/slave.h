/* slave.h - a simulated Modbus device: values by script, faults by script. Pure: bytes and time in, bytes out.
 *
 * It stands in for real sensors in `huoyan simulate`, in the demo and in tests. It answers reads (1 2 3 4) in RTU or
 * MBAP framing; other functions get exception 1, addresses without a register exception 2, foreign units nothing.
 * Times are microseconds since the slave's start. What its registers hold is slave_script.h. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/units.h"
#include "sensors/frame.h"
#include "sensors/slave_script.h"

enum {
    SLAVE_FORCED_MAX = 32, /* words set by hand in one unit; beyond it slave_set says no */
    SLAVE_PIECES_MAX = 3,
    SLAVE_GLUE_MAX = 16, /* bytes of the foreign frame before a glued reply */
};

enum slave_fault {
    SLAVE_WELL,
    SLAVE_SILENT,     /* no answer */
    SLAVE_LATE,       /* the right answer after SLAVE_LATE_US, when nobody waits for it any more */
    SLAVE_GARBAGE,    /* random bytes */
    SLAVE_CRC,        /* one bit flipped on the way; MBAP: a foreign transaction id */
    SLAVE_WRONG_UNIT, /* a good frame of the next unit */
    SLAVE_EXCEPTION,  /* exception 4: device failure */
    SLAVE_SPLIT,      /* the right answer in three pieces */
    SLAVE_GLUED,      /* a foreign frame and the right answer in one piece */
    SLAVE_SHORT,      /* the last bytes are missing */
};

#define SLAVE_LATE_US ((us_t) 1500000)
#define SLAVE_SPLIT_US ((us_t) 5000)

/* "silent" "late" ... and "none" or "well" for SLAVE_WELL. False: no such fault. */
bool slave_fault_find(const char *name, enum slave_fault *ret_fault);

struct slave_trouble {
    us_t from, until;
    enum slave_fault fault;
};

struct slave_unit {
    uint8_t unit;
    us_t latency_us; /* how long the device thinks */
    int32_t
        fill; /* what an address without a register holds; -1: exception 2 when a block has none at all */
    int32_t register_count, trouble_count;
    const struct slave_register *registers;
    const struct slave_trouble *trouble;
    /* By hand, while it runs: */
    bool is_forced; /* `forced` holds instead of the script's faults */
    enum slave_fault forced;
    int32_t word_count;
    struct slave_word {
        uint8_t function;
        uint16_t address, raw;
    } word[SLAVE_FORCED_MAX];
};

struct slave {
    enum framing framing;
    int32_t baud; /* > 0: answers come as late as on such a line */
    int32_t unit_count;
    struct slave_unit *unit;
    uint64_t random; /* any number: the seed of noise and garbage */
};

/* What one connection (or the serial line) has sent and the slave has not answered yet. */
struct slave_port {
    size_t length;
    uint8_t bytes[2 * MBAP_FRAME_MAX];
};

/* The answer to one request, in pieces; each goes out `after_us` behind the request. None: silence. */
struct slave_answer {
    int32_t piece_count;
    struct slave_piece {
        us_t after_us;
        size_t from, length;
    } piece[SLAVE_PIECES_MAX];
    size_t length;
    uint8_t bytes[MBAP_FRAME_MAX + SLAVE_GLUE_MAX];
};

/* Takes in what arrived; what is too much to keep is dropped from the front. */
void slave_feed(struct slave_port *port, const uint8_t *bytes, size_t length);

/* The answer to the next whole request in the port, or false when there is none. */
bool slave_next(struct slave *slave, struct slave_port *port, us_t now,
                struct slave_answer *ret_answer);

/* A word by hand, instead of the script's value. False: no such unit, or too many words. */
bool slave_set(struct slave *slave, uint8_t unit, uint8_t function, uint16_t address, uint16_t raw);

/* A fault by hand; SLAVE_WELL gives the script back its say. False: no such unit. */
bool slave_force(struct slave *slave, uint8_t unit, enum slave_fault fault);
