/* Writes a batch: one statement for each kind of effect. */
#include "gateway/io/state/state_parts.h"

#define REPLIES_KEPT (30 * MS_PER_DAY)

static bool write_member(struct state *state, const struct incident *incident, int32_t position,
                         struct error *error)
{
    const struct chain_member *member = &incident->member[position];
    struct db_statement *sql = state->sql[SQL_MEMBER];
    db_bind_int(sql, 1, incident->id);
    db_bind_int(sql, 2, position);
    db_bind_int(sql, 3, member->level);
    db_bind_int(sql, 4, member->was_told);
    db_bind_text(sql, 5, member->id);
    db_bind_text(sql, 6, member->phone);
    db_bind_text(sql, 7, member->name);
    db_bind_int(sql, 8, member->knows_recovery);
    return db_execute(sql, error);
}

static bool write_incident_row(struct state *state, const struct incident *incident, ms_t at,
                               struct error *error)
{
    struct db_statement *sql = state->sql[SQL_INCIDENT];
    const char *const texts[] = {incident->code, incident->rule,    incident->point,
                                 incident->site, incident->subject, incident->place};
    const int64_t numbers[] = {incident->severity,    incident->condition, incident->state,
                               incident->level,       incident->opened_at, incident->acked_at,
                               incident->cleared_at,  incident->closed_at, incident->active_since,
                               incident->escalate_at, incident->repeat_at};
    const double values[] = {incident->first_value, incident->peak_value, incident->limit};
    int column = 1;
    db_bind_int(sql, column++, incident->id);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        db_bind_text(sql, column++, texts[i]);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        db_bind_int(sql, column++, numbers[i]);
    }
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        db_bind_double(sql, column++, values[i]);
    }
    db_bind_int(sql, column++, incident->has_value);
    db_bind_int(sql, column++, incident->has_limit);
    db_bind_int(sql, column++, incident->is_upper);
    db_bind_int(sql, column++, incident->raised_count);
    db_bind_text(sql, column++, incident->acked_by);
    db_bind_int(sql, column++, incident->member_count);
    db_bind_int(sql, column, at);
    bool is_ok = db_execute(sql, error);
    for (int32_t i = 0; is_ok && i < incident->member_count; i++) {
        is_ok = write_member(state, incident, i, error);
    }
    return is_ok;
}

static bool write_entry(struct state *state, const struct effect_entry *entry, struct error *error)
{
    struct db_statement *sql = state->sql[SQL_ENTRY];
    db_bind_int(sql, 1, entry->incident);
    db_bind_int(sql, 2, entry->at);
    db_bind_text(sql, 3, entry_kind_name(entry->kind));
    db_bind_int(sql, 4, entry->level);
    db_bind_text(sql, 5, entry->actor);
    db_bind_text(sql, 6, entry->channel);
    db_bind_text(sql, 7, entry->to);
    db_bind_text(sql, 8, entry->text);
    return db_execute(sql, error);
}

static bool write_alarm(struct state *state, const struct effect_alarm *alarm, struct error *error)
{
    struct db_statement *sql = state->sql[SQL_ALARM];
    db_bind_text(sql, 1, alarm->rule);
    db_bind_text(sql, 2, alarm->point);
    db_bind_int(sql, 3, alarm->state);
    db_bind_int(sql, 4, alarm->condition);
    db_bind_int(sql, 5, alarm->pending_since);
    db_bind_int(sql, 6, alarm->clearing_since);
    db_bind_int(sql, 7, alarm->active_since);
    db_bind_int(sql, 8, alarm->incident);
    return db_execute(sql, error);
}

static bool write_message(struct state *state, const struct effect_message *message,
                          struct error *error)
{
    struct db_statement *sql = state->sql[SQL_MESSAGE];
    db_bind_int(sql, 1, message->id);
    db_bind_int(sql, 2, message->incident);
    db_bind_text(sql, 3, message_kind_name(message->kind));
    db_bind_int(sql, 4, message->level);
    db_bind_int(sql, 5, message->at);
    db_bind_text(sql, 6, message->person);
    db_bind_text(sql, 7, message->phone);
    db_bind_text(sql, 8, message->text);
    return db_execute(sql, error);
}

static bool write_cancel(struct state *state, int64_t message, struct error *error)
{
    db_bind_int(state->sql[SQL_CANCEL], 1, message);
    return db_execute(state->sql[SQL_CANCEL], error);
}

static bool write_settled(struct state *state, const struct effect_settled *settled,
                          struct error *error)
{
    struct db_statement *sql = state->sql[SQL_SETTLED];
    db_bind_int(sql, 1, settled->message);
    if (settled->is_cancelled) {
        db_bind_null(sql, 2); /* it was never sent: it has no outcome */
    } else {
        db_bind_int(sql, 2, settled->outcome);
    }
    db_bind_int(sql, 3, settled->is_cancelled);
    db_bind_int(sql, 4, settled->at);
    db_bind_text(sql, 5, settled->why);
    return db_execute(sql, error);
}

static bool write_reply(struct state *state, const struct effect_reply *reply, struct error *error)
{
    db_bind_text(state->sql[SQL_REPLY], 1, reply->key);
    db_bind_int(state->sql[SQL_REPLY], 2, reply->at);
    if (!db_execute(state->sql[SQL_REPLY], error)) {
        return false;
    }
    db_bind_int(state->sql[SQL_FORGET_REPLIES], 1, reply->at - REPLIES_KEPT);
    return db_execute(state->sql[SQL_FORGET_REPLIES], error);
}

static bool write_maintenance(struct state *state, const struct effect_maintenance *maintenance,
                              struct error *error)
{
    struct db_statement *sql = state->sql[SQL_MAINTENANCE];
    db_bind_text(sql, 1, maintenance->device);
    db_bind_int(sql, 2, maintenance->since);
    db_bind_int(sql, 3, maintenance->until);
    db_bind_text(sql, 4, maintenance->by);
    db_bind_text(sql, 5, maintenance->reason);
    return db_execute(sql, error);
}

static bool write_effect(struct state *state, const struct effect *effect, ms_t at,
                         struct error *error)
{
    switch (effect->kind) {
    case EFFECT_INCIDENT:
        return write_incident_row(state, effect->incident, at, error);
    case EFFECT_ENTRY:
        return write_entry(state, &effect->entry, error);
    case EFFECT_ALARM:
        return write_alarm(state, &effect->alarm, error);
    case EFFECT_MESSAGE:
        return write_message(state, &effect->message, error);
    case EFFECT_CANCEL:
        return write_cancel(state, effect->cancel, error);
    case EFFECT_SETTLED:
        return write_settled(state, &effect->settled, error);
    case EFFECT_REPLY:
        return write_reply(state, &effect->reply, error);
    case EFFECT_MAINTENANCE:
        return write_maintenance(state, &effect->maintenance, error);
    case EFFECT_ANSWER:
    case EFFECT_NOTE:
    case EFFECT_OUTPUT:
    case EFFECT_HEALTH:
        break;
    }
    return true; /* not stored */
}

bool state_write_batch(struct state *state, const struct state_batch *batch, struct error *error)
{
    for (int32_t i = 0; i < batch->count; i++) {
        if (!write_effect(state, &batch->effect[i], batch->at, error)) {
            return false;
        }
    }
    db_bind_int(state->sql[SQL_STAMP], 1, batch->at);
    return db_execute(state->sql[SQL_STAMP], error);
}
