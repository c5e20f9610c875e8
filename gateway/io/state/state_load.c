/* Reads state.db at start, for the engine. */
#include <assert.h>
#include <string.h>

#include "gateway/io/state/state_parts.h"

#define KEPT_CODES (30 * MS_PER_DAY)
#define KEPT_REPLIES (30 * MS_PER_DAY)

#define MESSAGE_COLUMNS "id, incident, kind, level, at, person, phone, text"
#define CLOSED "5" /* INCIDENT_CLOSED as it stands in the file */
static_assert(INCIDENT_CLOSED == 5, "the number in CLOSED");

/* Each kind of stored record is one query; `take` hands a row to the visitor. */
struct part {
    const char *sql; /* ?1, if any, is the time since when rows count */
    ms_t span;       /* 0: no parameter */
    void (*take)(struct db_statement *row, const struct state_visitor *visitor);
};

static bool load_incidents(struct db *db, const struct state_visitor *visitor, struct error *error)
{
    struct db_statement *incidents = NULL;
    struct db_statement *members = NULL;
    const char *sql = "SELECT " INCIDENT_COLUMNS " FROM incident WHERE state <> " CLOSED
                      " OR id IN (SELECT id FROM incident WHERE state = " CLOSED
                      " ORDER BY closed_at DESC LIMIT 200) ORDER BY id";
    if (!db_prepare(db, sql, &incidents, error) ||
        !db_prepare(db, state_question_text[ASK_MEMBERS], &members, error)) {
        return false;
    }
    enum db_step step = DB_DONE;
    while ((step = db_step(incidents, error)) == DB_ROW) {
        struct incident incident;
        state_read_incident(incidents, &incident);
        if (!state_read_members(members, &incident, error)) {
            db_reset(incidents);
            return false;
        }
        visitor->incident(visitor->context, &incident);
    }
    return step == DB_DONE;
}

static void visit_alarm(struct db_statement *row, const struct state_visitor *visitor)
{
    struct effect_alarm alarm = {
        .state = state_number(row, 2, ALARM_STATE_COUNT, ALARM_UNACK),
        .condition = state_number(row, 3, CONDITION_COUNT, CONDITION_UNKNOWN),
        .pending_since = db_int(row, 4),
        .clearing_since = db_int(row, 5),
        .active_since = db_int(row, 6),
        .incident = db_int(row, 7),
    };
    state_copy_text(row, 0, alarm.rule, sizeof alarm.rule);
    state_copy_text(row, 1, alarm.point, sizeof alarm.point);
    visitor->alarm(visitor->context, &alarm);
}

static enum message_kind message_kind_of(const char *name)
{
    for (int i = 0; i < MESSAGE_KIND_COUNT; i++) {
        if (strcmp(message_kind_name((enum message_kind) i), name) == 0) {
            return (enum message_kind) i;
        }
    }
    return MESSAGE_TEST; /* a kind of another version: it can be sent, and no reply refers to it */
}

static struct effect_message read_message(struct db_statement *row)
{
    int64_t level = db_int(row, 3);
    struct effect_message message = {
        .id = db_int(row, 0),
        .incident = db_int(row, 1),
        .kind = message_kind_of(db_text(row, 2)),
        .level = (int8_t) (level >= -1 && level < LEVELS_MAX ? level : 0),
        .at = db_int(row, 4),
    };
    state_copy_text(row, 5, message.person, sizeof message.person);
    state_copy_text(row, 6, message.phone, sizeof message.phone);
    state_copy_text(row, 7, message.text, sizeof message.text);
    return message;
}

static void visit_message(struct db_statement *row, const struct state_visitor *visitor)
{
    struct effect_message message = read_message(row);
    visitor->message(visitor->context, &message);
}

static void visit_owed(struct db_statement *row, const struct state_visitor *visitor)
{
    struct effect_message message = read_message(row);
    visitor->owed(visitor->context, &message);
}

static void visit_reply(struct db_statement *row, const struct state_visitor *visitor)
{
    struct effect_reply reply = {.at = db_int(row, 1)};
    state_copy_text(row, 0, reply.key, sizeof reply.key);
    visitor->reply(visitor->context, &reply);
}

static void visit_code(struct db_statement *row, const struct state_visitor *visitor)
{
    char code[CODE_MAX];
    state_copy_text(row, 0, code, sizeof code);
    visitor->code(visitor->context, code, db_int(row, 1));
}

static void visit_maintenance(struct db_statement *row, const struct state_visitor *visitor)
{
    struct effect_maintenance maintenance = {.since = db_int(row, 1), .until = db_int(row, 2)};
    state_copy_text(row, 0, maintenance.device, sizeof maintenance.device);
    state_copy_text(row, 3, maintenance.by, sizeof maintenance.by);
    state_copy_text(row, 4, maintenance.reason, sizeof maintenance.reason);
    visitor->maintenance(visitor->context, &maintenance);
}

static void visit_ids(struct db_statement *row, const struct state_visitor *visitor)
{
    visitor->ids(visitor->context, db_int(row, 0), db_int(row, 1), db_int(row, 2));
}

static const struct part parts[] = {
    {"SELECT rule, point, state, condition, pending_since, clearing_since, active_since, incident"
     " FROM alarm ORDER BY rule, point",
     0, visit_alarm},
    /* Sent or on their way: nobody can reply to a cancelled or failed (2) one. */
    {"SELECT " MESSAGE_COLUMNS
     " FROM message WHERE is_cancelled = 0 AND outcome IS NOT 2 AND (at > ?1 OR outcome IS"
     " NULL OR incident IN (SELECT id FROM incident WHERE state <> " CLOSED ")) ORDER BY id",
     MS_PER_DAY, visit_message},
    {"SELECT " MESSAGE_COLUMNS " FROM message WHERE outcome IS NULL AND is_cancelled = 0"
     " ORDER BY id",
     0, visit_owed},
    {"SELECT key, at FROM reply WHERE at > ?1 ORDER BY at", KEPT_REPLIES, visit_reply},
    {"SELECT code, stored_at FROM incident WHERE code <> '' AND stored_at > ?1 ORDER BY id",
     KEPT_CODES, visit_code},
    {"SELECT device, since, until, actor, reason FROM maintenance WHERE until <> 0"
     " ORDER BY since, device",
     0, visit_maintenance},
    {"SELECT (SELECT coalesce(max(id), 0) FROM incident),"
     " (SELECT coalesce(max(id), 0) FROM message), (SELECT at FROM stamp WHERE id = 1)",
     0, visit_ids},
};

static bool load_part(struct db *db, const struct part *part, ms_t now,
                      const struct state_visitor *visitor, struct error *error)
{
    struct db_statement *rows = NULL;
    if (!db_prepare(db, part->sql, &rows, error)) {
        return false;
    }
    if (part->span > 0) {
        db_bind_int(rows, 1, now - part->span);
    }
    enum db_step step = DB_DONE;
    while ((step = db_step(rows, error)) == DB_ROW) {
        part->take(rows, visitor);
    }
    return step == DB_DONE;
}

bool state_load(struct state *state, ms_t now, const struct state_visitor *visitor,
                struct error *error)
{
    if (!load_incidents(state->db, visitor, error)) {
        return false;
    }
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!load_part(state->db, &parts[i], now, visitor, error)) {
            return false;
        }
    }
    return true;
}
