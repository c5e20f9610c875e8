/* The tables of state.db and all its statements. */
#include "gateway/io/state/state_parts.h"

/* Step i brings version i to i+1; a step that was released is never changed. Apart from the primary
 * keys, which all writes replace, no constraint can refuse a row: a batch that can never be written
 * would block all others. Times are ms since 1970, 0: not yet. Kinds of entries and messages are
 * stored as names, so that the enums may be renumbered. Entries are only ever added; the hash chain
 * of the audit log will be two more columns of `entry`. */
const char *const state_migrations[] = {
    ("CREATE TABLE incident("
     "  id INTEGER PRIMARY KEY, code TEXT, rule TEXT, point TEXT, site TEXT, subject TEXT,"
     "  place TEXT, severity INTEGER, condition INTEGER, state INTEGER, level INTEGER,"
     "  opened_at INTEGER, acked_at INTEGER, cleared_at INTEGER, closed_at INTEGER,"
     "  active_since INTEGER, escalate_at INTEGER, repeat_at INTEGER, first_value REAL,"
     "  peak_value REAL, bound REAL, has_value INTEGER, has_bound INTEGER, is_upper INTEGER,"
     "  raised_count INTEGER, acked_by TEXT, member_count INTEGER,"
     "  stored_at INTEGER);" /* stamp of the step that stored it last */
     "CREATE INDEX incident_by_state ON incident(state, closed_at);"
     "CREATE INDEX incident_by_code ON incident(code) WHERE code <> '';"

     "CREATE TABLE member(" /* the chain as it was when the incident opened */
     "  incident INTEGER, position INTEGER, level INTEGER, was_told INTEGER, id TEXT, phone TEXT,"
     "  name TEXT, PRIMARY KEY(incident, position)) WITHOUT ROWID;"

     "CREATE TABLE entry("
     "  id INTEGER PRIMARY KEY AUTOINCREMENT, incident INTEGER, at INTEGER, kind TEXT,"
     "  level INTEGER, actor TEXT, channel TEXT, recipient TEXT, text TEXT);"
     "CREATE INDEX entry_by_incident ON entry(incident, id);"
     "CREATE TRIGGER entry_is_never_changed BEFORE UPDATE ON entry"
     "  BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;"
     "CREATE TRIGGER entry_is_never_removed BEFORE DELETE ON entry"
     "  BEGIN SELECT RAISE(ABORT, 'the audit log is never changed'); END;"

     "CREATE TABLE alarm("
     "  rule TEXT, point TEXT, state INTEGER, condition INTEGER, pending_since INTEGER,"
     "  clearing_since INTEGER, active_since INTEGER, incident INTEGER,"
     "  PRIMARY KEY(rule, point)) WITHOUT ROWID;"

     "CREATE TABLE message(" /* the outbox: without outcome and not cancelled is owed */
     "  id INTEGER PRIMARY KEY, incident INTEGER, kind TEXT, level INTEGER, at INTEGER,"
     "  person TEXT, phone TEXT, text TEXT, outcome INTEGER, is_cancelled INTEGER DEFAULT 0,"
     "  settled_at INTEGER, why TEXT);"
     "CREATE INDEX message_owed ON message(id) WHERE outcome IS NULL AND is_cancelled = 0;"
     "CREATE INDEX message_by_time ON message(at);"
     "CREATE INDEX message_by_incident ON message(incident);"

     "CREATE TABLE reply(key TEXT PRIMARY KEY, at INTEGER) WITHOUT ROWID;"
     "CREATE INDEX reply_by_time ON reply(at);"

     "CREATE TABLE stamp(id INTEGER PRIMARY KEY, at INTEGER);" /* the latest time in the file */
     "INSERT INTO stamp VALUES(1, 0);"

     "CREATE TABLE user("
     "  name TEXT PRIMARY KEY, role TEXT, person TEXT, password_hash TEXT, created_at INTEGER)"
     "  WITHOUT ROWID;"
     "CREATE TABLE token("
     "  hash TEXT PRIMARY KEY, name TEXT UNIQUE, role TEXT, created_at INTEGER) WITHOUT ROWID;"),
    "ALTER TABLE member ADD COLUMN knows_recovery INTEGER DEFAULT 0;",
    ("CREATE TABLE maintenance(" /* of a device, the last one; until 0: it is over */
     "  device TEXT PRIMARY KEY, since INTEGER, until INTEGER, actor TEXT, reason TEXT)"
     "  WITHOUT ROWID;"),
    NULL,
};

/* In the order of state_rows.c, like all lists of columns below. */
#define USER_COLUMNS "role, name, person, password_hash, created_at"
#define TOKEN_COLUMNS "role, name, hash, created_at"

const char *const state_sql_text[SQL_COUNT] = {
    [SQL_INCIDENT] = "INSERT OR REPLACE INTO incident(stored_at, " INCIDENT_COLUMNS ")"
                     " VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
    [SQL_MEMBER] = "INSERT OR REPLACE INTO member(incident, position, level, was_told, id, phone,"
                   " name, knows_recovery) VALUES(?,?,?,?,?,?,?,?)",
    [SQL_ENTRY] = "INSERT INTO entry(incident, at, kind, level, actor, channel, recipient, text)"
                  " VALUES(?,?,?,?,?,?,?,?)",
    [SQL_ALARM] = "INSERT OR REPLACE INTO alarm(rule, point, state, condition, pending_since,"
                  " clearing_since, active_since, incident) VALUES(?,?,?,?,?,?,?,?)",
    [SQL_MESSAGE] = "INSERT OR REPLACE INTO message(id, incident, kind, level, at, person, phone,"
                    " text) VALUES(?,?,?,?,?,?,?,?)",
    [SQL_CANCEL] = "UPDATE message SET is_cancelled = 1 WHERE id = ? AND outcome IS NULL",
    [SQL_SETTLED] = "UPDATE message SET outcome = ?2, is_cancelled = ?3, settled_at = ?4, why = ?5"
                    " WHERE id = ?1",
    [SQL_REPLY] = "INSERT OR IGNORE INTO reply(key, at) VALUES(?,?)",
    [SQL_MAINTENANCE] = "INSERT OR REPLACE INTO maintenance(device, since, until, actor, reason)"
                        " VALUES(?,?,?,?,?)",
    [SQL_FORGET_REPLIES] = "DELETE FROM reply WHERE at < ?",
    [SQL_STAMP] = "UPDATE stamp SET at = max(at, ?) WHERE id = 1",
    [SQL_USER_ADD] = "INSERT OR IGNORE INTO user(" USER_COLUMNS ") VALUES(?,?,?,?,?)",
    [SQL_USER_REPLACE] = "INSERT OR REPLACE INTO user(" USER_COLUMNS ") VALUES(?,?,?,?,?)",
    [SQL_TOKEN_ADD] = "INSERT OR IGNORE INTO token(" TOKEN_COLUMNS ") VALUES(?,?,?,?)",
};

const char *const state_question_text[ASK_COUNT] = {
    [ASK_TIMELINE] = "SELECT * FROM (SELECT incident, at, kind, level, actor, channel, recipient,"
                     " text, id FROM entry WHERE incident = ?1 ORDER BY id DESC LIMIT ?2)"
                     " ORDER BY id",
    [ASK_BY_ID] = "SELECT " INCIDENT_COLUMNS " FROM incident WHERE id = ?1 LIMIT ?2",
    [ASK_BY_CODE] = "SELECT " INCIDENT_COLUMNS " FROM incident WHERE code = ?1 AND code <> ''"
                    " ORDER BY id DESC LIMIT ?2",
    [ASK_MEMBERS] = "SELECT level, was_told, id, phone, name, knows_recovery FROM member"
                    " WHERE incident = ?1 AND position < ?2 ORDER BY position",
    [ASK_IDS] = "SELECT id FROM incident ORDER BY id DESC LIMIT ?2",
    [ASK_USER] = "SELECT " USER_COLUMNS " FROM user WHERE name = ?1 LIMIT ?2",
    [ASK_USERS] = "SELECT " USER_COLUMNS " FROM user ORDER BY name LIMIT ?2",
    [ASK_TOKEN] = "SELECT " TOKEN_COLUMNS " FROM token WHERE hash = ?1 LIMIT ?2",
    [ASK_TOKENS] = "SELECT " TOKEN_COLUMNS " FROM token ORDER BY name LIMIT ?2",
};
