/* state_users.h - the accounts in state.db: users, and tokens of programs.
 *
 * Any thread may call these. A write is done by the state thread when it runs, and its caller waits
 * up to 2 s for it; the error says whether the write may still happen. Rows with a role that this
 * version does not know are skipped: such a role gives no rights. */
#pragma once

#include "gateway/io/state/role.h"
#include "gateway/io/state/state.h"

enum { USER_NAME_MAX = 33, PASSWORD_HASH_MAX = 128, TOKEN_HASH_MAX = 65 };

enum state_accounts { STATE_USERS, STATE_TOKENS };

struct state_account {
    char name[USER_NAME_MAX];
    enum role role;
    char person[ID_MAX];          /* of a user; "": none */
    char hash[PASSWORD_HASH_MAX]; /* argon2id string of libsodium; of a token its hex SHA-256 */
    ms_t created_at;
};

/* A name that is taken is an error, unless it is a user's and may_replace. */
MUST_CHECK bool state_account_put(struct state *state, enum state_accounts kind,
                                  const struct state_account *account, bool may_replace,
                                  struct error *error);
/* Finds a user by name, a token by hash. */
bool state_account_get(struct state *state, enum state_accounts kind, const char *key,
                       struct state_account *ret_account);
int32_t state_account_list(struct state *state, enum state_accounts kind,
                           struct state_account *accounts, int32_t max);
