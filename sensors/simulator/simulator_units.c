#include "sensors/simulator/simulator_units.h"

#include <math.h>
#include <string.h>

static void read_moment(struct json_fields *fields, const struct json *json, void *to)
{
    struct sim_moment *moment = to;
    json_fields_known(fields, json, "at value");
    json_fields_require(fields, json, "at", JSON_STRING);
    json_fields_require(fields, json, "value", JSON_NUMBER);
    moment->at = simulator_fields_span(fields, json, "at", 0);
    moment->value = json_fields_number_within(fields, json, "value", -1e12, 1e12, 0);
}

static void read_moments(struct json_fields *fields, const struct json *json,
                         struct sim_register *reg)
{
    const struct sim_moment *moment = simulator_fields_table(fields, json, "value", sizeof *moment,
                                                             read_moment, &reg->moment_count);
    const struct json *each = json_find(json, "value")->child;
    for (int32_t i = 1; i < reg->moment_count; i++) {
        each = each->next;
        if (moment[i].at <= moment[i - 1].at) {
            json_fields_mistake(fields, each, "must come later than the moment before");
        }
    }
    reg->moment = moment;
}

static void read_register_value(struct json_fields *fields, const struct json *json,
                                struct sim_register *reg)
{
    const struct json *value = json_find(json, "value");
    if (reg->kind != SIM_VALUE) {
        if (value != NULL) {
            json_fields_mistake(fields, value,
                                "a code and a line number have no value of their own");
        }
        return;
    }
    if (value != NULL && value->type == JSON_ARRAY && value->count > 0) {
        read_moments(fields, json, reg);
        return;
    }
    if (value == NULL || value->type != JSON_NUMBER) {
        json_fields_mistake(fields, value == NULL ? json : value,
                            "needs a \"value\": a number, or moments [{\"at\", \"value\"}, ...]");
        return;
    }
    struct sim_moment *moment = arena_take(fields->arena, 1, sizeof *moment);
    moment->value = value->number;
    reg->moment = moment;
    reg->moment_count = 1;
}

/* A code and a line number are registers of a kind, not types of a value. */
static void read_register_type(struct json_fields *fields, const struct json *json,
                               struct sim_register *reg)
{
    static const struct {
        enum sim_register_kind kind;
        enum value_type type;
    } meant[] = {{SIM_VALUE, TYPE_BOOL},    {SIM_VALUE, TYPE_BIT},     {SIM_VALUE, TYPE_UINT16},
                 {SIM_VALUE, TYPE_INT16},   {SIM_VALUE, TYPE_UINT32},  {SIM_VALUE, TYPE_INT32},
                 {SIM_VALUE, TYPE_FLOAT32}, {SIM_VALUE, TYPE_SM10000}, {SIM_CODE, TYPE_UINT32},
                 {SIM_LINE, TYPE_UINT16}};
    unsigned type = simulator_fields_choice(
        fields, json, "type", "bool bit uint16 int16 uint32 int32 float32 sm10000 code line", 3);
    reg->kind = meant[type].kind;
    reg->type = meant[type].type;
}

static double read_any_number(struct json_fields *fields, const struct json *json, const char *key,
                              double otherwise)
{
    return json_fields_number_within(fields, json, key, -1e9, 1e9, otherwise);
}

static void read_register(struct json_fields *fields, const struct json *json, void *to)
{
    struct sim_register *reg = to;
    json_fields_known(fields, json, "fc address type order bit scale offset noise value repeat");
    reg->function = (uint8_t) json_fields_whole(fields, json, "fc", 1, 4, 4);
    reg->address = simulator_fields_word(fields, json, "address", 0);
    reg->bit = (uint8_t) json_fields_whole(fields, json, "bit", 0, 15, 0);
    read_register_type(fields, json, reg);
    reg->order = simulator_fields_choice(fields, json, "order", "ABCD CDAB BADC DCBA", ORDER_ABCD);
    reg->scale = read_any_number(fields, json, "scale", 1);
    reg->offset = read_any_number(fields, json, "offset", 0);
    reg->noise = read_any_number(fields, json, "noise", 0);
    reg->repeat_us = simulator_fields_span(fields, json, "repeat", 0);
    read_register_value(fields, json, reg);
    if (fabs(reg->scale) < 1e-12) {
        json_fields_mistake(fields, json, "\"scale\" must not be 0");
    }
}

static enum sim_fault read_unit_fault(struct json_fields *fields, const struct json *json)
{
    const struct json *name = json_find(json, "fault");
    enum sim_fault fault = SIM_NO_FAULT;
    if (name == NULL || name->type != JSON_STRING || !sim_fault_find(name->string, &fault)) {
        json_fields_mistake(fields, name == NULL ? json : name, "needs a \"fault\": %s",
                            sim_fault_names().text);
    }
    return fault;
}

static void read_unit_trouble(struct json_fields *fields, const struct json *json, void *to)
{
    struct sim_trouble *trouble = to;
    json_fields_known(fields, json, "from until fault code late share");
    trouble->fault = read_unit_fault(fields, json);
    trouble->from = simulator_fields_span(fields, json, "from", 0);
    trouble->until = simulator_fields_span(fields, json, "until", INT64_MAX);
    trouble->code = (uint8_t) json_fields_whole(fields, json, "code", 1, 255, 0);
    trouble->late_us = simulator_fields_span(fields, json, "late", 0);
    trouble->share = json_fields_number_within(fields, json, "share", 0.0001, 1, 0);
}

static void read_order_target(struct json_fields *fields, const struct json *json,
                              struct sim_order *order)
{
    const struct json *target = json_find(json, "to");
    if (target == NULL) {
        json_fields_mistake(fields, json, "needs \"to\": {\"fc\", \"address\"}");
        return;
    }
    json_fields_known(fields, target, "fc address count");
    order->target_function = (uint8_t) json_fields_whole(fields, target, "fc", 1, 4, 1);
    order->target_address = simulator_fields_word(fields, target, "address", 0);
    order->target_count = simulator_fields_word(fields, target, "count", 0);
}

static void read_unit_order(struct json_fields *fields, const struct json *json, void *to)
{
    struct sim_order *order = to;
    json_fields_known(fields, json, "fc address count mask raw do value unit to");
    order->function = (uint8_t) json_fields_whole(fields, json, "fc", 5, 6, 6);
    order->address = simulator_fields_word(fields, json, "address", 0);
    order->count = simulator_fields_word(fields, json, "count", 1);
    order->mask = simulator_fields_word(fields, json, "mask", UINT16_MAX);
    order->raw = simulator_fields_word(fields, json, "raw", 0);
    order->act = simulator_fields_choice(fields, json, "do", "set toggle pulse", SIM_ACT_SET);
    order->value = simulator_fields_word(fields, json, "value", 1);
    order->unit_us = simulator_fields_span(fields, json, "unit", US_PER_SECOND);
    read_order_target(fields, json, order);
    if ((order->raw & order->mask) != order->raw) {
        json_fields_mistake(fields, json, "\"raw\" has bits that \"mask\" does not look at");
    }
}

static void give_memory(struct arena *arena, struct sim_unit *unit)
{
    bool is_written = unit->is_writable || unit->order_count > 0;
    unit->word_max = is_written ? SIM_WORDS_WRITTEN : SIM_WORDS_BY_HAND;
    unit->word = arena_take(arena, (size_t) unit->word_max, sizeof unit->word[0]);
}

static void read_line_unit(struct json_fields *fields, const struct json *json, void *to)
{
    struct sim_unit *unit = to;
    json_fields_known(fields, json, "unit latency fill writable registers faults orders");
    unit->unit = (uint8_t) json_fields_whole(fields, json, "unit", 1, 255, 1);
    unit->fill = (int32_t) json_fields_whole(fields, json, "fill", 0, 65535, -1);
    unit->latency_us = simulator_fields_span(fields, json, "latency", 0);
    unit->is_writable = json_fields_bool(fields, json, "writable", false);
    unit->registers = simulator_fields_table(fields, json, "registers", sizeof *unit->registers,
                                             read_register, &unit->register_count);
    unit->trouble = simulator_fields_table(fields, json, "faults", sizeof *unit->trouble,
                                           read_unit_trouble, &unit->trouble_count);
    unit->order = simulator_fields_table(fields, json, "orders", sizeof *unit->order,
                                         read_unit_order, &unit->order_count);
    give_memory(fields->arena, unit);
}

static bool has_only_fitting(const struct sim_unit *unit, enum framing framing)
{
    for (int32_t i = 0; i < unit->trouble_count; i++) {
        if (!sim_fault_fits(unit->trouble[i].fault, framing)) {
            return false;
        }
    }
    return true;
}

/* Each fault of the script must be one that this framing can show. */
static void check_unit_faults(struct json_fields *fields, const struct json *units,
                              const struct sim_line *devices)
{
    const struct json *each = units->child;
    for (int32_t i = 0; i < devices->unit_count; i++, each = each->next) {
        if (!has_only_fitting(&devices->unit[i], devices->framing)) {
            json_fields_mistake(fields, json_find(each, "faults"),
                                "\"echo\" and \"crc_swapped\" need the framing rtu, "
                                "\"wrong_transaction\" needs mbap");
        }
    }
}

void sim_units_read(struct json_fields *fields, const struct json *line, struct sim_line *devices)
{
    const struct json *array = json_find(line, "units");
    if (array == NULL || array->type != JSON_ARRAY || array->count < 1 ||
        array->count > SIM_UNITS_MAX) {
        json_fields_mistake(fields, array == NULL ? line : array, "needs 1 to 247 \"units\"");
        return;
    }
    devices->unit = simulator_fields_table(fields, line, "units", sizeof devices->unit[0],
                                           read_line_unit, &devices->unit_count);
    check_unit_faults(fields, array, devices);
}

void sim_units_copy(struct arena *arena, const struct sim_line *from, struct sim_line *to)
{
    to->unit_count = from->unit_count;
    to->unit = arena_take(arena, (size_t) from->unit_count, sizeof to->unit[0]);
    memcpy(to->unit, from->unit, (size_t) from->unit_count * sizeof to->unit[0]);
    for (int32_t i = 0; i < to->unit_count; i++) {
        give_memory(arena, &to->unit[i]);
    }
}
