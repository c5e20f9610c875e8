/* state.h - state.db: incidents, timelines, alarm states, the outbox, handled replies, users and
 * tokens.
 *
 * Store first, send later: the stored effects of one engine step are one transaction
 * (synchronous=FULL) in the state thread, the file's only writer; `on_written(n)` then releases the
 * messages of that step. After a crash the outbox lists the messages that still have to be sent.
 *
 * A hung or full disk fails the batch and blocks no other thread. A failed batch is tried again
 * each second, in order, so that the record becomes complete when the disk recovers. The queue
 * holds STATE_QUEUE_MAX batches or 64 MiB; beyond that the oldest unwritten ones are dropped and
 * counted.
 *
 * Incidents, entries and messages are kept for ever, keys of replies for 30 days. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/core/model/effect.h"

enum { STATE_QUEUE_MAX = 1024 };

struct state_callbacks {
    void *context;
    /* In the state thread: batch n is on the disk (or not, with the reason). A batch reported false
     * is kept, and reported true when it has been written later; no report comes twice. While the
     * disk fails a new batch is reported false at once. A disk that hangs gives no report: the
     * caller needs its own timeout. */
    void (*on_written)(void *context, int64_t n, bool is_ok, const char *why);
};

struct state;

/* Opens data_dir/state.db and brings its schema up to date; no thread yet. */
MUST_CHECK bool state_open(const char *data_dir, struct state **ret_state, struct error *error);

/* After state_open has failed: if data_dir/state.db is damaged, renames it to
 * state.db.damaged-STAMP, so that a new one can be made. False: it has another problem and is left
 * as it is. */
MUST_CHECK bool state_set_aside(const char *data_dir, ms_t stamp, struct error *error);

/* A stored record, for engine_adopt_*. */
enum state_record_kind {
    STATE_INCIDENT, /* open ones and the last closed 200 */
    STATE_ALARM,
    STATE_MESSAGE,     /* of the last 24 h and of open incidents */
    STATE_OWED,        /* a message without outcome, not cancelled */
    STATE_REPLY,       /* of the last 30 days */
    STATE_CODE,        /* given in the last 30 days */
    STATE_MAINTENANCE, /* not over */
    STATE_IDS,
};

struct state_code {
    char code[CODE_MAX];
    ms_t at;
};

struct state_ids {
    int64_t last_incident, last_message;
    ms_t last_stamp;
};

struct state_record {
    enum state_record_kind kind;
    union {
        struct incident incident;
        struct effect_alarm alarm;
        struct effect_message message; /* OWED, too */
        struct effect_reply reply;
        struct state_code code;
        struct effect_maintenance maintenance;
        struct state_ids ids;
    };
};

/* Calls `take` with the stored records in the order of their kinds, oldest first. Before
 * state_start. */
MUST_CHECK bool state_load(struct state *state, ms_t now, void *context,
                           void (*take)(void *context, const struct state_record *record),
                           struct error *error);

MUST_CHECK bool state_start(struct state *state, const struct state_callbacks *callbacks,
                            struct error *error);
/* Writes the queue, within 3 s; batches that could not be written count as lost. When the disk
 * hangs the thread is left running, and state_close frees nothing. NULL is allowed. */
void state_stop(struct state *state);
void state_close(struct state *state);

/* Copies the stored effects of a step and queues them as batch n. Never waits for the disk.
 * STATE_NOTHING: nothing to store, the caller may send at once. STATE_FULL: no memory (counted in
 * `state_lost`); send without a record. When the queue is full the oldest batches are dropped,
 * without a report. */
enum state_put { STATE_QUEUED, STATE_NOTHING, STATE_FULL };
enum state_put state_put(struct state *state, int64_t n, const struct effects *effects);
int64_t state_lost(struct state *state);

/* The timeline of an incident, oldest first, at most the newest `max` entries; any thread (own read
 * connection and lock). Returns the count. */
int32_t state_timeline(struct state *state, int64_t incident, struct effect_entry *entries,
                       int32_t max);
/* Finds an incident by id, else by code (then the newest); also one that the engine no longer
 * holds. False: there is none. */
bool state_find_incident(struct state *state, const char *id_or_code,
                         struct incident *ret_incident);
/* Ids of all incidents, newest first. Returns the count. */
int32_t state_list_incidents(struct state *state, int64_t *ids, int32_t max);
