/* secret.h - random secrets, password hashes (argon2id) and comparison in constant time.
 *
 * The only user of libsodium. */
#pragma once

#include <stddef.h>

#include "gateway/base/error.h"
#include "gateway/io/state/state_users.h"

enum {
    SECRET_TEXT = 65, /* bytes of a session or a token as text, with NUL */
    PASSWORD_MIN = 8, /* bytes of UTF-8 */
    PASSWORD_MAX = 128,
};

/* Must have succeeded once before the other functions. False: the system has no source of
 * randomness. */
MUST_CHECK bool secret_prepare(struct error *error);

/* A new random session: 64 hex digits. */
void secret_make_session(char ret_session[static SECRET_TEXT]);

/* A new random token "hy_..." and the hash to store. Prepares by itself. */
MUST_CHECK bool secret_make_token(char ret_token[static SECRET_TEXT],
                                  char ret_hash[static TOKEN_HASH_MAX], struct error *error);
void secret_hash_token(const char *token, char to[static TOKEN_HASH_MAX]);

/* Hashes a password with 19 MiB and about 50 ms. False: it is too short, too long or no UTF-8, or
 * there is no memory. Prepares by itself. */
MUST_CHECK bool secret_hash_password(const char *password, char ret_hash[static PASSWORD_HASH_MAX],
                                     struct error *error);

/* Costs as much as the hash. With hash NULL it costs the same and is false: callers cannot measure
 * which names exist. */
bool secret_is_password(const char *hash, const char *password);

/* Compares `length` bytes in constant time. */
bool secret_is_same(const void *one, const void *other, size_t length);

/* Overwrites a secret that is no longer needed. */
void secret_wipe(void *bytes, size_t length);
