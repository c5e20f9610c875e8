#include "gateway/io/auth/auth.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/memory.h"
#include "gateway/base/thread.h"
#include "gateway/io/auth/login_throttle.h"
#include "gateway/io/auth/passwords.h"

struct auth {
    struct state *state;
    bool is_demo;
    atomic_bool has_users;
    struct sessions sessions;
    struct passwords passwords;

    pthread_mutex_t tries_lock;
    struct login_throttle names, addresses;
};

static void free_auth(struct auth *auth)
{
    sessions_destroy(&auth->sessions);
    CHECK(pthread_mutex_destroy(&auth->tries_lock) == 0);
    free(auth);
}

bool auth_start(struct state *state, bool is_demo, struct auth **ret_auth, struct error *error)
{
    if (!secret_prepare(error)) {
        return false;
    }
    struct auth *auth = memory_take(1, sizeof *auth);
    auth->state = state;
    auth->is_demo = is_demo;
    CHECK(pthread_mutex_init(&auth->tries_lock, NULL) == 0);
    sessions_init(&auth->sessions);
    if (!passwords_start(&auth->passwords, error)) {
        free_auth(auth);
        return false;
    }
    *ret_auth = auth;
    return true;
}

void auth_stop(struct auth *auth)
{
    if (auth != NULL) {
        passwords_stop(&auth->passwords);
        free_auth(auth);
    }
}

bool auth_session(struct auth *auth, const char *session, ms_t now, struct identity *ret_identity)
{
    return sessions_find(&auth->sessions, session, now, ret_identity);
}

void auth_logout(struct auth *auth, const char *session)
{
    sessions_close(&auth->sessions, session);
}

void auth_end_sessions(struct auth *auth, const char *name)
{
    sessions_close_user(&auth->sessions, name);
}

static bool take_login_try(struct auth *auth, const char *name, const char *address, ms_t now)
{
    thread_lock(&auth->tries_lock);
    bool may = login_throttle_take(&auth->addresses, address, ADDRESS_TRIES_MAX, now) &&
               login_throttle_take(&auth->names, name, NAME_TRIES_MAX, now);
    thread_unlock(&auth->tries_lock);
    return may;
}

static void give_login_try_back(struct auth *auth, const char *name, const char *address)
{
    thread_lock(&auth->tries_lock);
    login_throttle_give_back(&auth->addresses, address);
    login_throttle_give_back(&auth->names, name);
    thread_unlock(&auth->tries_lock);
}

static bool is_demo_user(const struct auth *auth, const char *name, const char *password)
{
    static const char demo[] = "demo";
    return auth->is_demo && strcmp(name, demo) == 0 && strlen(password) == strlen(demo) &&
           secret_is_same(password, demo, strlen(demo));
}

/* Fills in the identity when the password is right. */
static enum login check_login(struct auth *auth, const char *name, const char *password,
                              struct identity *identity)
{
    if (is_demo_user(auth, name, password)) {
        *identity = (struct identity){.name = "demo", .role = ROLE_ADMIN};
        return LOGIN_OK;
    }
    struct state_account user = {0};
    bool is_known =
        strlen(name) < USER_NAME_MAX && state_account_get(auth->state, STATE_USERS, name, &user);
    switch (passwords_check(&auth->passwords, is_known ? user.hash : NULL, password)) {
    case PASSWORD_BUSY:
        return LOGIN_BUSY;
    case PASSWORD_WRONG:
        return LOGIN_WRONG;
    case PASSWORD_RIGHT:
        break;
    }
    *identity = (struct identity){.role = user.role};
    memcpy(identity->name, user.name, sizeof identity->name);
    memcpy(identity->person, user.person, sizeof identity->person);
    return LOGIN_OK;
}

enum login auth_login(struct auth *auth, const char *name, const char *password,
                      const char *address, ms_t now, char ret_session[static SECRET_TEXT])
{
    char key[LOGIN_THROTTLE_KEY_MAX];
    login_throttle_address_key(address, key);
    /* Counted before the slow check, so that parallel guesses cannot all pass first. */
    if (!take_login_try(auth, name, key, now)) {
        return LOGIN_SLOW_DOWN;
    }
    struct identity identity = {0};
    enum login login = check_login(auth, name, password, &identity);
    if (login != LOGIN_WRONG) {
        give_login_try_back(auth, name, key);
    }
    if (login == LOGIN_OK) {
        sessions_open(&auth->sessions, &identity, now, ret_session);
    }
    return login;
}

bool auth_has_users(struct auth *auth)
{
    if (auth->is_demo || atomic_load(&auth->has_users)) {
        return true; /* users are never removed */
    }
    struct state_account user;
    atomic_store(&auth->has_users, state_account_list(auth->state, STATE_USERS, &user, 1) > 0);
    return atomic_load(&auth->has_users);
}

bool auth_token(struct auth *auth, const char *token, struct identity *ret_identity)
{
    char hash[TOKEN_HASH_MAX];
    secret_hash_token(token, hash);
    struct state_account known;
    if (!state_account_get(auth->state, STATE_TOKENS, hash, &known)) {
        return false;
    }
    *ret_identity = (struct identity){.role = known.role};
    memcpy(ret_identity->name, known.name, sizeof ret_identity->name);
    return true;
}
