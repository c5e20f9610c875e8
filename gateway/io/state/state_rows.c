/* The columns of each record, in the order of the statements that write and read it. */
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/base/thread.h"
#include "gateway/io/state/state_parts.h"

enum column_kind { COLUMN_INT, COLUMN_REAL, COLUMN_TEXT, COLUMN_NAME };

struct column {
    enum column_kind kind;
    size_t offset, size; /* of the member */
    /* A number of another version, beyond min or max, is read as `fallback`. */
    int64_t min, max, fallback;
    const char *(*name)(unsigned number); /* COLUMN_NAME: an enum that is stored as its name */
};

#define COLUMN(kind, record, member, min, max, fallback, name)                               \
    {                                                                                        \
        kind, offsetof(struct record, member), sizeof(((struct record *) 0)->member), (min), \
            (max), (fallback), (name)                                                        \
    }
#define ANY(record, member) COLUMN(COLUMN_INT, record, member, INT64_MIN, INT64_MAX, 0, NULL)
#define CHOICE(record, member, count, fallback) \
    COLUMN(COLUMN_INT, record, member, 0, (count) -1, fallback, NULL)
#define FLAG(record, member) COLUMN(COLUMN_INT, record, member, 0, 1, 1, NULL)
#define LEVEL(record, member) COLUMN(COLUMN_INT, record, member, -1, LEVELS_MAX - 1, 0, NULL)
#define REAL(record, member) COLUMN(COLUMN_REAL, record, member, 0, 0, 0, NULL)
#define TEXT(record, member) COLUMN(COLUMN_TEXT, record, member, 0, 0, 0, NULL)
#define NAME(record, member, name, count, fallback) \
    COLUMN(COLUMN_NAME, record, member, 0, (count) -1, fallback, name)

static const struct column incident_columns[] = {
    ANY(incident, id),
    TEXT(incident, code),
    TEXT(incident, rule),
    TEXT(incident, point),
    TEXT(incident, site),
    TEXT(incident, subject),
    TEXT(incident, place),
    CHOICE(incident, severity, SEVERITY_COUNT, SEVERITY_CRITICAL),
    CHOICE(incident, condition, CONDITION_COUNT, CONDITION_UNKNOWN),
    CHOICE(incident, state, INCIDENT_STATE_COUNT, INCIDENT_OPEN),
    LEVEL(incident, level),
    ANY(incident, opened_at),
    ANY(incident, acked_at),
    ANY(incident, cleared_at),
    ANY(incident, closed_at),
    ANY(incident, active_since),
    ANY(incident, escalate_at),
    ANY(incident, repeat_at),
    REAL(incident, first_value),
    REAL(incident, peak_value),
    REAL(incident, limit),
    FLAG(incident, has_value),
    FLAG(incident, has_limit),
    FLAG(incident, is_upper),
    CHOICE(incident, raised_count, INT32_MAX, 1),
    TEXT(incident, acked_by),
    CHOICE(incident, member_count, CHAIN_MAX + 1, CHAIN_MAX)};

static const struct column member_columns[] = {
    LEVEL(chain_member, level), FLAG(chain_member, was_told), TEXT(chain_member, id),
    TEXT(chain_member, phone),  TEXT(chain_member, name),     FLAG(chain_member, knows_recovery)};

/* An entry of an unknown kind is still described by its text. */
static const struct column entry_columns[] = {
    ANY(effect_entry, incident),
    ANY(effect_entry, at),
    NAME(effect_entry, kind, entry_kind_name, ENTRY_KIND_COUNT, ENTRY_COMMENT),
    LEVEL(effect_entry, level),
    TEXT(effect_entry, actor),
    TEXT(effect_entry, channel),
    TEXT(effect_entry, to),
    TEXT(effect_entry, text)};

static const struct column alarm_columns[] = {
    TEXT(effect_alarm, rule),
    TEXT(effect_alarm, point),
    CHOICE(effect_alarm, state, ALARM_STATE_COUNT, ALARM_UNACK),
    CHOICE(effect_alarm, condition, CONDITION_COUNT, CONDITION_UNKNOWN),
    ANY(effect_alarm, pending_since),
    ANY(effect_alarm, clearing_since),
    ANY(effect_alarm, active_since),
    ANY(effect_alarm, incident)};

/* A message of an unknown kind can be sent as a test; no reply refers to one. */
static const struct column message_columns[] = {
    ANY(effect_message, id),
    ANY(effect_message, incident),
    NAME(effect_message, kind, message_kind_name, MESSAGE_KIND_COUNT, MESSAGE_TEST),
    LEVEL(effect_message, level),
    ANY(effect_message, at),
    TEXT(effect_message, person),
    TEXT(effect_message, phone),
    TEXT(effect_message, text)};

static const struct column reply_columns[] = {TEXT(effect_reply, key), ANY(effect_reply, at)};

static const struct column maintenance_columns[] = {
    TEXT(effect_maintenance, device), ANY(effect_maintenance, since),
    ANY(effect_maintenance, until), TEXT(effect_maintenance, by), TEXT(effect_maintenance, reason)};

static const struct column code_columns[] = {TEXT(state_code, code), ANY(state_code, at)};

static const struct column ids_columns[] = {
    ANY(state_ids, last_incident), ANY(state_ids, last_message), ANY(state_ids, last_stamp)};

/* The role comes first: a row with an unknown one is skipped before anything is read. */
static const struct column user_columns[] = {
    NAME(state_account, role, role_name, ROLE_COUNT, -1), TEXT(state_account, name),
    TEXT(state_account, person), TEXT(state_account, hash), ANY(state_account, created_at)};

static const struct column token_columns[] = {NAME(state_account, role, role_name, ROLE_COUNT, -1),
                                              TEXT(state_account, name), TEXT(state_account, hash),
                                              ANY(state_account, created_at)};

static const struct column id_columns[] = {{COLUMN_INT, 0, sizeof(int64_t), 0, INT64_MAX, 0, NULL}};

#define ROW(columns, record)                                          \
    {                                                                 \
        columns, sizeof(columns) / sizeof(columns)[0], sizeof(record) \
    }
static const struct {
    const struct column *column;
    size_t count, size; /* size of the record */
} rows[] = {[ROW_INCIDENT] = ROW(incident_columns, struct incident),
            [ROW_MEMBER] = ROW(member_columns, struct chain_member),
            [ROW_ENTRY] = ROW(entry_columns, struct effect_entry),
            [ROW_ALARM] = ROW(alarm_columns, struct effect_alarm),
            [ROW_MESSAGE] = ROW(message_columns, struct effect_message),
            [ROW_REPLY] = ROW(reply_columns, struct effect_reply),
            [ROW_MAINTENANCE] = ROW(maintenance_columns, struct effect_maintenance),
            [ROW_CODE] = ROW(code_columns, struct state_code),
            [ROW_IDS] = ROW(ids_columns, struct state_ids),
            [ROW_USER] = ROW(user_columns, struct state_account),
            [ROW_TOKEN] = ROW(token_columns, struct state_account),
            [ROW_ID] = ROW(id_columns, int64_t)};

/* An enum has the size of an int32_t, a flag or level that of an int8_t. */
static int64_t load_number(const void *member, size_t size)
{
    return size == sizeof(int8_t)    ? *(const int8_t *) member
           : size == sizeof(int32_t) ? *(const int32_t *) member
                                     : *(const int64_t *) member;
}

static void store_number(void *member, size_t size, int64_t number)
{
    if (size == sizeof(int8_t)) {
        *(int8_t *) member = (int8_t) number;
    } else if (size == sizeof(int32_t)) {
        *(int32_t *) member = (int32_t) number;
    } else {
        *(int64_t *) member = number;
    }
}

void state_bind_row(struct db_statement *statement, int first, enum state_row row,
                    const void *record)
{
    for (size_t i = 0; i < rows[row].count; i++) {
        const struct column *column = &rows[row].column[i];
        const void *member = (const char *) record + column->offset;
        int index = first + (int) i;
        switch (column->kind) {
        case COLUMN_INT:
            db_bind_int(statement, index, load_number(member, column->size));
            break;
        case COLUMN_REAL:
            db_bind_double(statement, index, *(const double *) member);
            break;
        case COLUMN_TEXT:
            db_bind_text(statement, index, member);
            break;
        case COLUMN_NAME:
            db_bind_text(statement, index,
                         column->name((unsigned) load_number(member, column->size)));
            break;
        }
    }
}

static int64_t find_number_of_name(const struct column *column, const char *name)
{
    for (int64_t i = 0; i <= column->max; i++) {
        if (strcmp(column->name((unsigned) i), name) == 0) {
            return i;
        }
    }
    return column->fallback;
}

static bool read_column(struct db_statement *statement, int index, const struct column *column,
                        void *member)
{
    int64_t number = 0;
    switch (column->kind) {
    case COLUMN_INT:
        number = db_int(statement, index);
        number = number < column->min || number > column->max ? column->fallback : number;
        break;
    case COLUMN_REAL:
        *(double *) member = db_double(statement, index);
        return true;
    case COLUMN_TEXT:
        text_copy(member, column->size, db_text(statement, index));
        return true;
    case COLUMN_NAME:
        number = find_number_of_name(column, db_text(statement, index));
        if (number < 0) {
            return false;
        }
        break;
    }
    store_number(member, column->size, number);
    return true;
}

bool state_read_row(struct db_statement *statement, enum state_row row, void *ret_record)
{
    for (size_t i = 0; i < rows[row].count; i++) {
        const struct column *column = &rows[row].column[i];
        if (!read_column(statement, (int) i, column, (char *) ret_record + column->offset)) {
            return false;
        }
    }
    return true;
}

bool state_read_rows(struct state *state, const struct state_query *query, enum state_row row,
                     void *to, int32_t *ret_count, struct error *error)
{
    struct db_statement *ask = state->question[query->question];
    if (query->text != NULL) {
        db_bind_text(ask, 1, query->text);
    } else {
        db_bind_int(ask, 1, query->number);
    }
    db_bind_int(ask, 2, query->max);
    int32_t count = 0;
    enum db_step step = DB_ROW;
    while (count < query->max && (step = db_step(ask, error)) == DB_ROW) {
        char *record = (char *) to + rows[row].size * (size_t) count;
        count += state_read_row(ask, row, record) ? 1 : 0;
    }
    db_reset(ask);
    *ret_count = count;
    return step != DB_FAILED;
}

int32_t state_ask(struct state *state, const struct state_query *query, enum state_row row,
                  void *to)
{
    int32_t count = 0;
    thread_lock(&state->read_lock);
    (void) state_read_rows(state, query, row, to, &count, NULL);
    thread_unlock(&state->read_lock);
    return count;
}
