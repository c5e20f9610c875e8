/* Reads incidents and timelines, over the read connection. */
#include "gateway/base/parse.h"
#include "gateway/base/thread.h"
#include "gateway/io/state/state_parts.h"

bool state_read_members(struct state *state, struct incident *incident, struct error *error)
{
    const struct state_query query = {
        .question = ASK_MEMBERS, .number = incident->id, .max = incident->member_count};
    bool is_ok = state_read_rows(state, &query, ROW_MEMBER, incident->member,
                                 &incident->member_count, error);
    for (int32_t i = 0; i < incident->member_count; i++) {
        incident->member[i].person = -1;
    }
    incident->judgement = -1;
    return is_ok;
}

int32_t state_timeline(struct state *state, int64_t incident, struct effect_entry *entries,
                       int32_t max)
{
    const struct state_query query = {.question = ASK_TIMELINE, .number = incident, .max = max};
    return state_ask(state, &query, ROW_ENTRY, entries);
}

/* With the read lock. */
static bool find_one(struct state *state, const struct state_query *query,
                     struct incident *ret_incident)
{
    struct incident incident = {0};
    int32_t count = 0;
    if (!state_read_rows(state, query, ROW_INCIDENT, &incident, &count, NULL) || count == 0 ||
        !state_read_members(state, &incident, NULL)) {
        return false;
    }
    *ret_incident = incident;
    return true;
}

bool state_find_incident(struct state *state, const char *id_or_code, struct incident *ret_incident)
{
    struct state_query by_id = {.question = ASK_BY_ID, .max = 1};
    const struct state_query by_code = {.question = ASK_BY_CODE, .text = id_or_code, .max = 1};
    bool is_id = id_or_code[0] >= '1' && id_or_code[0] <= '9' &&
                 parse_int(id_or_code, 1, INT64_MAX, &by_id.number);
    thread_lock(&state->read_lock);
    bool is_found =
        (is_id && find_one(state, &by_id, ret_incident)) || find_one(state, &by_code, ret_incident);
    thread_unlock(&state->read_lock);
    return is_found;
}

int32_t state_list_incidents(struct state *state, int64_t *ids, int32_t max)
{
    return state_ask(state, &(struct state_query){.question = ASK_IDS, .max = max}, ROW_ID, ids);
}
