/* auth.h - who is asking: passwords (argon2id, 19 MiB, one at a time on its own worker), sessions, tokens.
 *
 * The only user of libsodium. Comparisons are constant-time; a name that nobody has costs the same time as a wrong
 * password; guessing is slowed down per address and per name. Sessions live in memory: a restart ends them.
 * When there are more sessions than SESSION_MAX the oldest ends. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/io/state/state_users.h"

enum {
    SESSION_MAX = 256,
    SESSION_TEXT = 65, /* bytes of a session or a token, with NUL */
    AUTH_NAME_MAX = 33,
    AUTH_PASSWORD_MIN = 8,
    AUTH_PASSWORD_MAX = 128,
    LOGINS_WAITING_MAX = 8,
    NAME_TRIES_MAX = 5,     /* wrong passwords of one name in 5 minutes */
    ADDRESS_TRIES_MAX = 20, /* of one address */
};
#define SESSION_SPAN_MS (12 * MS_PER_HOUR)

struct identity {
    char name[AUTH_NAME_MAX];
    enum role role;
    char person[ID_MAX]; /* "" : none */
};

struct auth;
/* In a demo there is the user demo/demo, an admin, beside the stored ones. */
MUST_CHECK bool auth_start(struct state *state, bool is_demo, struct auth **ret_auth,
                           struct error *error);
void auth_stop(struct auth *auth); /* after the web; NULL is allowed */

enum login { LOGIN_OK, LOGIN_WRONG, LOGIN_SLOW_DOWN, LOGIN_BUSY };

/* Checks a password and opens a session of 12 h; blocks for the hash (about 50 ms) and those before it. BUSY when
 * LOGINS_WAITING_MAX wait already. `address` is the client's. */
enum login auth_login(struct auth *auth, const char *name, const char *password,
                      const char *address, ms_t now, char ret_session[static SESSION_TEXT]);
void auth_logout(struct auth *auth, const char *session);
bool auth_session(struct auth *auth, const char *session, ms_t now, struct identity *ret_identity);
/* Asks state, so it may wait for a disk. */
bool auth_token(struct auth *auth, const char *token, struct identity *ret_identity);

/* Ends what is open under this name: after its password or role changed. */
void auth_end_sessions(struct auth *auth, const char *name);

/* Is there any user at all? Else the login page names the command that makes one. */
bool auth_has_users(struct auth *auth);

/* For `huoyan user add` and `token add`. A password is 8...128 bytes of UTF-8. */
MUST_CHECK bool auth_hash_password(const char *password, char ret_hash[static PASSWORD_HASH_MAX],
                                   struct error *error);
/* A new random token "hy_..." and the hash to store. */
MUST_CHECK bool auth_make_token(char ret_token[static SESSION_TEXT],
                                char ret_hash[static TOKEN_HASH_MAX], struct error *error);

/* Overwrites a secret that is needed no more. */
void auth_wipe(void *bytes, size_t length);
