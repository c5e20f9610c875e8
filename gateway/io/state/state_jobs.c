/* Writes that wait for the state thread, the file's only writer. */
#include <errno.h>
#include <stdlib.h>

#include "gateway/base/memory.h"
#include "gateway/base/thread.h"
#include "gateway/io/state/state_parts.h"
#include "gateway/io/system/clock.h"

enum { WAIT_MS = 2000 };

static bool write_job(struct state *state, const struct state_job *job, struct error *error)
{
    const struct state_account *account = &job->account;
    bool is_user = job->kind == STATE_USERS;
    state_bind_row(state->sql[job->sql], 1, is_user ? ROW_USER : ROW_TOKEN, account);
    return db_execute(state->sql[job->sql], error) &&
           (db_changes(state->db) == 1 ||
            error_set(error, "there is a %s '%s' already; %s", is_user ? "user" : "token",
                      account->name,
                      is_user ? "'huoyan passwd' changes the password" : "take another name"));
}

void state_run_jobs(struct state *state)
{
    while (state->jobs != NULL) {
        struct state_job *job = state->jobs;
        state->jobs = job->next;
        job->state = JOB_RUNNING;
        thread_unlock(&state->lock);
        struct error error = {""};
        bool is_ok = write_job(state, job, &error);
        thread_lock(&state->lock);
        bool is_left = job->state == JOB_LEFT;
        job->state = JOB_DONE;
        job->is_ok = is_ok;
        job->error = error;
        (void) pthread_cond_broadcast(&state->done);
        if (is_left) {
            free(job);
        }
    }
}

/* With the lock: the caller stops waiting. True: the caller frees the job, else the thread does. */
static bool give_up_job(struct state *state, struct state_job *job, struct error *error)
{
    if (job->state == JOB_RUNNING) {
        job->state = JOB_LEFT;
        (void) error_set(error,
                         "the disk has not answered within 2 s; look later whether it is done");
        return false;
    }
    struct state_job **link = &state->jobs;
    while (*link != job) {
        link = &(*link)->next;
    }
    *link = job->next;
    (void) error_set(error, "the disk does not answer; nothing was changed, try again later");
    return true;
}

/* With the lock: hands the job to the thread and waits. True: done or not begun, the caller frees
 * it. */
static bool wait_for_job(struct state *state, struct state_job *job, struct error *error)
{
    struct state_job **link = &state->jobs;
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

bool state_do_job(struct state *state, const struct state_job *order, struct error *error)
{
    thread_lock(&state->lock);
    bool is_running = state->is_running;
    bool is_hung = state->is_hung;
    if (!is_running) {
        thread_unlock(&state->lock);
        return is_hung ? error_set(error, "the disk of state.db does not answer")
                       : write_job(state, order, error);
    }
    /* Not on the stack: the thread may still write it after this caller has given up. */
    struct state_job *job = memory_take(1, sizeof *job);
    *job = *order;
    bool is_mine = wait_for_job(state, job, error);
    bool is_ok = is_mine && job->state == JOB_DONE && job->is_ok;
    thread_unlock(&state->lock);
    if (is_mine) {
        free(job);
    }
    return is_ok;
}
