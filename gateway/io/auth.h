/* auth.h - who is asking: passwords (argon2id, 19 MiB, one at a time on its own worker), sessions, tokens.
 *
 * The only user of libsodium. Comparisons are constant-time; guessing is slowed down per address and per name. */
#pragma once

#include "gateway/base/error.h"
#include "gateway/io/state.h"

enum { SESSION_MAX = 256, SESSION_TEXT = 65, AUTH_NAME_MAX = 33 };

struct identity {
    char name[AUTH_NAME_MAX];
    enum role role;
    char person[ID_MAX]; /* "" : none */
};

struct auth;
MUST_CHECK bool auth_start(struct state *state, bool is_demo, struct auth **ret_auth,
                           struct error *error);
void auth_stop(struct auth *auth);

enum login { LOGIN_OK, LOGIN_WRONG, LOGIN_SLOW_DOWN, LOGIN_BUSY };

/* Checks a password and opens a session of 12 h; blocks for the hash (about 50 ms). `address` is the client's. */
enum login auth_login(struct auth *auth, const char *name, const char *password,
                      const char *address, ms_t now, char ret_session[static SESSION_TEXT]);
void auth_logout(struct auth *auth, const char *session);
bool auth_session(struct auth *auth, const char *session, ms_t now, struct identity *ret_identity);
bool auth_token(struct auth *auth, const char *token, struct identity *ret_identity);

/* Is there any user at all? Else the login page names the command that makes one. */
bool auth_has_users(struct auth *auth);

/* For `huoyan user add` and `token add`. A password is 8...128 bytes of UTF-8. */
MUST_CHECK bool auth_hash_password(const char *password, char ret_hash[static PASSWORD_HASH_MAX],
                                   struct error *error);
/* A new random token "hy_..." and the hash to store. */
void auth_make_token(char ret_token[static SESSION_TEXT], char ret_hash[static TOKEN_HASH_MAX]);
