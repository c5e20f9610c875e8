#include "sensors/simulator/simulator_units.h"

#include <math.h>
#include <string.h>

static const struct reader_bounds any_number = {.min = -1e9, .max = 1e9};

static bool read_moment(const struct reader *reader, const struct json *json, void *to)
{
    static const char *const known[] = {"at", "value", NULL};
    const struct reader_bounds any = {.min = -1e12, .max = 1e12};
    struct sim_moment *moment = to;
    if (!reader_only_keys(reader, json, known)) {
        return false;
    }
    if (json_find(json, "at") == NULL || json_find(json, "value") == NULL) {
        return reader_complain(reader, json, "needs \"at\" and \"value\"");
    }
    return reader_span(reader, json, "at", &moment->at) &&
           reader_number(reader, json, "value", any, &moment->value);
}

static bool read_moments(const struct reader *reader, const struct json *value,
                         struct sim_register *reg)
{
    void *table = NULL;
    if (!reader_table(reader, value, sizeof *reg->moment, read_moment, &table,
                      &reg->moment_count)) {
        return false;
    }
    const struct sim_moment *moment = table;
    const struct json *each = value->child;
    for (int32_t i = 1; i < reg->moment_count; i++) {
        each = each->next;
        if (moment[i].at <= moment[i - 1].at) {
            return reader_complain(reader, each, "must come later than the moment before");
        }
    }
    reg->moment = moment;
    return true;
}

static bool read_value(const struct reader *reader, const struct json *json,
                       struct sim_register *reg)
{
    const struct json *value = json_find(json, "value");
    if (reg->kind != SIM_VALUE) {
        return value == NULL ||
               reader_complain(reader, value,
                               "a code and a line number have no value of their own");
    }
    if (value != NULL && value->type == JSON_ARRAY && value->count > 0) {
        return read_moments(reader, value, reg);
    }
    if (value == NULL || value->type != JSON_NUMBER) {
        return reader_complain(
            reader, value == NULL ? json : value,
            "needs a \"value\": a number, or moments [{\"at\", \"value\"}, ...]");
    }
    struct sim_moment *moment = arena_take(reader->arena, 1, sizeof *moment);
    moment->value = value->number;
    reg->moment = moment;
    reg->moment_count = 1;
    return true;
}

/* A code and a line number are registers of a kind, not types of a value. */
static bool read_type(const struct reader *reader, const struct json *json,
                      struct sim_register *reg)
{
    static const char *const types[] = {"bool",    "bit",     "uint16", "int16", "uint32", "int32",
                                        "float32", "sm10000", "code",   "line",  NULL};
    static const struct {
        enum sim_register_kind kind;
        enum value_type type;
    } meant[] = {{SIM_VALUE, TYPE_BOOL},    {SIM_VALUE, TYPE_BIT},     {SIM_VALUE, TYPE_UINT16},
                 {SIM_VALUE, TYPE_INT16},   {SIM_VALUE, TYPE_UINT32},  {SIM_VALUE, TYPE_INT32},
                 {SIM_VALUE, TYPE_FLOAT32}, {SIM_VALUE, TYPE_SM10000}, {SIM_CODE, TYPE_UINT32},
                 {SIM_LINE, TYPE_UINT16}};
    int type = 3;
    if (!reader_choice(reader, json, "type", types, &type)) {
        return false;
    }
    reg->kind = meant[type].kind;
    reg->type = meant[type].type;
    return true;
}

static bool read_register(const struct reader *reader, const struct json *json, void *to)
{
    static const char *const known[] = {"fc",     "address", "type",  "order",  "bit", "scale",
                                        "offset", "noise",   "value", "repeat", NULL};
    static const char *const orders[] = {"ABCD", "CDAB", "BADC", "DCBA", NULL};
    struct sim_register *reg = to;
    if (!reader_only_keys(reader, json, known)) {
        return false;
    }
    double function = 4;
    double bit = 0;
    int order = ORDER_ABCD;
    reg->scale = 1;
    if (!reader_number(reader, json, "fc", (struct reader_bounds){1, 4, true}, &function) ||
        !reader_word(reader, json, "address", &reg->address) ||
        !reader_number(reader, json, "bit", (struct reader_bounds){0, 15, true}, &bit) ||
        !read_type(reader, json, reg) || !reader_choice(reader, json, "order", orders, &order) ||
        !reader_number(reader, json, "scale", any_number, &reg->scale) ||
        !reader_number(reader, json, "offset", any_number, &reg->offset) ||
        !reader_number(reader, json, "noise", any_number, &reg->noise) ||
        !reader_span(reader, json, "repeat", &reg->repeat_us) || !read_value(reader, json, reg)) {
        return false;
    }
    if (fabs(reg->scale) < 1e-12) {
        return reader_complain(reader, json, "\"scale\" must not be 0");
    }
    reg->function = (uint8_t) function;
    reg->bit = (uint8_t) bit;
    reg->order = (enum byte_order) order;
    return true;
}

static bool complain_fault(const struct reader *reader, const struct json *at)
{
    char sentence[384];
    struct text text = text_over(sentence, sizeof sentence);
    text_add(&text, "needs a \"fault\": ");
    sim_fault_add_names(&text);
    return reader_complain(reader, at, sentence);
}

static bool read_trouble(const struct reader *reader, const struct json *json, void *to)
{
    static const char *const known[] = {"from", "until", "fault", "code", "late", "share", NULL};
    struct sim_trouble *trouble = to;
    if (!reader_only_keys(reader, json, known)) {
        return false;
    }
    const struct json *fault = json_find(json, "fault");
    if (fault == NULL || fault->type != JSON_STRING ||
        !sim_fault_find(fault->string, &trouble->fault)) {
        return complain_fault(reader, fault == NULL ? json : fault);
    }
    double code = 0;
    trouble->until = INT64_MAX;
    if (!reader_span(reader, json, "from", &trouble->from) ||
        !reader_span(reader, json, "until", &trouble->until) ||
        !reader_number(reader, json, "code", (struct reader_bounds){1, 255, true}, &code) ||
        !reader_span(reader, json, "late", &trouble->late_us) ||
        !reader_number(reader, json, "share", (struct reader_bounds){0.0001, 1, false},
                       &trouble->share)) {
        return false;
    }
    trouble->code = (uint8_t) code;
    return true;
}

static bool read_target(const struct reader *reader, const struct json *json,
                        struct sim_order *order)
{
    static const char *const known[] = {"fc", "address", "count", NULL};
    const struct json *target = json_find(json, "to");
    if (target == NULL) {
        return reader_complain(reader, json, "needs \"to\": {\"fc\", \"address\"}");
    }
    double function = 1;
    if (!reader_only_keys(reader, target, known) ||
        !reader_number(reader, target, "fc", (struct reader_bounds){1, 4, true}, &function) ||
        !reader_word(reader, target, "address", &order->target_address) ||
        !reader_word(reader, target, "count", &order->target_count)) {
        return false;
    }
    order->target_function = (uint8_t) function;
    return true;
}

static bool read_order(const struct reader *reader, const struct json *json, void *to)
{
    static const char *const known[] = {"fc", "address", "count", "mask", "raw",
                                        "do", "value",   "unit",  "to",   NULL};
    static const char *const acts[] = {"set", "toggle", "pulse", NULL};
    struct sim_order *order = to;
    double function = 6;
    int act = SIM_ACT_SET;
    order->count = 1;
    order->mask = UINT16_MAX;
    order->value = 1;
    order->unit_us = US_PER_SECOND;
    if (!reader_only_keys(reader, json, known) ||
        !reader_number(reader, json, "fc", (struct reader_bounds){5, 6, true}, &function) ||
        !reader_word(reader, json, "address", &order->address) ||
        !reader_word(reader, json, "count", &order->count) ||
        !reader_word(reader, json, "mask", &order->mask) ||
        !reader_word(reader, json, "raw", &order->raw) ||
        !reader_choice(reader, json, "do", acts, &act) ||
        !reader_word(reader, json, "value", &order->value) ||
        !reader_span(reader, json, "unit", &order->unit_us) || !read_target(reader, json, order)) {
        return false;
    }
    if ((order->raw & order->mask) != order->raw) {
        return reader_complain(reader, json, "\"raw\" has bits that \"mask\" does not look at");
    }
    order->function = (uint8_t) function;
    order->act = (enum sim_act) act;
    return true;
}

static bool read_tables(const struct reader *reader, const struct json *json, struct sim_unit *unit)
{
    void *registers = NULL;
    void *troubles = NULL;
    void *orders = NULL;
    if (!reader_table(reader, json_find(json, "registers"), sizeof *unit->registers, read_register,
                      &registers, &unit->register_count) ||
        !reader_table(reader, json_find(json, "faults"), sizeof *unit->trouble, read_trouble,
                      &troubles, &unit->trouble_count) ||
        !reader_table(reader, json_find(json, "orders"), sizeof *unit->order, read_order, &orders,
                      &unit->order_count)) {
        return false;
    }
    unit->registers = registers;
    unit->trouble = troubles;
    unit->order = orders;
    return true;
}

static void give_memory(struct arena *arena, struct sim_unit *unit)
{
    bool is_written = unit->is_writable || unit->order_count > 0;
    unit->word_max = is_written ? SIMULATOR_WORDS_WRITTEN : SIMULATOR_WORDS_BY_HAND;
    unit->word = arena_take(arena, (size_t) unit->word_max, sizeof unit->word[0]);
}

static bool read_unit(const struct reader *reader, const struct json *json, void *to)
{
    static const char *const known[] = {"unit",      "latency", "fill",   "writable",
                                        "registers", "faults",  "orders", NULL};
    struct sim_unit *unit = to;
    double id = 1;
    double fill = -1;
    if (!reader_only_keys(reader, json, known) ||
        !reader_number(reader, json, "unit", (struct reader_bounds){1, 255, true}, &id) ||
        !reader_number(reader, json, "fill", (struct reader_bounds){0, 65535, true}, &fill) ||
        !reader_span(reader, json, "latency", &unit->latency_us) ||
        !reader_flag(reader, json, "writable", &unit->is_writable) ||
        !read_tables(reader, json, unit)) {
        return false;
    }
    unit->unit = (uint8_t) id;
    unit->fill = (int32_t) fill;
    give_memory(reader->arena, unit);
    return true;
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
static bool check_faults(const struct reader *reader, const struct json *units,
                         const struct sim_line *slave)
{
    const struct json *each = units->child;
    for (int32_t i = 0; i < slave->unit_count; i++, each = each->next) {
        if (!has_only_fitting(&slave->unit[i], slave->framing)) {
            return reader_complain(reader, json_find(each, "faults"),
                                   "\"echo\" and \"crc_swapped\" need the framing rtu, "
                                   "\"wrong_transaction\" needs mbap");
        }
    }
    return true;
}

bool simulator_units_read(const struct reader *reader, const struct json *line,
                          struct sim_line *slave)
{
    const struct json *array = json_find(line, "units");
    void *table = NULL;
    if (array == NULL || array->type != JSON_ARRAY || array->count < 1 ||
        array->count > SIMULATOR_UNITS_MAX) {
        return reader_complain(reader, array == NULL ? line : array, "needs 1 to 247 \"units\"");
    }
    if (!reader_table(reader, array, sizeof slave->unit[0], read_unit, &table,
                      &slave->unit_count)) {
        return false;
    }
    slave->unit = table;
    return check_faults(reader, array, slave);
}

void simulator_units_copy(struct arena *arena, const struct sim_line *from, struct sim_line *to)
{
    to->unit_count = from->unit_count;
    to->unit = arena_take(arena, (size_t) from->unit_count, sizeof to->unit[0]);
    memcpy(to->unit, from->unit, (size_t) from->unit_count * sizeof to->unit[0]);
    for (int32_t i = 0; i < to->unit_count; i++) {
        give_memory(arena, &to->unit[i]);
    }
}
