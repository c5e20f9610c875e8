#include "gateway/cli/simulator_plan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/json.h"
#include "gateway/base/parse.h"

struct reader {
    struct arena *arena;
    struct error *error;
};

/* "line 12: /slaves/0/units/1: sentence" */
static bool complain(const struct reader *reader, const struct json *at, const char *sentence)
{
    char path[256];
    struct text text = text_over(path, sizeof path);
    json_add_path(at, &text);
    return error_set(reader->error, "line %d: %s: %s", at->line, path[0] == '\0' ? "/" : path,
                     sentence);
}

static bool only_keys(const struct reader *reader, const struct json *object,
                      const char *const *known)
{
    if (object->type != JSON_OBJECT) {
        return complain(reader, object, "must be an object");
    }
    for (const struct json *member = object->child; member != NULL; member = member->next) {
        const char *const *key = known;
        while (*key != NULL && strcmp(*key, member->key) != 0) {
            key++;
        }
        if (*key == NULL) {
            return complain(reader, member, "no such key");
        }
    }
    return true;
}

static int32_t count_of(const struct json *array)
{
    return array != NULL && array->type == JSON_ARRAY ? array->count : 0;
}

struct bounds {
    double min, max;
    bool is_whole;
};

static bool read_number(const struct reader *reader, const struct json *object, const char *key,
                        struct bounds bounds, double *value)
{
    const struct json *member = json_find(object, key);
    if (member == NULL) {
        return true; /* the default stays */
    }
    if (member->type != JSON_NUMBER || member->number < bounds.min || member->number > bounds.max ||
        (bounds.is_whole && fabs(member->number - round(member->number)) > 0)) {
        char sentence[96];
        (void) snprintf(sentence, sizeof sentence, "must be a %s between %g and %g",
                        bounds.is_whole ? "whole number" : "number", bounds.min, bounds.max);
        return complain(reader, member, sentence);
    }
    *value = member->number;
    return true;
}

static bool read_span(const struct reader *reader, const struct json *object, const char *key,
                      us_t *span)
{
    const struct json *member = json_find(object, key);
    ms_t ms = 0;
    if (member == NULL) {
        return true;
    }
    if (member->type != JSON_STRING || !parse_duration(member->string, &ms)) {
        return complain(reader, member, "must be a duration like \"20s\"");
    }
    *span = ms * US_PER_MS;
    return true;
}

/* One of the words of a table; its index in `choice`. */
static bool read_choice(const struct reader *reader, const struct json *object, const char *key,
                        const char *const *words, int *choice)
{
    const struct json *member = json_find(object, key);
    if (member == NULL) {
        return true;
    }
    for (int i = 0; words[i] != NULL && member->type == JSON_STRING; i++) {
        if (strcmp(words[i], member->string) == 0) {
            *choice = i;
            return true;
        }
    }
    char sentence[128];
    struct text text = text_over(sentence, sizeof sentence);
    text_add(&text, "must be one of");
    for (int i = 0; words[i] != NULL; i++) {
        text_add(&text, " %s", words[i]);
    }
    return complain(reader, member, sentence);
}

static bool read_moment(const struct reader *reader, const struct json *json,
                        struct slave_moment *moment)
{
    static const char *const known[] = {"at", "value", NULL};
    if (!only_keys(reader, json, known)) {
        return false;
    }
    if (json_find(json, "at") == NULL || json_find(json, "value") == NULL) {
        return complain(reader, json, "needs \"at\" and \"value\"");
    }
    const struct bounds any = {.min = -1e12, .max = 1e12};
    return read_span(reader, json, "at", &moment->at) &&
           read_number(reader, json, "value", any, &moment->value);
}

static bool read_moments(const struct reader *reader, const struct json *value,
                         struct slave_register *reg)
{
    struct slave_moment *moment = arena_take(reader->arena, (size_t) value->count, sizeof *moment);
    int32_t count = 0;
    for (const struct json *each = value->child; each != NULL; each = each->next) {
        if (!read_moment(reader, each, &moment[count])) {
            return false;
        }
        if (count > 0 && moment[count].at <= moment[count - 1].at) {
            return complain(reader, each, "must come later than the moment before");
        }
        count++;
    }
    reg->moment = moment;
    reg->moment_count = count;
    return true;
}

static bool read_value(const struct reader *reader, const struct json *json,
                       struct slave_register *reg)
{
    const struct json *value = json_find(json, "value");
    if (value != NULL && value->type == JSON_ARRAY && value->count > 0) {
        return read_moments(reader, value, reg);
    }
    if (value == NULL || value->type != JSON_NUMBER) {
        return complain(reader, value == NULL ? json : value,
                        "needs a \"value\": a number, or moments [{\"at\", \"value\"}, ...]");
    }
    struct slave_moment *moment = arena_take(reader->arena, 1, sizeof *moment);
    moment->value = value->number;
    reg->moment = moment;
    reg->moment_count = 1;
    return true;
}

static bool read_register(const struct reader *reader, const struct json *json,
                          struct slave_register *reg)
{
    static const char *const known[] = {"fc",     "address", "type",  "order",  "bit", "scale",
                                        "offset", "noise",   "value", "repeat", NULL};
    static const char *const types[] = {"bool",  "bit",     "uint16",  "int16", "uint32",
                                        "int32", "float32", "sm10000", NULL};
    static const char *const orders[] = {"ABCD", "CDAB", "BADC", "DCBA", NULL};
    const struct bounds any = {.min = -1e9, .max = 1e9};
    if (!only_keys(reader, json, known)) {
        return false;
    }
    double function = 4;
    double address = 0;
    double bit = 0;
    int type = TYPE_INT16;
    int order = ORDER_ABCD;
    reg->scale = 1;
    if (!read_number(reader, json, "fc", (struct bounds){1, 4, true}, &function) ||
        !read_number(reader, json, "address", (struct bounds){0, 65535, true}, &address) ||
        !read_number(reader, json, "bit", (struct bounds){0, 15, true}, &bit) ||
        !read_choice(reader, json, "type", types, &type) ||
        !read_choice(reader, json, "order", orders, &order) ||
        !read_number(reader, json, "scale", any, &reg->scale) ||
        !read_number(reader, json, "offset", any, &reg->offset) ||
        !read_number(reader, json, "noise", any, &reg->noise) ||
        !read_span(reader, json, "repeat", &reg->repeat_us) || !read_value(reader, json, reg)) {
        return false;
    }
    if (fabs(reg->scale) < 1e-12) {
        return complain(reader, json, "\"scale\" must not be 0");
    }
    reg->function = (uint8_t) function;
    reg->address = (uint16_t) address;
    reg->bit = (uint8_t) bit;
    reg->type = (enum value_type) type;
    reg->order = (enum byte_order) order;
    return true;
}

static bool read_trouble(const struct reader *reader, const struct json *json,
                         struct slave_trouble *trouble)
{
    static const char *const known[] = {"from", "until", "fault", NULL};
    if (!only_keys(reader, json, known)) {
        return false;
    }
    const struct json *fault = json_find(json, "fault");
    if (fault == NULL || fault->type != JSON_STRING ||
        !slave_fault_find(fault->string, &trouble->fault)) {
        return complain(reader, fault == NULL ? json : fault,
                        "needs a \"fault\": silent late garbage crc wrong_unit exception split "
                        "glued short");
    }
    trouble->until = INT64_MAX;
    return read_span(reader, json, "from", &trouble->from) &&
           read_span(reader, json, "until", &trouble->until);
}

static bool read_registers(const struct reader *reader, const struct json *array,
                           struct slave_unit *unit)
{
    struct slave_register *registers =
        arena_take(reader->arena, (size_t) count_of(array), sizeof *registers);
    unit->registers = registers;
    const struct json *each = count_of(array) > 0 ? array->child : NULL;
    for (; each != NULL; each = each->next) {
        if (!read_register(reader, each, &registers[unit->register_count])) {
            return false;
        }
        unit->register_count++;
    }
    return true;
}

static bool read_troubles(const struct reader *reader, const struct json *array,
                          struct slave_unit *unit)
{
    struct slave_trouble *trouble =
        arena_take(reader->arena, (size_t) count_of(array), sizeof *trouble);
    unit->trouble = trouble;
    const struct json *each = count_of(array) > 0 ? array->child : NULL;
    for (; each != NULL; each = each->next) {
        if (!read_trouble(reader, each, &trouble[unit->trouble_count])) {
            return false;
        }
        unit->trouble_count++;
    }
    return true;
}

static bool read_unit(const struct reader *reader, const struct json *json, struct slave_unit *unit)
{
    static const char *const known[] = {"unit", "latency", "fill", "registers", "faults", NULL};
    if (!only_keys(reader, json, known)) {
        return false;
    }
    double id = 1;
    double fill = -1;
    if (!read_number(reader, json, "unit", (struct bounds){1, 255, true}, &id) ||
        !read_number(reader, json, "fill", (struct bounds){0, 65535, true}, &fill) ||
        !read_span(reader, json, "latency", &unit->latency_us) ||
        !read_registers(reader, json_find(json, "registers"), unit) ||
        !read_troubles(reader, json_find(json, "faults"), unit)) {
        return false;
    }
    unit->unit = (uint8_t) id;
    unit->fill = (int32_t) fill;
    return true;
}

static bool read_units(const struct reader *reader, const struct json *line, struct slave *slave)
{
    const struct json *array = json_find(line, "units");
    if (count_of(array) < 1 || array->count > SIMULATOR_UNITS_MAX) {
        return complain(reader, array == NULL ? line : array, "needs 1 to 247 \"units\"");
    }
    slave->unit = arena_take(reader->arena, (size_t) array->count, sizeof slave->unit[0]);
    for (const struct json *each = array->child; each != NULL; each = each->next) {
        if (!read_unit(reader, each, &slave->unit[slave->unit_count])) {
            return false;
        }
        slave->unit_count++;
    }
    return true;
}

static bool read_line(const struct reader *reader, const struct json *json, int32_t index,
                      struct simulator_line *line)
{
    static const char *const known[] = {"id", "listen", "pty", "framing", "baud", "units", NULL};
    static const char *const framings[] = {"rtu", "mbap", NULL};
    if (!only_keys(reader, json, known)) {
        return false;
    }
    char number[16];
    (void) snprintf(number, sizeof number, "%d", index);
    line->id = arena_copy(reader->arena, json_string(json, "id", number));
    line->listen = json_string(json, "listen", NULL);
    line->pty = json_string(json, "pty", NULL);
    if ((line->listen == NULL) == (line->pty == NULL)) {
        return complain(reader, json,
                        "needs either \"listen\": \"host:port\" or \"pty\": \"path\"");
    }
    int framing = line->pty != NULL ? FRAMING_RTU : FRAMING_MBAP;
    double baud = 0;
    if (!read_choice(reader, json, "framing", framings, &framing) ||
        !read_number(reader, json, "baud", (struct bounds){300, 1000000, true}, &baud)) {
        return false;
    }
    line->slave.framing = (enum framing) framing;
    line->slave.baud = (int32_t) baud;
    line->slave.random = (uint64_t) index + 1;
    return read_units(reader, json, &line->slave);
}

static bool read_root(const struct reader *reader, const struct json *root,
                      struct simulator_plan *plan)
{
    static const char *const known[] = {"control", "slaves", NULL};
    if (!only_keys(reader, root, known)) {
        return false;
    }
    const struct json *array = json_find(root, "slaves");
    if (count_of(array) < 1 || array->count > SIMULATOR_LINES_MAX) {
        return complain(reader, array == NULL ? root : array, "needs 1 to 256 \"slaves\"");
    }
    plan->control = json_string(root, "control", NULL);
    plan->line = arena_take(reader->arena, (size_t) array->count, sizeof plan->line[0]);
    for (const struct json *each = array->child; each != NULL; each = each->next) {
        if (!read_line(reader, each, plan->line_count, &plan->line[plan->line_count])) {
            return false;
        }
        plan->line_count++;
    }
    return true;
}

bool simulator_plan_read(struct arena *arena, const char *text, struct simulator_plan *ret_plan,
                         struct error *error)
{
    const struct json *root = NULL;
    struct error why;
    int32_t line = 0;
    if (!json_parse(arena, text, strlen(text), true, &root, &line, &why)) {
        return error_set(error, "line %d: %s", line, why.text);
    }
    const struct reader reader = {.arena = arena, .error = error};
    struct simulator_plan plan = {0};
    if (!read_root(&reader, root, &plan)) {
        return false;
    }
    *ret_plan = plan;
    return true;
}
