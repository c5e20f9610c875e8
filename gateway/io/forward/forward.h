/* forward.h - sends readings to a time-series store, in order. The store sees each reading once.
 *
 * One thread a store. It reads the journal from the store's cursor and encodes line protocol
 * (line_protocol.h), at most 5,000 lines. It posts them as gzip, and moves the cursor when the
 * store has taken them. A resend after a crash carries the same series and timestamps, which
 * InfluxDB overwrites.
 *
 * The answers are classes (batch_retry.h):
 *   2xx                         taken
 *   none, 408, 425, 429, 5xx    later: full jitter of 1 s to 60 s, at least Retry-After, no end
 *   401, 403, 404               the set-up is wrong: reported, tried again each minute
 *   400, 413, 422 and the like  a line is bad: the batch is halved; a single refused line is
 *                               given up and logged with the server's text */
#pragma once

#include "gateway/base/error.h"
#include "gateway/io/forward/forward_settings.h"
#include "gateway/io/history/history.h"

struct forward_callbacks {
    void *context;
    void (*on_health)(void *context, const char *store, bool is_ok, const char *text);
};

struct forward_status {
    bool is_ok;
    char text[200]; /* the last trouble in one sentence, "" when there is none */
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
