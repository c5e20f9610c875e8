/* Reads incidents and timelines, over the read connection. */
#include <string.h>

#include "gateway/base/parse.h"
#include "gateway/base/text.h"
#include "gateway/base/thread.h"
#include "gateway/io/state/state_parts.h"

unsigned state_number(struct db_statement *statement, int column, unsigned count, unsigned fallback)
{
    int64_t number = db_int(statement, column);
    return number >= 0 && number < count ? (unsigned) number : fallback;
}

void state_copy_text(struct db_statement *statement, int column, char *to, size_t size)
{
    text_copy(to, size, db_text(statement, column));
}

static int8_t read_level(struct db_statement *statement, int column)
{
    int64_t level = db_int(statement, column);
    return (int8_t) (level >= -1 && level < LEVELS_MAX ? level : 0);
}

static void read_texts(struct db_statement *statement, struct incident *incident)
{
    state_copy_text(statement, 1, incident->code, sizeof incident->code);
    state_copy_text(statement, 2, incident->rule, sizeof incident->rule);
    state_copy_text(statement, 3, incident->point, sizeof incident->point);
    state_copy_text(statement, 4, incident->site, sizeof incident->site);
    state_copy_text(statement, 5, incident->subject, sizeof incident->subject);
    state_copy_text(statement, 6, incident->place, sizeof incident->place);
    state_copy_text(statement, 25, incident->acked_by, sizeof incident->acked_by);
}

void state_read_incident(struct db_statement *statement, struct incident *ret_incident)
{
    *ret_incident = (struct incident){
        .id = db_int(statement, 0),
        .severity = state_number(statement, 7, SEVERITY_COUNT, SEVERITY_CRITICAL),
        .condition = state_number(statement, 8, CONDITION_COUNT, CONDITION_UNKNOWN),
        .state = state_number(statement, 9, INCIDENT_STATE_COUNT, INCIDENT_OPEN),
        .level = read_level(statement, 10),
        .judgement = -1,
        .opened_at = db_int(statement, 11),
        .acked_at = db_int(statement, 12),
        .cleared_at = db_int(statement, 13),
        .closed_at = db_int(statement, 14),
        .active_since = db_int(statement, 15),
        .escalate_at = db_int(statement, 16),
        .repeat_at = db_int(statement, 17),
        .first_value = db_double(statement, 18),
        .peak_value = db_double(statement, 19),
        .limit = db_double(statement, 20),
        .has_value = db_int(statement, 21) != 0,
        .has_limit = db_int(statement, 22) != 0,
        .is_upper = db_int(statement, 23) != 0,
        .raised_count = (int32_t) state_number(statement, 24, INT32_MAX, 1),
        .member_count = (int32_t) state_number(statement, 26, CHAIN_MAX + 1, CHAIN_MAX),
    };
    read_texts(statement, ret_incident);
}

bool state_read_members(struct db_statement *members, struct incident *incident,
                        struct error *error)
{
    db_bind_int(members, 1, incident->id);
    db_bind_int(members, 2, incident->member_count);
    int32_t count = 0;
    enum db_step step = DB_ROW;
    while (count < CHAIN_MAX && (step = db_step(members, error)) == DB_ROW) {
        struct chain_member *member = &incident->member[count++];
        member->level = read_level(members, 0);
        member->was_told = db_int(members, 1) != 0;
        member->person = -1;
        state_copy_text(members, 2, member->id, sizeof member->id);
        state_copy_text(members, 3, member->phone, sizeof member->phone);
        state_copy_text(members, 4, member->name, sizeof member->name);
        member->knows_recovery = db_int(members, 5) != 0;
    }
    db_reset(members);
    incident->member_count = count;
    return step != DB_FAILED;
}

static enum entry_kind entry_kind_of(const char *name)
{
    for (int i = 0; i < ENTRY_KIND_COUNT; i++) {
        if (strcmp(entry_kind_name((enum entry_kind) i), name) == 0) {
            return (enum entry_kind) i;
        }
    }
    return ENTRY_COMMENT; /* a kind of another version: its text still describes it */
}

static void read_entry(struct db_statement *statement, struct effect_entry *entry)
{
    *entry = (struct effect_entry){
        .incident = db_int(statement, 0),
        .at = db_int(statement, 1),
        .kind = entry_kind_of(db_text(statement, 2)),
        .level = read_level(statement, 3),
    };
    state_copy_text(statement, 4, entry->actor, sizeof entry->actor);
    state_copy_text(statement, 5, entry->channel, sizeof entry->channel);
    state_copy_text(statement, 6, entry->to, sizeof entry->to);
    state_copy_text(statement, 7, entry->text, sizeof entry->text);
}

int32_t state_timeline(struct state *state, int64_t incident, struct effect_entry *entries,
                       int32_t max)
{
    thread_lock(&state->read_lock);
    struct db_statement *ask = state->question[ASK_TIMELINE];
    db_bind_int(ask, 1, incident);
    db_bind_int(ask, 2, max);
    int32_t count = 0;
    while (count < max && db_step(ask, NULL) == DB_ROW) {
        read_entry(ask, &entries[count++]);
    }
    db_reset(ask);
    thread_unlock(&state->read_lock);
    return count;
}

/* With the read lock; the question is bound. */
static bool find_one(struct state *state, struct db_statement *ask, struct incident *ret_incident)
{
    bool is_found = db_step(ask, NULL) == DB_ROW;
    if (is_found) {
        struct incident incident;
        state_read_incident(ask, &incident);
        is_found = state_read_members(state->question[ASK_MEMBERS], &incident, NULL);
        *ret_incident = incident;
    }
    db_reset(ask);
    return is_found;
}

bool state_find_incident(struct state *state, const char *id_or_code, struct incident *ret_incident)
{
    int64_t id = 0;
    bool is_id =
        id_or_code[0] >= '1' && id_or_code[0] <= '9' && parse_int(id_or_code, 1, INT64_MAX, &id);
    thread_lock(&state->read_lock);
    bool is_found = false;
    if (is_id) {
        db_bind_int(state->question[ASK_BY_ID], 1, id);
        is_found = find_one(state, state->question[ASK_BY_ID], ret_incident);
    }
    if (!is_found) {
        db_bind_text(state->question[ASK_BY_CODE], 1, id_or_code);
        is_found = find_one(state, state->question[ASK_BY_CODE], ret_incident);
    }
    thread_unlock(&state->read_lock);
    return is_found;
}

int32_t state_list_incidents(struct state *state, int64_t *ids, int32_t max)
{
    thread_lock(&state->read_lock);
    struct db_statement *ask = state->question[ASK_IDS];
    db_bind_int(ask, 1, max);
    int32_t count = 0;
    while (count < max && db_step(ask, NULL) == DB_ROW) {
        ids[count++] = db_int(ask, 0);
    }
    db_reset(ask);
    thread_unlock(&state->read_lock);
    return count;
}
