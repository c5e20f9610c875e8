/* daemon_parts.h - the parts of the daemon, for the daemon_*.c files alone. */
#pragma once

#include <stdatomic.h>

#include "config/config.h"
#include "gateway/core/engine.h"
#include "gateway/daemon/daemon.h"
#include "gateway/daemon/dispatch.h"
#include "gateway/daemon/mailbox.h"
#include "gateway/daemon/ticket.h"
#include "gateway/io/auth/auth.h"
#include "gateway/io/control/control.h"
#include "gateway/io/system/lockfile.h"
#include "gateway/io/web/web.h"
#include "sensors/quality/flatline.h"
#include "sensors/wire/wire.h"

/* The state of one output of the policy: written by the loop and the wire, read by the web. */
struct daemon_output {
    atomic_bool is_wanted, is_read_back;
    atomic_int state;              /* enum output_state */
    atomic_int outcome, exception; /* of the last command: enum write_outcome, the Modbus code */
    _Atomic ms_t since;
};

struct daemon {
    const struct config *config;
    const struct policy *policy;
    struct daemon_options options;
    struct arena *arena;
    struct lockfile *lockfile;
    struct state *state;
    struct history *history;
    struct engine *engine;
    struct effects *effects;
    struct mailbox *mailbox;
    struct tickets *tickets;
    struct dispatch *dispatch;
    struct reply_receipts *receipts;
    struct snapshot *snapshot;
    struct sms *sms;
    struct forward *forward[STORES_MAX];
    const char *store_id[STORES_MAX]; /* of each forwarder */
    int32_t forward_count;
    struct flatline *flatline; /* the wire's thread alone, once it runs; NULL: no point is judged */
    struct wire *wire;         /* NULL again once it has stopped */
    struct auth *auth;
    struct web *web;
    struct control *control;
    struct web_link *web_link;    /* by link */
    struct daemon_output *output; /* by the policy's outputs */
    bool has_lost_state;          /* state.db was damaged and is a new one */
    bool has_run;                 /* the loop carried out the effects of engine_start */
    ms_t last_stamp;              /* the latest time in state.db */
    struct effect_message *owed;  /* messages to send after the restart */
    int32_t owed_count;
};

/* In the daemon's arena; NULL when no point is judged. */
struct flatline *daemon_new_flatline(const struct daemon *daemon);

/* The performers and dispatch, then the wire: their callbacks post events to the mailbox. */
MUST_CHECK bool daemon_start_performers(struct daemon *daemon, struct error *error);
MUST_CHECK bool daemon_start_wire(struct daemon *daemon, struct error *error);

enum { LOOP_DRAIN_MS = 500 };

/* Carries out the effects of engine_start, then runs until must_stop is set or on_turn is false. */
void loop_run(struct daemon *daemon, const atomic_bool *must_stop);

/* After loop_run and the end of the wire: handles the events that are left in the mailbox. So the
 * last readings and the writes that made outputs safe are recorded. Never waits; gives up after
 * LOOP_DRAIN_MS. */
void loop_drain(struct daemon *daemon);

/* Outputs. */
void daemon_switch_output(void *context, const struct effect_output *output);
void daemon_post_write(void *context, int32_t link, const struct link_write *write);
void daemon_post_output(void *context, int32_t link, const struct link_output_change *change);
/* See web_callbacks. */
void daemon_output_state(void *context, int32_t index, struct web_output_state *ret_state);

/* Gives the engine a command and waits up to 2 s: 200, 409 or 503 and a sentence. */
int daemon_command(void *context, const struct event_command *command,
                   char ret_text[static ANSWER_MAX]);

/* See web_callbacks. */
void daemon_link_state(void *context, int32_t link, struct web_link_state *ret_state);
void daemon_device_state(void *context, int32_t link, int32_t device,
                         struct web_device_state *ret_state);
void daemon_block_state(void *context, int32_t link, int32_t device, int32_t read,
                        struct web_block_state *ret_state);

MUST_CHECK bool daemon_open_web(struct daemon *daemon, struct error *error);
void daemon_close_web(struct daemon *daemon);
