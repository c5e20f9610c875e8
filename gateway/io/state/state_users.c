#include "gateway/io/state/state_users.h"

#include "gateway/io/state/state_parts.h"

bool state_user_put(struct state *state, const struct state_user *user, bool may_replace,
                    struct error *error)
{
    const struct state_job job = {.sql = may_replace ? SQL_USER_REPLACE : SQL_USER_ADD,
                                  .row = ROW_USER,
                                  .user = *user,
                                  .what = "user",
                                  .advice = "'huoyan passwd' changes the password"};
    return state_do_job(state, &job, error);
}

bool state_token_put(struct state *state, const struct state_token *token, struct error *error)
{
    const struct state_job job = {.sql = SQL_TOKEN_ADD,
                                  .row = ROW_TOKEN,
                                  .token = *token,
                                  .what = "token",
                                  .advice = "take another name"};
    return state_do_job(state, &job, error);
}

bool state_user_get(struct state *state, const char *name, struct state_user *ret_user)
{
    const struct state_query query = {.question = ASK_USER, .text = name, .max = 1};
    return state_ask(state, &query, ROW_USER, ret_user) == 1;
}

bool state_token_get(struct state *state, const char *hash, struct state_token *ret_token)
{
    const struct state_query query = {.question = ASK_TOKEN, .text = hash, .max = 1};
    return state_ask(state, &query, ROW_TOKEN, ret_token) == 1;
}

int32_t state_user_list(struct state *state, struct state_user *users, int32_t max)
{
    const struct state_query query = {.question = ASK_USERS, .max = max};
    return state_ask(state, &query, ROW_USER, users);
}

int32_t state_token_list(struct state *state, struct state_token *tokens, int32_t max)
{
    const struct state_query query = {.question = ASK_TOKENS, .max = max};
    return state_ask(state, &query, ROW_TOKEN, tokens);
}
