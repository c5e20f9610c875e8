#include "gateway/io/state/state_users.h"

#include <string.h>

#include "gateway/base/thread.h"
#include "gateway/io/state/state_parts.h"

static bool write_user(struct state *state, const struct state_job *job, struct error *error)
{
    const struct state_user *user = &job->user;
    struct db_statement *sql = state->sql[job->may_replace ? SQL_USER_REPLACE : SQL_USER_ADD];
    db_bind_text(sql, 1, user->name);
    db_bind_text(sql, 2, role_name(user->role));
    db_bind_text(sql, 3, user->person);
    db_bind_text(sql, 4, user->password_hash);
    db_bind_int(sql, 5, user->created_at);
    if (!db_execute(sql, error)) {
        return false;
    }
    return db_changes(state->db) == 1 ||
           error_set(error, "there is a user '%s' already; 'huoyan passwd' changes the password",
                     user->name);
}

static bool write_token(struct state *state, const struct state_job *job, struct error *error)
{
    const struct state_token *token = &job->token;
    struct db_statement *sql = state->sql[SQL_TOKEN_ADD];
    db_bind_text(sql, 1, token->name);
    db_bind_text(sql, 2, role_name(token->role));
    db_bind_text(sql, 3, token->hash);
    db_bind_int(sql, 4, token->created_at);
    if (!db_execute(sql, error)) {
        return false;
    }
    return db_changes(state->db) == 1 ||
           error_set(error, "there is a token '%s' already; take another name", token->name);
}

bool state_user_put(struct state *state, const struct state_user *user, bool may_replace,
                    struct error *error)
{
    struct state_job job = {.write = write_user, .user = *user, .may_replace = may_replace};
    return state_do_job(state, &job, error);
}

bool state_token_put(struct state *state, const struct state_token *token, struct error *error)
{
    struct state_job job = {.write = write_token, .token = *token};
    return state_do_job(state, &job, error);
}

/* A role that this version does not know gives no rights: the row is skipped. */
static bool read_user(struct db_statement *row, struct state_user *user)
{
    *user = (struct state_user){.created_at = db_int(row, 2)};
    state_copy_text(row, 0, user->name, sizeof user->name);
    state_copy_text(row, 3, user->person, sizeof user->person);
    state_copy_text(row, 4, user->password_hash, sizeof user->password_hash);
    return role_find(db_text(row, 1), &user->role);
}

static bool read_token(struct db_statement *row, struct state_token *token)
{
    *token = (struct state_token){.created_at = db_int(row, 2)};
    state_copy_text(row, 0, token->name, sizeof token->name);
    state_copy_text(row, 3, token->hash, sizeof token->hash);
    return role_find(db_text(row, 1), &token->role);
}

bool state_user_get(struct state *state, const char *name, struct state_user *ret_user)
{
    struct state_user user = {0};
    struct db_statement *ask = state->question[ASK_USER];
    thread_lock(&state->read_lock);
    db_bind_text(ask, 1, name);
    bool is_found = db_step(ask, NULL) == DB_ROW && read_user(ask, &user);
    db_reset(ask);
    thread_unlock(&state->read_lock);
    if (is_found) {
        *ret_user = user;
    }
    return is_found;
}

bool state_token_get(struct state *state, const char *hash, struct state_token *ret_token)
{
    struct state_token token = {0};
    struct db_statement *ask = state->question[ASK_TOKEN];
    thread_lock(&state->read_lock);
    db_bind_text(ask, 1, hash);
    bool is_found = db_step(ask, NULL) == DB_ROW && read_token(ask, &token);
    db_reset(ask);
    thread_unlock(&state->read_lock);
    if (is_found) {
        *ret_token = token;
    }
    return is_found;
}

int32_t state_user_list(struct state *state, struct state_user *users, int32_t max)
{
    struct db_statement *ask = state->question[ASK_USERS];
    thread_lock(&state->read_lock);
    db_bind_int(ask, 1, max);
    int32_t count = 0;
    while (count < max && db_step(ask, NULL) == DB_ROW) {
        count += read_user(ask, &users[count]) ? 1 : 0;
    }
    db_reset(ask);
    thread_unlock(&state->read_lock);
    return count;
}

int32_t state_token_list(struct state *state, struct state_token *tokens, int32_t max)
{
    struct db_statement *ask = state->question[ASK_TOKENS];
    thread_lock(&state->read_lock);
    db_bind_int(ask, 1, max);
    int32_t count = 0;
    while (count < max && db_step(ask, NULL) == DB_ROW) {
        count += read_token(ask, &tokens[count]) ? 1 : 0;
    }
    db_reset(ask);
    thread_unlock(&state->read_lock);
    return count;
}
