#include "sensors/simulator/simulator_plan.h"

#include <stdio.h>
#include <string.h>

#include "sensors/simulator/simulator_units.h"

static const us_t reconnect_us = 5 * US_PER_SECOND;

static bool read_trouble(const struct reader *reader, const struct json *json, void *to)
{
    static const char *const known[] = {"from", "until", "fault", NULL};
    static const char *const faults[] = {"away", "one_client", NULL};
    struct line_trouble *trouble = to;
    if (!reader_only_keys(reader, json, known)) {
        return false;
    }
    int fault = -1;
    trouble->until = INT64_MAX;
    if (!reader_choice(reader, json, "fault", faults, &fault) ||
        !reader_span(reader, json, "from", &trouble->from) ||
        !reader_span(reader, json, "until", &trouble->until)) {
        return false;
    }
    if (fault < 0) {
        return reader_complain(reader, json, "needs a \"fault\": away one_client");
    }
    trouble->fault = fault == 0 ? LINE_AWAY : LINE_ONE_CLIENT;
    return true;
}

static bool read_event(const struct reader *reader, const struct json *json, void *to)
{
    static const char *const known[] = {"at", "every", "do", NULL};
    static const char *const acts[] = {"hang_up", "redial", NULL};
    struct line_event *event = to;
    int act = -1;
    if (!reader_only_keys(reader, json, known) || !reader_choice(reader, json, "do", acts, &act) ||
        !reader_span(reader, json, "at", &event->at) ||
        !reader_span(reader, json, "every", &event->every)) {
        return false;
    }
    if (act < 0) {
        return reader_complain(reader, json, "needs \"do\": hang_up redial");
    }
    event->act = act == 0 ? LINE_HANG_UP : LINE_REDIAL;
    return true;
}

static bool read_tables(const struct reader *reader, const struct json *json,
                        struct simulator_line *line)
{
    void *troubles = NULL;
    void *events = NULL;
    if (!reader_table(reader, json_find(json, "faults"), sizeof *line->trouble, read_trouble,
                      &troubles, &line->trouble_count) ||
        !reader_table(reader, json_find(json, "events"), sizeof *line->event, read_event, &events,
                      &line->event_count)) {
        return false;
    }
    line->trouble = troubles;
    line->event = events;
    return true;
}

/* The prefix of each packet is part of what the devices send; the registration at the beginning is not. */
static bool read_dtu(const struct reader *reader, const struct json *json,
                     struct simulator_line *line)
{
    static const char *const modes[] = {"once", "every", "both", NULL};
    struct line_dtu *dtu = &line->dtu;
    struct sim_bytes *heartbeat = &line->slave.heartbeat;
    int mode = LINE_ONCE;
    dtu->reconnect = reconnect_us;
    if (!reader_bytes(reader, json, "registration", sizeof dtu->registration.bytes,
                      dtu->registration.bytes, &dtu->registration.length) ||
        !reader_choice(reader, json, "mode", modes, &mode) ||
        !reader_bytes(reader, json, "heartbeat", sizeof heartbeat->bytes, heartbeat->bytes,
                      &heartbeat->length) ||
        !reader_span(reader, json, "heartbeat_every", &dtu->heartbeat_every) ||
        !reader_span(reader, json, "reconnect", &dtu->reconnect)) {
        return false;
    }
    dtu->mode = (enum line_mode) mode;
    if (dtu->heartbeat_every > 0 && heartbeat->length == 0) {
        return reader_complain(reader, json, "\"heartbeat_every\" needs a \"heartbeat\"");
    }
    return true;
}

/* How the line is reached: exactly one of three. */
static bool read_way(const struct reader *reader, const struct json *json,
                     struct simulator_line *line)
{
    static const char *const dtu_keys[] = {
        "registration", "mode", "heartbeat_every", "reconnect", "count", "first", NULL};
    line->listen = json_string(json, "listen", NULL);
    line->pty = json_string(json, "pty", NULL);
    line->takeover = json_string(json, "dial", NULL);
    if ((line->listen != NULL) + (line->pty != NULL) + (line->takeover != NULL) != 1) {
        return reader_complain(reader, json,
                               "needs either \"listen\": \"host:port\", \"dial\": \"host:port\" or "
                               "\"pty\": \"path\"");
    }
    for (const char *const *key = dtu_keys; *key != NULL && line->takeover == NULL; key++) {
        const struct json *member = json_find(json, *key);
        if (member != NULL) {
            return reader_complain(reader, member, "belongs to a line that dials");
        }
    }
    return true;
}

static bool read_line(const struct reader *reader, const struct json *json,
                      struct simulator_line *line)
{
    static const char *const known[] = {
        "id",     "listen", "pty",          "dial",  "framing",   "baud",
        "faults", "events", "registration", "mode",  "heartbeat", "heartbeat_every",
        "count",  "first",  "reconnect",    "units", NULL};
    static const char *const framings[] = {"rtu", "mbap", NULL};
    if (!reader_only_keys(reader, json, known) || !read_way(reader, json, line)) {
        return false;
    }
    int framing = line->listen == NULL ? FRAMING_RTU : FRAMING_MBAP;
    double baud = 0;
    if (!reader_choice(reader, json, "framing", framings, &framing) ||
        !reader_number(reader, json, "baud", (struct reader_bounds){300, 1000000, true}, &baud) ||
        !read_dtu(reader, json, line) || !read_tables(reader, json, line)) {
        return false;
    }
    line->slave.framing = (enum framing) framing;
    line->slave.baud = (int32_t) baud;
    return simulator_units_read(reader, json, &line->slave);
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

/* What is a line's own: its name, its number, its say. `index` is its place in the plan. */
static void finish_line(struct arena *arena, const struct json *json, int32_t index, int32_t number,
                        struct simulator_line *line)
{
    char id[128];
    char place[16];
    (void) snprintf(place, sizeof place, "%d", index);
    struct text text = text_over(id, sizeof id);
    put_number(&text, json_string(json, "id", place), number);
    line->id = arena_copy(arena, id);
    line->slave.line = (uint16_t) index;
    line->slave.random = (uint64_t) index + 1;
    number_registration(&line->dtu.registration, number);
    if (line->dtu.mode != LINE_ONCE) {
        line->slave.prefix = line->dtu.registration;
    }
}

static bool read_lines(const struct reader *reader, const struct json *json,
                       struct simulator_plan *plan, int32_t count)
{
    struct simulator_line first = {0};
    double number = 1;
    if (!read_line(reader, json, &first) ||
        !reader_number(reader, json, "first", (struct reader_bounds){0, 1e8, true}, &number)) {
        return false;
    }
    for (int32_t i = 0; i < count; i++) {
        struct simulator_line *line = &plan->line[plan->line_count];
        *line = first;
        if (i > 0) {
            simulator_units_copy(reader->arena, &first.slave, &line->slave);
        }
        finish_line(reader->arena, json, plan->line_count, (int32_t) number + i, line);
        plan->line_count++;
    }
    return true;
}

/* How many lines an element of the array stands for. */
static bool read_count(const struct reader *reader, const struct json *json, int32_t *ret_count)
{
    double count = 1;
    const struct reader_bounds bounds = {1, SIMULATOR_LINES_MAX, true};
    if (json->type == JSON_OBJECT && !reader_number(reader, json, "count", bounds, &count)) {
        return false;
    }
    *ret_count = (int32_t) count;
    return true;
}

static bool count_lines(const struct reader *reader, const struct json *array, int32_t *ret_count)
{
    int32_t sum = 0;
    const struct json *each = array->child;
    for (; each != NULL && sum <= SIMULATOR_LINES_MAX; each = each->next) {
        int32_t count = 0;
        if (!read_count(reader, each, &count)) {
            return false;
        }
        sum += count;
    }
    *ret_count = sum;
    return (sum >= 1 && sum <= SIMULATOR_LINES_MAX) ||
           reader_complain(reader, array, "needs 1 to 4096 \"slaves\"");
}

static bool read_root(const struct reader *reader, const struct json *root,
                      struct simulator_plan *plan)
{
    static const char *const known[] = {"control", "slaves", NULL};
    if (!reader_only_keys(reader, root, known)) {
        return false;
    }
    const struct json *array = json_find(root, "slaves");
    if (array == NULL || array->type != JSON_ARRAY) {
        return reader_complain(reader, array == NULL ? root : array, "needs an array \"slaves\"");
    }
    int32_t count = 0;
    if (!count_lines(reader, array, &count)) {
        return false;
    }
    plan->control = json_string(root, "control", NULL);
    plan->line = arena_take(reader->arena, (size_t) count, sizeof plan->line[0]);
    for (const struct json *each = array->child; each != NULL; each = each->next) {
        if (!read_count(reader, each, &count) || !read_lines(reader, each, plan, count)) {
            return false;
        }
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

enum line_fault line_fault_at(const struct simulator_line *line, us_t now, us_t *ret_next)
{
    enum line_fault fault = LINE_WELL;
    *ret_next = INT64_MAX;
    for (int32_t i = line->trouble_count - 1; i >= 0; i--) { /* the first one that holds wins */
        const struct line_trouble *trouble = &line->trouble[i];
        if (trouble->from > now) {
            *ret_next = min_ms(*ret_next, trouble->from);
        } else if (now < trouble->until) {
            *ret_next = min_ms(*ret_next, trouble->until);
            fault = trouble->fault;
        }
    }
    return line->is_forced ? line->forced : fault;
}

us_t line_event_after(const struct line_event *event, us_t now)
{
    if (now < event->at) {
        return event->at;
    }
    return event->every == 0 ? INT64_MAX
                             : event->at + ((now - event->at) / event->every + 1) * event->every;
}
