/* Writes a batch: one statement for each kind of effect. */
#include "gateway/io/state/state_parts.h"

#define REPLIES_KEPT (30 * MS_PER_DAY)

static bool write_record(struct state *state, enum state_sql sql, enum state_row row,
                         const void *record, struct error *error)
{
    state_bind_row(state->sql[sql], 1, row, record);
    return db_execute(state->sql[sql], error);
}

static bool write_number(struct state *state, enum state_sql sql, int64_t number,
                         struct error *error)
{
    db_bind_int(state->sql[sql], 1, number);
    return db_execute(state->sql[sql], error);
}

static bool write_incident(struct state *state, const struct incident *incident, ms_t at,
                           struct error *error)
{
    struct db_statement *sql = state->sql[SQL_INCIDENT];
    db_bind_int(sql, 1, at);
    state_bind_row(sql, 2, ROW_INCIDENT, incident);
    bool is_ok = db_execute(sql, error);
    for (int32_t i = 0; is_ok && i < incident->member_count; i++) {
        db_bind_int(state->sql[SQL_MEMBER], 1, incident->id);
        db_bind_int(state->sql[SQL_MEMBER], 2, i);
        state_bind_row(state->sql[SQL_MEMBER], 3, ROW_MEMBER, &incident->member[i]);
        is_ok = db_execute(state->sql[SQL_MEMBER], error);
    }
    return is_ok;
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

static bool write_effect(struct state *state, const struct effect *effect, ms_t at,
                         struct error *error)
{
    switch (effect->kind) {
    case EFFECT_INCIDENT:
        return write_incident(state, effect->incident, at, error);
    case EFFECT_ENTRY:
        return write_record(state, SQL_ENTRY, ROW_ENTRY, &effect->entry, error);
    case EFFECT_ALARM:
        return write_record(state, SQL_ALARM, ROW_ALARM, &effect->alarm, error);
    case EFFECT_MESSAGE:
        return write_record(state, SQL_MESSAGE, ROW_MESSAGE, &effect->message, error);
    case EFFECT_CANCEL:
        return write_number(state, SQL_CANCEL, effect->cancel, error);
    case EFFECT_SETTLED:
        return write_settled(state, &effect->settled, error);
    case EFFECT_REPLY:
        return write_record(state, SQL_REPLY, ROW_REPLY, &effect->reply, error) &&
               write_number(state, SQL_FORGET_REPLIES, effect->reply.at - REPLIES_KEPT, error);
    case EFFECT_MAINTENANCE:
        return write_record(state, SQL_MAINTENANCE, ROW_MAINTENANCE, &effect->maintenance, error);
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
    return write_number(state, SQL_STAMP, batch->at, error);
}
