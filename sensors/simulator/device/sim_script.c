#include "sensors/simulator/device/sim_script.h"

#include <math.h>
#include <string.h>

#include "gateway/base/check.h"

double sim_value(const struct sim_register *reg, us_t now)
{
    CHECK(reg->moment_count > 0);
    us_t at = reg->repeat_us > 0 ? now % reg->repeat_us : now;
    const struct sim_moment *moment = reg->moment;
    int32_t after = 0;
    while (after < reg->moment_count && moment[after].at <= at) {
        after++;
    }
    if (after == 0) {
        return moment[0].value;
    }
    if (after == reg->moment_count) {
        return moment[after - 1].value;
    }
    const struct sim_moment *a = &moment[after - 1];
    const struct sim_moment *b = &moment[after];
    double part = (double) (at - a->at) / (double) (b->at - a->at);
    return a->value + (b->value - a->value) * part;
}

static double clamp_raw(double value, double min, double max)
{
    return value < min ? min : value > max ? max : value;
}

static uint32_t round_within(double value, double min, double max)
{
    double whole = round(clamp_raw(value, min, max));
    return (uint32_t) ((uint64_t) (int64_t) whole & UINT32_MAX);
}

static uint32_t get_float_bits(double value)
{
    float narrow = (float) clamp_raw(value, -3.0e38, 3.0e38);
    uint32_t bits = 0;
    memcpy(&bits, &narrow, sizeof bits);
    return bits;
}

/* The register's raw number, as wide as its type. */
static uint32_t make_raw_value(const struct sim_register *reg, double value)
{
    double raw = (value - reg->offset) / reg->scale;
    switch (reg->type) {
    case TYPE_BOOL:
        return raw >= 0.5;
    case TYPE_BIT:
        return (raw >= 0.5 ? 1U : 0U) << reg->bit;
    case TYPE_UINT16:
        return round_within(raw, 0, 65535);
    case TYPE_INT16:
        return round_within(raw, -32768, 32767) & 0xffffU;
    case TYPE_UINT32:
        return round_within(raw, 0, 4294967295.0);
    case TYPE_INT32:
        return round_within(raw, -2147483648.0, 2147483647.0);
    case TYPE_FLOAT32:
        return get_float_bits(raw);
    case TYPE_SM10000:
        return raw < 0 ? 10000 + round_within(-raw, 0, 9999) : round_within(raw, 0, 9999);
    }
    return 0;
}

int32_t sim_register_width(const struct sim_register *reg)
{
    enum value_type type = reg->type;
    if (reg->kind != SIM_VALUE) {
        return reg->kind == SIM_CODE ? 2 : 1;
    }
    return type == TYPE_UINT32 || type == TYPE_INT32 || type == TYPE_FLOAT32 ? 2 : 1;
}

int32_t sim_register_words(const struct sim_register *reg, double value, uint16_t ret_words[2])
{
    bool is_swapped = reg->order == ORDER_BADC || reg->order == ORDER_DCBA;
    bool is_low_first = reg->order == ORDER_CDAB || reg->order == ORDER_DCBA;
    uint32_t raw = make_raw_value(reg, value);
    int32_t count = sim_register_width(reg);
    uint16_t high = (uint16_t) (raw >> 16);
    uint16_t low = (uint16_t) raw;
    ret_words[0] = count == 1 || is_low_first ? low : high;
    ret_words[1] = is_low_first ? high : low;
    for (int32_t i = 0; is_swapped && i < count; i++) {
        ret_words[i] = (uint16_t) (ret_words[i] << 8 | ret_words[i] >> 8);
    }
    return count;
}
