/* forward.h - readings to a time-series store, in order, each exactly once as the store sees it.
 *
 * One thread a store. Reads the journal behind the store's cursor, encodes line protocol (line.h), gzip, posts at
 * most 5,000 lines, moves the cursor when the store has taken them. A resend after a crash carries the same
 * series and timestamps, which InfluxDB overwrites: idempotent.
 * Answers are classes: taken (2xx); later (none, 408, 425, 429, 5xx: full jitter 1 s to 60 s without end,
 * Retry-After as the floor); not allowed or missing (401, 403, 404: hold, raise an incident, try each minute);
 * suspicious (400, 413, 422 ...: halve the batch; a single refused line is quarantined with the server's words). */
#pragma once

#include "gateway/base/error.h"
#include "gateway/core/model/policy.h"
#include "gateway/io/history/history.h"

enum { FORWARD_LINES_MAX = 5000, STORES_MAX = 8 };

struct forward_settings {
    char id[ID_MAX];
    char url[256]; /* http://127.0.0.1:8086 */
    char database[64];
    char user[64];        /* "" : none */
    char token_file[256]; /* password or token, read at start; never in the config */
};

struct forward_callbacks {
    void *context;
    void (*on_health)(void *context, const char *store, bool is_well, const char *text);
};

struct forward_status {
    bool is_well;
    char text[200]; /* last trouble in words, "" when well */
    int64_t sent;   /* readings taken by the store since start */
    int64_t backlog;
    ms_t oldest_at; /* of the backlog, 0: none */
    int64_t quarantined;
    int64_t requests;
};

struct forward;
MUST_CHECK bool forward_start(const struct forward_settings *settings, struct history *history,
                              const struct policy *policy,
                              const struct forward_callbacks *callbacks,
                              struct forward **ret_forward, struct error *error);
void forward_stop(struct forward *forward); /* within 2 s */
void forward_wake(struct forward *forward); /* new readings are there */
struct forward_status forward_status(struct forward *forward);
