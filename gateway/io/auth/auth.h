/* auth.h - authentication: logins with a password, sessions of 12 h, tokens.
 *
 * Wrong passwords are limited per address and per name (login_throttle.h). A login with an unknown
 * name takes as long as one with a wrong password. Sessions live in memory (sessions.h): a restart
 * ends them. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/io/auth/secret.h"
#include "gateway/io/auth/sessions.h"

enum {
    NAME_TRIES_MAX = 5,     /* wrong passwords of one name in 5 minutes */
    ADDRESS_TRIES_MAX = 20, /* of one address */
};

struct auth;

/* In a demo there is the user demo/demo, an admin, beside the stored ones. */
MUST_CHECK bool auth_start(struct state *state, bool is_demo, struct auth **ret_auth,
                           struct error *error);
void auth_stop(struct auth *auth); /* after the web; NULL is allowed */

enum login { LOGIN_OK, LOGIN_WRONG, LOGIN_SLOW_DOWN, LOGIN_BUSY };

/* Checks a password and opens a session; blocks for the hash (about 50 ms) and for those before it.
 * SLOW_DOWN: too many wrong passwords. BUSY: LOGINS_WAITING_MAX wait already. `address` is the
 * client's. */
enum login auth_login(struct auth *auth, const char *name, const char *password,
                      const char *address, ms_t now, char ret_session[static SECRET_TEXT]);
void auth_logout(struct auth *auth, const char *session);
bool auth_session(struct auth *auth, const char *session, ms_t now, struct identity *ret_identity);

/* Reads state.db, so it may wait for a disk. */
bool auth_token(struct auth *auth, const char *token, struct identity *ret_identity);

/* Ends all sessions of a user: after the password or role has changed. */
void auth_end_sessions(struct auth *auth, const char *name);

/* False: there is no user yet, and the login page names the command that makes one. */
bool auth_has_users(struct auth *auth);
