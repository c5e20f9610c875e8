/* control.h - how the command line talks to the running daemon: data_dir/control.sock, for its own user and root.
 *
 * One line of JSON each way, one request a connection, answered by one thread:
 *   {"verb":"user.put","name","role","person","hash","replace":bool}      {"verb":"user.list"}
 *   {"verb":"user.password","name","hash"}                                {"verb":"sms.test","person"}
 *   {"verb":"token.put","name","role","hash"}                             {"verb":"token.list"}
 * Answers: {"ok":true}, {"ok":true,"users":[{"name","role","person","created_at"}]}, {"ok":true,"tokens":[...]} with
 * times in ms since 1970, {"ok":true,"text":""} or {"ok":false,"error":"one sentence"}. A member that the verb does
 * not have is an error with its name. Passwords and tokens never pass here, only their hashes. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/base/text.h"
#include "gateway/core/model/event.h"
#include "gateway/io/auth/auth.h"
#include "gateway/io/state/state.h"

enum {
    CONTROL_LINE_MAX = 65536, /* bytes of a request or an answer; what is longer is refused */
    CONTROL_USERS_MAX = 256,
    CONTROL_WAIT_MS = 5000, /* for the other side to read or write */
};

/* Handed over by main. */
struct control_callbacks {
    struct state *state;
    struct auth *auth; /* sessions of a changed user end; NULL: there are none */
    void *context;
    /* As web_callbacks.command: posts a command and waits up to 2 s. Returns 200, 409 or 503. NULL: no engine. */
    int (*command)(void *context, const struct event_command *command,
                   char ret_text[static ANSWER_MAX]);
};

struct control;
/* The caller holds the lock of data_dir: an old socket there is removed. */
MUST_CHECK bool control_start(const char *data_dir, const struct control_callbacks *callbacks,
                              struct control **ret_control, struct error *error);
void control_stop(struct control *control); /* removes the socket; NULL is allowed */

/* Carries out one request and writes the answer, a line without its newline. `length` bytes of any kind. The command
 * line does the same by itself when no daemon runs. */
void control_answer(const struct control_callbacks *callbacks, const char *request, size_t length,
                    struct text *answer);

/* Asks the daemon that runs on data_dir. False with ret_is_absent true when none listens there; otherwise the
 * error says why not. `request` is a line without its newline, and so is the answer. */
MUST_CHECK bool control_ask(const char *data_dir, const char *request,
                            char ret_answer[static CONTROL_LINE_MAX], bool *ret_is_absent,
                            struct error *error);
