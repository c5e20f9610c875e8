#include "gateway/io/state/state_users.h"

#include "gateway/io/state/state_parts.h"

bool state_account_put(struct state *state, enum state_accounts kind,
                       const struct state_account *account, bool may_replace, struct error *error)
{
    struct state_job job = {.kind = kind, .sql = SQL_TOKEN_ADD, .account = *account};
    if (kind == STATE_USERS) {
        job.sql = may_replace ? SQL_USER_REPLACE : SQL_USER_ADD;
    }
    return state_do_job(state, &job, error);
}

bool state_account_get(struct state *state, enum state_accounts kind, const char *key,
                       struct state_account *ret_account)
{
    const struct state_query query = {
        .question = kind == STATE_USERS ? ASK_USER : ASK_TOKEN, .text = key, .max = 1};
    return state_ask(state, &query, kind == STATE_USERS ? ROW_USER : ROW_TOKEN, ret_account) == 1;
}

int32_t state_account_list(struct state *state, enum state_accounts kind,
                           struct state_account *accounts, int32_t max)
{
    const struct state_query query = {.question = kind == STATE_USERS ? ASK_USERS : ASK_TOKENS,
                                      .max = max};
    return state_ask(state, &query, kind == STATE_USERS ? ROW_USER : ROW_TOKEN, accounts);
}
