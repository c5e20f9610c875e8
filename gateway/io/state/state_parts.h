/* state_parts.h - what the files of state share; for no other module. */
#pragma once

#include <pthread.h>
#include <time.h>

#include "gateway/io/state/state_users.h"
#include "gateway/io/system/db.h"

/* Statements of the writer. */
enum state_sql {
    SQL_INCIDENT,
    SQL_MEMBER,
    SQL_ENTRY,
    SQL_ALARM,
    SQL_MESSAGE,
    SQL_CANCEL,
    SQL_SETTLED,
    SQL_REPLY,
    SQL_FORGET_REPLIES,
    SQL_MAINTENANCE,
    SQL_STAMP,
    SQL_USER_ADD,
    SQL_USER_REPLACE,
    SQL_TOKEN_ADD,
};
enum { SQL_COUNT = 14 };

/* Statements of the read connection. */
enum state_question {
    ASK_TIMELINE,
    ASK_BY_ID,
    ASK_BY_CODE,
    ASK_MEMBERS,
    ASK_IDS,
    ASK_USER,
    ASK_USERS,
    ASK_TOKEN,
    ASK_TOKENS,
};
enum { ASK_COUNT = 9 };

/* The records that are rows of a table, or of a question. */
enum state_row {
    ROW_INCIDENT,
    ROW_MEMBER,
    ROW_ENTRY,
    ROW_ALARM,
    ROW_MESSAGE,
    ROW_REPLY,
    ROW_MAINTENANCE,
    ROW_CODE,
    ROW_IDS,
    ROW_USER,
    ROW_TOKEN,
    ROW_ID, /* an int64_t */
};

struct state_query {
    enum state_question question;
    const char *text; /* ?1; NULL: it is the number */
    int64_t number;
    int32_t max; /* ?2, rows */
};

/* The stored effects of one step. Effects and copies of the incidents lie in one block behind
 * it. */
struct state_batch {
    int64_t n;
    ms_t at; /* the latest time in it */
    size_t bytes;
    bool is_reported; /* as failed */
    int32_t count;
    struct effect *effect;
};

/* A user or token to be written by the thread.
 *
 *   QUEUED  -> RUNNING  [state_run_jobs]
 *   QUEUED  -> (gone)   [give_up_job]    the thread was busy for too long
 *   RUNNING -> DONE     [state_run_jobs]
 *   RUNNING -> LEFT     [give_up_job]    the caller waits no longer: the thread frees the job */
enum state_job_state { JOB_QUEUED, JOB_RUNNING, JOB_DONE, JOB_LEFT };

struct state_job {
    struct state_job *next;
    enum state_job_state state;
    enum state_sql sql;
    enum state_accounts kind;
    struct state_account account;
    bool is_ok;
    struct error error;
};

struct state {
    struct db *db; /* the thread's; before state_start and after state_stop the caller's */
    struct db_statement *sql[SQL_COUNT];

    pthread_mutex_t read_lock; /* of the two below; held over reads of SQLite only */
    struct db *reader;
    struct db_statement *question[ASK_COUNT];

    struct state_callbacks callbacks;
    pthread_t thread;

    pthread_mutex_t lock; /* of all below; never held over I/O */
    pthread_cond_t work;  /* for the thread */
    pthread_cond_t done;  /* for the callers that wait for a job */
    struct state_batch *queue[STATE_QUEUE_MAX];
    int32_t queued;
    int32_t in_hand; /* so many of the queue, from its front, are being written */
    size_t queued_bytes;
    struct state_job *jobs; /* oldest first */
    int64_t lost;
    bool is_running, is_stopping, has_ended;
    bool is_hung;    /* the thread did not end: its memory is never freed */
    bool is_failing; /* the last commit failed */
    char why[ERROR_MAX];
    struct timespec retry_at;
};

/* state_schema.c */
extern const char *const state_migrations[];
extern const char *const state_sql_text[SQL_COUNT];
extern const char *const state_question_text[ASK_COUNT];
#define INCIDENT_COLUMNS                                                                          \
    "id, code, rule, point, site, subject, place, severity, condition, state, level, opened_at, " \
    "acked_at, cleared_at, closed_at, active_since, escalate_at, repeat_at, first_value, "        \
    "peak_value, bound, has_value, has_bound, is_upper, raised_count, acked_by, member_count"

/* state_write.c: inside the caller's transaction. */
MUST_CHECK bool state_write_batch(struct state *state, const struct state_batch *batch,
                                  struct error *error);

/* state_batch.c: copies what is stored; NULL when there is nothing (ret_count 0) or no memory. */
struct state_batch *state_batch_new(int64_t n, const struct effects *effects, int32_t *ret_count);

/* state_rows.c: a record as the parameters of a statement from `first` on, or from its columns.
 * False: this version does not know the role in the row. */
void state_bind_row(struct db_statement *statement, int first, enum state_row row,
                    const void *record);
MUST_CHECK bool state_read_row(struct db_statement *statement, enum state_row row,
                               void *ret_record);
/* Asks the read connection for rows, with the read lock. A failure ends them. */
bool state_read_rows(struct state *state, const struct state_query *query, enum state_row row,
                     void *to, int32_t *ret_count, struct error *error);
/* Takes the lock and returns the count. */
int32_t state_ask(struct state *state, const struct state_query *query, enum state_row row,
                  void *to);

/* state_read.c: the members, and what is not stored, of an incident whose row was read. */
MUST_CHECK bool state_read_members(struct state *state, struct incident *incident,
                                   struct error *error);

/* state_jobs.c */
/* Has the thread write it and waits up to 2 s; writes it here when there is no thread. */
MUST_CHECK bool state_do_job(struct state *state, const struct state_job *order,
                             struct error *error);
/* By the thread, with the lock, which is released while a job is written. */
void state_run_jobs(struct state *state);
