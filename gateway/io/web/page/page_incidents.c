/* page_incidents.c - the list of incidents, one of them, and commands on it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/io/web/page/api_json.h"
#include "gateway/io/web/page/pages.h"
#include "gateway/io/web/request/request_body.h"

bool page_read_states(const char *text, unsigned *ret_states)
{
    unsigned states = text[0] == '\0' ? (1U << INCIDENT_STATE_COUNT) - 1 : 0;
    while (*text != '\0') {
        size_t length = strcspn(text, ",");
        unsigned found = 0;
        for (int i = 0; i < INCIDENT_STATE_COUNT; i++) {
            const char *name = incident_state_name((enum incident_state) i);
            bool is_this = strlen(name) == length && strncmp(name, text, length) == 0;
            found |= is_this ? 1U << i : 0;
        }
        if (found == 0) {
            return false;
        }
        states |= found;
        text += length + (text[length] == ',' ? 1 : 0);
    }
    *ret_states = states;
    return true;
}

struct incident_list {
    const struct web_context *context;
    const struct permission *permission;
    unsigned states;
    int32_t count;
    struct text *json;
};

static void add_listed_incident(struct incident_list *list, const struct incident *incident)
{
    if ((list->states & 1U << incident->state) != 0 &&
        permission_sees_incident(list->permission, incident)) {
        api_json_add_incident(list->json, list->context, list->permission, incident, NULL, 0);
        list->count++;
    }
}

static void add_stored_incident(struct incident_list *list, int64_t id)
{
    char text[24]; /* an int64_t */
    (void) snprintf(text, sizeof text, "%" PRId64, id);
    struct incident incident;
    if (state_find_incident(list->context->parts.state, text, &incident) && incident.id == id) {
        add_listed_incident(list, &incident);
    }
}

/* Merges the incidents of the snapshot with those that only state.db holds, newest first. */
static void merge_incidents(struct incident_list *list, const struct incident *known,
                            int32_t known_count, const int64_t *stored, int32_t stored_count)
{
    int32_t k = 0;
    int32_t s = 0;
    while ((k < known_count || s < stored_count) && list->count < PAGE_INCIDENTS_MAX) {
        int64_t known_id = k < known_count ? known[k].id : -1;
        int64_t stored_id = s < stored_count ? stored[s] : -1;
        if (known_id >= stored_id) {
            add_listed_incident(list, &known[k]);
            k++;
            s += known_id == stored_id ? 1 : 0;
        } else {
            add_stored_incident(list, stored_id);
            s++;
        }
    }
}

bool page_incidents_need_disk(const struct request *request)
{
    unsigned states = 0;
    return !page_read_states(request->state, &states) || (states & 1U << INCIDENT_CLOSED) != 0;
}

void page_incidents(const struct page_call *call, struct answer *answer)
{
    const struct web_parts *parts = &call->context->parts;
    struct incident_list list = {
        .context = call->context, .permission = &call->permission, .json = &answer->body};
    if (!page_read_states(call->request->state, &list.states)) {
        answer_refuse(answer, 400,
                      "state应当是open、acked、rectifying、reinspect、false_claim、closed之一，"
                      "可用逗号分隔多个");
        return;
    }
    int64_t *stored = memory_take(PAGE_INCIDENTS_MAX, sizeof *stored);
    int32_t known_count = 0;
    struct incident *known =
        snapshot_incidents(parts->snapshot, SNAPSHOT_INCIDENTS_MAX, &known_count);
    bool wants_closed = (list.states & 1U << INCIDENT_CLOSED) != 0;
    int32_t stored_count =
        wants_closed ? state_list_incidents(parts->state, stored, PAGE_INCIDENTS_MAX) : 0;
    json_write_open(&answer->body, '[');
    merge_incidents(&list, known, known_count, stored, stored_count);
    json_write_close(&answer->body, ']');
    free(known);
    free(stored);
}

/* Finds the incident of the path. False, with the answer filled: there is none, or it is outside
 * the caller's area. */
static bool find_seen_incident(const struct page_call *call, struct incident *ret_incident,
                               struct answer *answer)
{
    const struct web_parts *parts = &call->context->parts;
    const char *id_or_code = call->request->match.id;
    if (!snapshot_find_incident(parts->snapshot, id_or_code, ret_incident) &&
        !state_find_incident(parts->state, id_or_code, ret_incident)) {
        answer_refuse(answer, 404, "没有这个事件");
        return false;
    }
    if (!permission_sees_incident(&call->permission, ret_incident)) {
        answer_refuse(answer, 403, PAGE_NOT_YOUR_AREA);
        return false;
    }
    return true;
}

void page_incident(const struct page_call *call, struct answer *answer)
{
    struct incident incident;
    if (!find_seen_incident(call, &incident, answer)) {
        return;
    }
    struct effect_entry *entries = memory_take(PAGE_TIMELINE_MAX, sizeof *entries);
    int32_t count =
        state_timeline(call->context->parts.state, incident.id, entries, PAGE_TIMELINE_MAX);
    api_json_add_incident(&answer->body, call->context, &call->permission, &incident, entries,
                          count);
    free(entries);
}

bool page_give_command(const struct page_call *call, struct event_command *command,
                       struct answer *answer)
{
    const struct web_callbacks *callbacks = &call->context->callbacks;
    char text[ANSWER_MAX] = "";
    command->verb = call->request->match.route->verb;
    command->actor = call->identity->name;
    command->person = call->identity->person;
    command->channel = "web";
    int status = callbacks->command(callbacks->context, command, text);
    if (status != 200) {
        answer_refuse(answer, status, text);
    }
    return status == 200;
}

void page_command(const struct page_call *call, struct answer *answer)
{
    const struct web_context *context = call->context;
    const struct request *request = call->request;
    struct incident incident;
    char note[REQUEST_NOTE_MAX];
    struct error error;
    if (!find_seen_incident(call, &incident, answer)) {
        return;
    }
    if (!request_body_read_note(request->body.bytes, request->body.length, note, &error)) {
        answer_refuse(answer, 400, error.text);
        return;
    }
    struct event_command command = {
        .incident = incident.id, .note = note, .is_area_bound = call->permission.is_bound};
    if (!page_give_command(call, &command, answer)) {
        return;
    }
    char id[24]; /* an int64_t */
    (void) snprintf(id, sizeof id, "%" PRId64, incident.id);
    (void) snapshot_find_incident(context->parts.snapshot, id, &incident);
    api_json_add_incident(&answer->body, context, &call->permission, &incident, NULL, 0);
}
