#include "gateway/io/state/state_users.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/base/thread.h"
#include "gateway/io/state/state_parts.h"
#include "gateway/io/system/clock.h"

enum { WAIT_MS = 2000 };

/* QUEUED -> RUNNING [state_take_job], -> gone [give_up_job] when the thread is busy for too long
 * RUNNING -> DONE [state_run_job], -> LEFT [give_up_job] and then freed by the thread */
enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_DONE, JOB_LEFT };

enum job_kind { JOB_USER_ADD, JOB_USER_REPLACE, JOB_TOKEN };

struct job {
    struct job *next;
    enum job_kind kind;
    enum job_state state;
    union {
        struct state_user user;
        struct state_token token;
    };
    bool is_ok;
    struct error error;
};

static bool write_user(struct state *state, const struct state_user *user, bool may_replace,
                       struct error *error)
{
    struct db_statement *sql = state->sql[may_replace ? SQL_USER_REPLACE : SQL_USER_ADD];
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

static bool write_token(struct state *state, const struct state_token *token, struct error *error)
{
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

static bool write_order(struct state *state, const struct job *job, struct error *error)
{
    switch (job->kind) {
    case JOB_USER_ADD:
        return write_user(state, &job->user, false, error);
    case JOB_USER_REPLACE:
        return write_user(state, &job->user, true, error);
    case JOB_TOKEN:
        return write_token(state, &job->token, error);
    }
    CHECK(false);
    return false;
}

struct job *state_take_job(struct state *state)
{
    struct job *job = state->jobs;
    if (job != NULL) {
        state->jobs = job->next;
        job->state = JOB_RUNNING;
    }
    return job;
}

void state_run_job(struct state *state, struct job *job)
{
    struct error error = {""};
    bool is_ok = write_order(state, job, &error);
    thread_lock(&state->lock);
    bool is_left = job->state == JOB_LEFT;
    job->state = JOB_DONE;
    job->is_ok = is_ok;
    job->error = error;
    (void) pthread_cond_broadcast(&state->done);
    thread_unlock(&state->lock);
    if (is_left) {
        free(job);
    }
}

/* With the lock: the caller stops waiting. True: the caller frees the job, else the thread does. */
static bool give_up_job(struct state *state, struct job *job, struct error *error)
{
    if (job->state == JOB_RUNNING) {
        job->state = JOB_LEFT;
        (void) error_set(error,
                         "the disk has not answered within 2 s; look later whether it is done");
        return false;
    }
    struct job **link = &state->jobs;
    while (*link != job) {
        link = &(*link)->next;
    }
    *link = job->next;
    (void) error_set(error, "the disk does not answer; nothing was changed, try again later");
    return true;
}

/* With the lock: hands the job to the thread and waits. True: done or not begun, the caller frees
 * it. */
static bool wait_for_job(struct state *state, struct job *job, struct error *error)
{
    struct job **link = &state->jobs;
    while (*link != NULL) {
        link = &(*link)->next;
    }
    *link = job;
    (void) pthread_cond_signal(&state->work);
    struct timespec deadline = clock_deadline(WAIT_MS);
    int code = 0;
    while (job->state != JOB_DONE && code != ETIMEDOUT) {
        code = pthread_cond_timedwait(&state->done, &state->lock, &deadline);
    }
    if (job->state != JOB_DONE) {
        return give_up_job(state, job, error);
    }
    if (!job->is_ok) {
        (void) error_set(error, "%s", job->error.text);
    }
    return true;
}

static bool run_order(struct state *state, const struct job *order, struct error *error)
{
    thread_lock(&state->lock);
    bool is_running = state->is_running;
    bool is_hung = state->is_hung;
    if (!is_running) {
        thread_unlock(&state->lock);
        return is_hung ? error_set(error, "the disk of state.db does not answer")
                       : write_order(state, order, error);
    }
    struct job *job = memory_take(1, sizeof *job);
    *job = *order;
    bool is_mine = wait_for_job(state, job, error);
    bool is_ok = is_mine && job->state == JOB_DONE && job->is_ok;
    thread_unlock(&state->lock);
    if (is_mine) {
        free(job);
    }
    return is_ok;
}

bool state_user_put(struct state *state, const struct state_user *user, bool may_replace,
                    struct error *error)
{
    struct job job = {.kind = may_replace ? JOB_USER_REPLACE : JOB_USER_ADD, .user = *user};
    return run_order(state, &job, error);
}

bool state_token_put(struct state *state, const struct state_token *token, struct error *error)
{
    struct job job = {.kind = JOB_TOKEN, .token = *token};
    return run_order(state, &job, error);
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
