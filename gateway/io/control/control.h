/* control.h - the socket data_dir/control.sock, by which the command line talks to the daemon.
 *
 * Only the daemon's user and root may connect. A connection carries one request and one answer,
 * each a line of JSON; one thread answers them:
 *   {"verb":"user.put","name","role","person","hash","replace":bool}      {"verb":"user.list"}
 *   {"verb":"user.password","name","hash"}                      {"verb":"sms.test","person"}
 *   {"verb":"token.put","name","role","hash"}                   {"verb":"token.list"}
 * Answers, with times in ms since 1970:
 *   {"ok":true}      {"ok":true,"users":[{"name","role","person","created_at"}]}
 *   {"ok":true,"text":""}       {"ok":true,"tokens":[{"name","role","created_at"}]}
 *   {"ok":false,"error":"one sentence"}
 * A member that the verb does not have is an error that names it. Passwords and tokens never pass
 * here, only their hashes. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/base/text.h"
#include "gateway/core/model/event.h"
#include "gateway/io/auth/auth.h"
#include "gateway/io/state/state.h"

enum {
    CONTROL_LINE_MAX = 65536, /* bytes of a request or an answer; longer ones are refused */
    CONTROL_USERS_MAX = 256,
    CONTROL_WAIT_MS = 5000, /* for the other side to read or write */
};

/* Handed over by main. */
struct control_callbacks {
    struct state *state;
    struct auth *auth; /* sessions of a changed user end; NULL: there are none */
    void *context;
    /* See web_callbacks. NULL: no engine runs. */
    int (*command)(void *context, const struct event_command *command,
                   char ret_text[static ANSWER_MAX]);
};

struct control;
/* Removes an old socket: the caller holds the lock of data_dir. */
MUST_CHECK bool control_start(const char *data_dir, const struct control_callbacks *callbacks,
                              struct control **ret_control, struct error *error);
void control_stop(struct control *control); /* removes the socket; NULL is allowed */

/* Carries out a request of any `length` bytes and writes the answer, without a newline. The command
 * line calls it itself when no daemon runs. */
void control_answer(const struct control_callbacks *callbacks, const char *request, size_t length,
                    struct text *answer);

/* Asks the daemon that runs on data_dir. Request and answer are lines without their newline. False
 * with ret_is_absent: no daemon listens there; without it the error gives the reason. */
MUST_CHECK bool control_ask(const char *data_dir, const char *request,
                            char ret_answer[static CONTROL_LINE_MAX], bool *ret_is_absent,
                            struct error *error);
