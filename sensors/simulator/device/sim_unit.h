/* sim_unit.h - one simulated device without its line: its registers, and how it answers reads and
 * writes. Pure.
 *
 * A register holds its script's value until it is written, by the master or by hand; from then on
 * it holds that. Reads: 1 2 3 4. Writes: 5 6 15 16, where the unit is writable or has orders for
 * them (below), else exception 1. Addresses that the device does not have are refused with
 * exception 2, wrong counts and values with 3. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/base/units.h"
#include "sensors/modbus/frame.h"
#include "sensors/simulator/device/sim_fault.h"
#include "sensors/simulator/device/sim_script.h"

/* A board with its own meaning of writes: a pulse by coil 0x0200, registers that are commands. The
 * order is meant when the function is the same, the address is within address ... address + count -
 * 1, and the masked bits of the value are `raw`. */
struct sim_order {
    us_t unit_us; /* of a pulse; times the value's bits outside the mask, if there are such */
    enum sim_act { SIM_ACT_SET, SIM_ACT_TOGGLE, SIM_ACT_PULSE } act;
    uint8_t function; /* 5 6 */
    uint8_t target_function;
    uint16_t address, count;
    uint16_t mask, raw;
    uint16_t value; /* of SET, and during a PULSE: 1 or 0 */
    uint16_t target_address;
    uint16_t target_count; /* 0: the one target that is as far from the first as the address is */
};

/* A register that was written, by the master or by hand. */
struct sim_word {
    uint8_t function;
    uint16_t address, raw;
    bool is_pulse; /* 1 becomes 0 and 0 becomes 1 at `until` */
    us_t until;
};

struct sim_unit {
    uint8_t unit;
    bool is_writable;
    us_t latency_us; /* from request to answer */
    int32_t fill; /* of an address without a register; -1: none, a block without any: exception 2 */
    int32_t register_count, trouble_count, order_count;
    const struct sim_register *registers;
    const struct sim_trouble *trouble;
    const struct sim_order *order;
    /* While it runs: */
    bool is_forced; /* `forced` holds instead of the script's troubles */
    struct sim_trouble forced;
    uint16_t round; /* reads asked for so far */
    int32_t word_count, word_max;
    struct sim_word *word; /* the caller's; full: exception 4, by hand no */
};

/* A request without its framing. */
struct sim_question {
    uint8_t unit, function;
    uint16_t transaction;
    uint16_t address, count; /* count: the word of functions 5 and 6 */
    bool is_whole;           /* as long as its function and count say */
    const uint8_t *data;     /* of 15 and 16, in `wire` */
    size_t wire_bytes;
    uint8_t wire[MBAP_FRAME_MAX];
};

struct sim_pdu {
    size_t length;
    uint8_t bytes[2 + FRAME_WORDS_MAX / 8 + 1];
};

/* The circumstances of an answer. */
struct sim_now {
    us_t at;
    uint16_t line;    /* for registers of SIM_LINE */
    uint64_t *random; /* the state of the noise */
    bool is_idle;     /* writes are acknowledged and not done */
};

static inline bool sim_is_write(uint8_t function)
{
    return function == 5 || function == 6 || function == 15 || function == 16;
}

/* A random number; moves the state on. */
uint64_t sim_random(uint64_t *state);

/* The answer of a device without a fault. */
void sim_unit_answer(struct sim_unit *unit, const struct sim_question *question,
                     const struct sim_now *now, struct sim_pdu *ret_pdu);

void sim_unit_refuse(const struct sim_question *question, uint8_t code, struct sim_pdu *ret_pdu);

/* The fault that holds now; the draw of a share and of SIM_ANY is made here. */
struct sim_trouble sim_unit_trouble(const struct sim_unit *unit, us_t now, enum framing framing,
                                    uint64_t *random);

/* A register by hand. False: there are too many. */
bool sim_unit_set(struct sim_unit *unit, struct sim_word word);
