/* sim_script.h - the value of a simulated register over time. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/units.h"
#include "sensors/device/profile.h"

struct sim_moment {
    us_t at;
    double value;
};

/* A code holds its place and its read, so that a value of another request shows. */
enum sim_register_kind {
    SIM_VALUE,
    SIM_CODE, /* two registers: unit << 24 | low byte of the address << 16 | number of reads */
    SIM_LINE, /* one register: the number of the line */
};

/* One value in one or two registers (or one bit). Between moments the value is interpolated. */
struct sim_register {
    enum sim_register_kind kind;
    double scale, offset; /* value = raw * scale + offset */
    double noise;         /* the value moves by up to this */
    us_t repeat_us;       /* the script starts again after so long; 0: never */
    const struct sim_moment *moment;
    int32_t moment_count; /* at least 1, of a value */
    enum value_type type;
    enum byte_order order;
    uint16_t address;
    uint8_t function; /* 1 2 3 4 */
    uint8_t bit;      /* of TYPE_BIT */
};

/* The value of the script at `now` (microseconds since the line's start), without noise. */
double sim_value(const struct sim_register *reg, us_t now);

/* 1, or 2 for the types of 32 bits. */
int32_t sim_register_width(const struct sim_register *reg);

/* The registers that hold `value`, clamped to the range of the type. Returns the width. */
int32_t sim_register_words(const struct sim_register *reg, double value, uint16_t ret_words[2]);
