#include "sensors/simulator/simulator_plan.h"

#include <stdio.h>
#include <string.h>

#include "sensors/simulator/simulator_units.h"

static const us_t reconnect_us = 5 * US_PER_SECOND;

static void read_line_trouble(struct json_fields *fields, const struct json *json, void *to)
{
    struct sim_line_trouble *trouble = to;
    json_fields_known(fields, json, "from until fault");
    json_fields_require(fields, json, "fault", JSON_STRING);
    int32_t fault = json_fields_word(fields, json, "fault", "away one_client");
    trouble->fault = fault == 0 ? SIM_LINE_AWAY : SIM_LINE_ONE_CLIENT;
    trouble->from = simulator_fields_span(fields, json, "from", 0);
    trouble->until = simulator_fields_span(fields, json, "until", INT64_MAX);
}

static void read_line_event(struct json_fields *fields, const struct json *json, void *to)
{
    struct sim_line_event *event = to;
    json_fields_known(fields, json, "at every do");
    json_fields_require(fields, json, "do", JSON_STRING);
    int32_t act = json_fields_word(fields, json, "do", "hang_up redial");
    event->act = act == 0 ? SIM_LINE_HANG_UP : SIM_LINE_REDIAL;
    event->at = simulator_fields_span(fields, json, "at", 0);
    event->every = simulator_fields_span(fields, json, "every", 0);
}

/* The registration before each packet is part of what the devices send; the one at the beginning is
 * not. */
static void read_line_dtu(struct json_fields *fields, const struct json *json,
                          struct sim_plan_line *line)
{
    struct sim_dtu *dtu = &line->dtu;
    simulator_fields_bytes(fields, json, "registration", &dtu->registration);
    simulator_fields_bytes(fields, json, "heartbeat", &line->devices.heartbeat);
    dtu->mode = simulator_fields_choice(fields, json, "mode", "once every both", SIM_DTU_ONCE);
    dtu->heartbeat_every = simulator_fields_span(fields, json, "heartbeat_every", 0);
    dtu->reconnect = simulator_fields_span(fields, json, "reconnect", reconnect_us);
    if (dtu->heartbeat_every > 0 && line->devices.heartbeat.length == 0) {
        json_fields_mistake(fields, json, "\"heartbeat_every\" needs a \"heartbeat\"");
    }
}

/* Exactly one of three ways to reach the line. */
static void read_line_way(struct json_fields *fields, const struct json *json,
                          struct sim_plan_line *line)
{
    static const char *const dtu_keys[] = {
        "registration", "mode", "heartbeat_every", "reconnect", "count", "first", NULL};
    line->listen = json_string(json, "listen", NULL);
    line->pty = json_string(json, "pty", NULL);
    line->dial = json_string(json, "dial", NULL);
    if ((line->listen != NULL) + (line->pty != NULL) + (line->dial != NULL) != 1) {
        json_fields_mistake(fields, json,
                            "needs either \"listen\": \"host:port\", \"dial\": \"host:port\" or "
                            "\"pty\": \"path\"");
    }
    for (const char *const *key = dtu_keys; *key != NULL && line->dial == NULL; key++) {
        const struct json *member = json_find(json, *key);
        if (member != NULL) {
            json_fields_mistake(fields, member, "belongs to a line that dials");
        }
    }
}

static void read_plan_line(struct json_fields *fields, const struct json *json,
                           struct sim_plan_line *line)
{
    json_fields_known(fields, json,
                      "id listen pty dial framing baud faults events registration mode heartbeat "
                      "heartbeat_every count first reconnect units");
    read_line_way(fields, json, line);
    enum framing framing = line->listen == NULL ? FRAMING_RTU : FRAMING_MBAP;
    line->devices.framing = simulator_fields_choice(fields, json, "framing", "rtu mbap", framing);
    line->devices.baud = (int32_t) json_fields_whole(fields, json, "baud", 300, 1000000, 0);
    read_line_dtu(fields, json, line);
    line->trouble = simulator_fields_table(fields, json, "faults", sizeof *line->trouble,
                                           read_line_trouble, &line->trouble_count);
    line->event = simulator_fields_table(fields, json, "events", sizeof *line->event,
                                         read_line_event, &line->event_count);
    sim_units_read(fields, json, &line->devices);
}

/* Puts the number in the place of each "{n}". */
static void put_number(struct text *text, const char *pattern, int32_t number)
{
    const char *hole = strstr(pattern, "{n}");
    while (hole != NULL) {
        text_add_bytes(text, pattern, (size_t) (hole - pattern));
        text_add(text, "%d", number);
        pattern = hole + 3;
        hole = strstr(pattern, "{n}");
    }
    text_add(text, "%s", pattern);
}

static void number_registration(struct sim_bytes *bytes, int32_t number)
{
    char pattern[SIM_TEXT_MAX + 1] = "";
    char numbered[SIM_TEXT_MAX + 1];
    memcpy(pattern, bytes->bytes, bytes->length);
    if (strlen(pattern) != bytes->length || strstr(pattern, "{n}") == NULL) {
        return; /* bytes, or the same for all */
    }
    struct text text = text_over(numbered, sizeof numbered);
    put_number(&text, pattern, number);
    memcpy(bytes->bytes, numbered, text.length);
    bytes->length = text.length;
}

/* The members that differ among the lines of one element. `index` is the line's place in the
 * plan. */
static void finish_line(struct arena *arena, const struct json *json, int32_t index, int32_t number,
                        struct sim_plan_line *line)
{
    char id[128];
    char place[16];
    (void) snprintf(place, sizeof place, "%d", index);
    struct text text = text_over(id, sizeof id);
    put_number(&text, json_string(json, "id", place), number);
    line->id = arena_copy(arena, id);
    line->devices.number = (uint16_t) index;
    line->devices.random = (uint64_t) index + 1;
    number_registration(&line->dtu.registration, number);
    if (line->dtu.mode != SIM_DTU_ONCE) {
        line->devices.prefix = line->dtu.registration;
    }
}

/* The number of lines that an element of the array stands for. */
static int32_t read_count(struct json_fields *fields, const struct json *json)
{
    return (int32_t) json_fields_whole(fields, json, "count", 1, SIM_LINES_MAX, 1);
}

static void read_lines(struct json_fields *fields, const struct json *json, struct sim_plan *plan)
{
    struct sim_plan_line first = {0};
    read_plan_line(fields, json, &first);
    int64_t number = json_fields_whole(fields, json, "first", 0, 100000000, 1);
    int32_t count = read_count(fields, json);
    for (int32_t i = 0; i < count; i++) {
        struct sim_plan_line *line = &plan->line[plan->line_count];
        *line = first;
        if (i > 0) {
            sim_units_copy(fields->arena, &first.devices, &line->devices);
        }
        finish_line(fields->arena, json, plan->line_count, (int32_t) number + i, line);
        plan->line_count++;
    }
}

static int32_t count_lines(struct json_fields *fields, const struct json *array)
{
    int32_t sum = 0;
    const struct json *each = array->child;
    for (; each != NULL && sum <= SIM_LINES_MAX; each = each->next) {
        sum += read_count(fields, each);
    }
    if (sum < 1 || sum > SIM_LINES_MAX) {
        json_fields_mistake(fields, array, "needs 1 to %d \"slaves\"", SIM_LINES_MAX);
    }
    return sum;
}

static void read_root(struct json_fields *fields, const struct json *root, struct sim_plan *plan)
{
    json_fields_known(fields, root, "control slaves");
    const struct json *array = json_fields_need(fields, root, "slaves", JSON_ARRAY);
    int32_t count = array == NULL ? 0 : count_lines(fields, array);
    if (array == NULL || fields->mistake_count > 0) {
        return; /* the table below holds no more than was counted */
    }
    plan->control = json_string(root, "control", NULL);
    plan->line = arena_take(fields->arena, (size_t) count, sizeof plan->line[0]);
    for (const struct json *each = array->child; each != NULL; each = each->next) {
        read_lines(fields, each, plan);
    }
}

/* Only the first mistake is reported. */
static void keep_first_mistake(void *context, const struct json *at, const char *sentence)
{
    struct error *error = context;
    if (error->text[0] == '\0') {
        char path[256];
        struct text text = text_over(path, sizeof path);
        json_add_path(at, &text);
        (void) error_set(error, "line %d: %s: %s", at->line, path[0] == '\0' ? "/" : path,
                         sentence);
    }
}

bool sim_plan_read(struct arena *arena, const char *text, struct sim_plan *ret_plan,
                   struct error *error)
{
    const struct json *root = NULL;
    struct error why = {0};
    int32_t line = 0;
    if (!json_parse(arena, text, strlen(text), true, &root, &line, &why)) {
        return error_set(error, "line %d: %s", line, why.text);
    }
    struct json_fields fields = {.arena = arena, .add = keep_first_mistake, .context = &why};
    struct sim_plan plan = {0};
    read_root(&fields, root, &plan);
    if (fields.mistake_count > 0) {
        return error_set(error, "%s", why.text);
    }
    *ret_plan = plan;
    return true;
}

enum sim_line_fault sim_plan_fault_at(const struct sim_plan_line *line, us_t now, us_t *ret_next)
{
    enum sim_line_fault fault = SIM_LINE_OK;
    *ret_next = INT64_MAX;
    for (int32_t i = line->trouble_count - 1; i >= 0; i--) { /* the first one that holds wins */
        const struct sim_line_trouble *trouble = &line->trouble[i];
        if (trouble->from > now) {
            *ret_next = min_ms(*ret_next, trouble->from);
        } else if (now < trouble->until) {
            *ret_next = min_ms(*ret_next, trouble->until);
            fault = trouble->fault;
        }
    }
    return line->is_forced ? line->forced : fault;
}

us_t sim_plan_event_after(const struct sim_line_event *event, us_t now)
{
    if (now < event->at) {
        return event->at;
    }
    return event->every == 0 ? INT64_MAX
                             : event->at + ((now - event->at) / event->every + 1) * event->every;
}
