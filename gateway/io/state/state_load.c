/* Reads state.db at start, for the engine. */
#include <assert.h>

#include "gateway/io/state/state_parts.h"

#define KEPT_CODES (30 * MS_PER_DAY)
#define KEPT_REPLIES (30 * MS_PER_DAY)

#define MESSAGE_COLUMNS "id, incident, kind, level, at, person, phone, text"
#define CLOSED "5" /* INCIDENT_CLOSED as it stands in the file */
static_assert(INCIDENT_CLOSED == 5, "the number in CLOSED");

static const struct part {
    enum state_record_kind kind;
    enum state_row row;
    ms_t span; /* of the past, whose begin is ?1; 0: no parameter */
    const char *sql;
} parts[] = {
    {STATE_INCIDENT, ROW_INCIDENT, 0,
     "SELECT " INCIDENT_COLUMNS " FROM incident WHERE state <> " CLOSED
     " OR id IN (SELECT id FROM incident WHERE state = " CLOSED
     " ORDER BY closed_at DESC LIMIT 200) ORDER BY id"},
    {STATE_ALARM, ROW_ALARM, 0,
     "SELECT rule, point, state, condition, pending_since, clearing_since, active_since, incident"
     " FROM alarm ORDER BY rule, point"},
    /* Sent or on their way: nobody can reply to a cancelled or failed (2) one. */
    {STATE_MESSAGE, ROW_MESSAGE, MS_PER_DAY,
     "SELECT " MESSAGE_COLUMNS
     " FROM message WHERE is_cancelled = 0 AND outcome IS NOT 2 AND (at > ?1 OR outcome IS"
     " NULL OR incident IN (SELECT id FROM incident WHERE state <> " CLOSED ")) ORDER BY id"},
    {STATE_OWED, ROW_MESSAGE, 0,
     "SELECT " MESSAGE_COLUMNS " FROM message WHERE outcome IS NULL AND is_cancelled = 0"
     " ORDER BY id"},
    {STATE_REPLY, ROW_REPLY, KEPT_REPLIES, "SELECT key, at FROM reply WHERE at > ?1 ORDER BY at"},
    {STATE_CODE, ROW_CODE, KEPT_CODES,
     "SELECT code, stored_at FROM incident WHERE code <> '' AND stored_at > ?1 ORDER BY id"},
    {STATE_MAINTENANCE, ROW_MAINTENANCE, 0,
     "SELECT device, since, until, actor, reason FROM maintenance WHERE until <> 0"
     " ORDER BY since, device"},
    {STATE_IDS, ROW_IDS, 0,
     "SELECT (SELECT coalesce(max(id), 0) FROM incident),"
     " (SELECT coalesce(max(id), 0) FROM message), (SELECT at FROM stamp WHERE id = 1)"},
};

static bool load_part(struct state *state, const struct part *part, ms_t now, void *context,
                      void (*take)(void *context, const struct state_record *record),
                      struct error *error)
{
    struct db_statement *rows = NULL;
    if (!db_prepare(state->db, part->sql, &rows, error)) {
        return false;
    }
    if (part->span > 0) {
        db_bind_int(rows, 1, now - part->span);
    }
    enum db_step step = DB_DONE;
    while ((step = db_step(rows, error)) == DB_ROW) {
        struct state_record record = {.kind = part->kind};
        if (!state_read_row(rows, part->row, &record.incident) || /* or what the union holds */
            (part->kind == STATE_INCIDENT && !state_read_members(state, &record.incident, error))) {
            db_reset(rows);
            return false;
        }
        take(context, &record);
    }
    return step == DB_DONE;
}

bool state_load(struct state *state, ms_t now, void *context,
                void (*take)(void *context, const struct state_record *record), struct error *error)
{
    bool is_ok = true;
    for (size_t i = 0; is_ok && i < sizeof parts / sizeof parts[0]; i++) {
        is_ok = load_part(state, &parts[i], now, context, take, error);
    }
    return is_ok;
}
