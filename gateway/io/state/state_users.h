/* state_users.h - users and tokens in state.db.
 *
 * Any thread may call these. A write is done by the state thread when it runs, and its caller waits
 * up to 2 s for it; the error says whether the write may still happen. Rows with a role that this
 * version does not know are skipped: such a role gives no rights. */
#pragma once

#include "gateway/io/state/role.h"
#include "gateway/io/state/state.h"

enum { USER_NAME_MAX = 33, PASSWORD_HASH_MAX = 128, TOKEN_HASH_MAX = 65 };

struct state_user {
    char name[USER_NAME_MAX];
    enum role role;
    char person[ID_MAX];                   /* "": none */
    char password_hash[PASSWORD_HASH_MAX]; /* argon2id string of libsodium */
    ms_t created_at;
};
MUST_CHECK bool state_user_put(struct state *state, const struct state_user *user, bool may_replace,
                               struct error *error);
bool state_user_get(struct state *state, const char *name, struct state_user *ret_user);
int32_t state_user_list(struct state *state, struct state_user *users, int32_t max);

struct state_token {
    char name[USER_NAME_MAX];
    enum role role;
    char hash[TOKEN_HASH_MAX]; /* hex SHA-256 of the token */
    ms_t created_at;
};
MUST_CHECK bool state_token_put(struct state *state, const struct state_token *token,
                                struct error *error);
bool state_token_get(struct state *state, const char *hash, struct state_token *ret_token);
int32_t state_token_list(struct state *state, struct state_token *tokens, int32_t max);
