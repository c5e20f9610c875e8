#include "gateway/io/auth/auth.h"

#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/thread.h"
#include "gateway/base/utf8.h"
#include "gateway/io/auth/login_throttle.h"

enum { HASH_PASSES = 2, HASH_MEMORY = 19 * 1024 * 1024, SECRET_BYTES = 32 };

/* Of a password that nobody knows, with the cost above: what a name without a user is compared with. */
static const char nobody_hash[PASSWORD_HASH_MAX] =
    "$argon2id$v=19$m=19456,t=2,p=1$UikzRl4cq+Jz+V8yeM+83A"
    "$MtAUOevlczpQBgysrZ/ApHptyRNdOn5Lye4MT2p7tKA";

_Static_assert(PASSWORD_HASH_MAX >= crypto_pwhash_STRBYTES, "a hash fits its row");
_Static_assert(SESSION_TEXT == SECRET_BYTES * 2 + 1, "a session is 32 bytes in hex");

/* A password to check; lives on the stack of who waits for it. */
struct hash_job {
    const char *hash, *password;
    bool is_match, is_done;
};

struct session {
    char text[SESSION_TEXT]; /* "" : free */
    ms_t until;
    struct identity identity;
};

struct auth {
    struct state *state;
    bool is_demo;
    atomic_bool has_users;

    pthread_mutex_t lock; /* of sessions and tries */
    struct session session[SESSION_MAX];
    struct login_throttle names, addresses;

    pthread_t worker;
    pthread_mutex_t job_lock;
    pthread_cond_t job_added, job_done;
    struct hash_job *job[LOGINS_WAITING_MAX]; /* oldest first */
    int job_count;
    bool is_stopping;
};

/* 1. The worker: one hash at a time, so that 19 MiB are taken once. */

static bool is_password(const char *hash, const char *password)
{
    return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

static void remove_first(struct auth *auth)
{
    auth->job_count--;
    for (int i = 0; i < auth->job_count; i++) {
        auth->job[i] = auth->job[i + 1];
    }
}

static void *run_worker(void *context)
{
    struct auth *auth = context;
    thread_lock(&auth->job_lock);
    while (!auth->is_stopping) {
        if (auth->job_count == 0) {
            CHECK(pthread_cond_wait(&auth->job_added, &auth->job_lock) == 0);
            continue;
        }
        struct hash_job *job = auth->job[0];
        thread_unlock(&auth->job_lock);
        bool is_match = is_password(job->hash, job->password);
        thread_lock(&auth->job_lock);
        job->is_match = is_match;
        job->is_done = true;
        remove_first(auth);
        CHECK(pthread_cond_broadcast(&auth->job_done) == 0);
    }
    thread_unlock(&auth->job_lock);
    return NULL;
}

/* Waits for the worker. BUSY when too many wait, or when we stop. */
static enum login verify(struct auth *auth, const char *hash, const char *password)
{
    struct hash_job job = {.hash = hash, .password = password};
    thread_lock(&auth->job_lock);
    bool is_taken = auth->job_count < LOGINS_WAITING_MAX && !auth->is_stopping;
    if (is_taken) {
        auth->job[auth->job_count++] = &job;
        CHECK(pthread_cond_signal(&auth->job_added) == 0);
    }
    while (is_taken && !job.is_done) {
        CHECK(pthread_cond_wait(&auth->job_done, &auth->job_lock) == 0);
    }
    thread_unlock(&auth->job_lock);
    if (!is_taken) {
        return LOGIN_BUSY;
    }
    return job.is_match ? LOGIN_OK : LOGIN_WRONG;
}

static bool prepare(struct error *error)
{
    return sodium_init() >= 0 || error_set(error, "libsodium finds no source of random numbers");
}

static void drop(struct auth *auth)
{
    CHECK(pthread_cond_destroy(&auth->job_added) == 0);
    CHECK(pthread_cond_destroy(&auth->job_done) == 0);
    CHECK(pthread_mutex_destroy(&auth->job_lock) == 0);
    CHECK(pthread_mutex_destroy(&auth->lock) == 0);
    sodium_memzero(auth->session, sizeof auth->session);
    free(auth);
}

bool auth_start(struct state *state, bool is_demo, struct auth **ret_auth, struct error *error)
{
    if (!prepare(error)) {
        return false;
    }
    struct auth *auth = calloc(1, sizeof *auth);
    CHECK(auth != NULL);
    auth->state = state;
    auth->is_demo = is_demo;
    CHECK(pthread_mutex_init(&auth->lock, NULL) == 0);
    CHECK(pthread_mutex_init(&auth->job_lock, NULL) == 0);
    thread_cond_init(&auth->job_added);
    thread_cond_init(&auth->job_done);
    const struct thread_job job = {.name = "huoyan-login",
                                   .stack_bytes = THREAD_STACK_SMALL,
                                   .run = run_worker,
                                   .context = auth};
    if (!thread_start(&job, &auth->worker, error)) {
        drop(auth);
        return false;
    }
    *ret_auth = auth;
    return true;
}

void auth_stop(struct auth *auth)
{
    if (auth == NULL) {
        return;
    }
    thread_lock(&auth->job_lock);
    CHECK(auth->job_count == 0); /* who asks is stopped before */
    auth->is_stopping = true;
    CHECK(pthread_cond_signal(&auth->job_added) == 0);
    thread_unlock(&auth->job_lock);
    CHECK(pthread_join(auth->worker, NULL) == 0);
    drop(auth);
}

/* 2. Sessions. */

static void write_secret(char to[static SESSION_TEXT])
{
    unsigned char bytes[SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    (void) sodium_bin2hex(to, SESSION_TEXT, bytes, sizeof bytes);
    sodium_memzero(bytes, sizeof bytes);
}

/* A free place, else that of the session which would end first. */
static struct session *find_place(struct auth *auth, ms_t now)
{
    struct session *place = &auth->session[0];
    for (int i = 0; i < SESSION_MAX; i++) {
        struct session *session = &auth->session[i];
        if (session->text[0] == '\0' || session->until <= now) {
            return session;
        }
        place = session->until < place->until ? session : place;
    }
    return place;
}

static void open_session(struct auth *auth, const struct identity *identity, ms_t now,
                         char ret_session[static SESSION_TEXT])
{
    thread_lock(&auth->lock);
    struct session *session = find_place(auth, now);
    write_secret(session->text);
    session->until = now + SESSION_SPAN_MS;
    session->identity = *identity;
    memcpy(ret_session, session->text, SESSION_TEXT);
    thread_unlock(&auth->lock);
}

/* Looks at every place, so that the time tells nothing. */
static struct session *find_session(struct auth *auth, const char *text)
{
    if (strlen(text) != SESSION_TEXT - 1) {
        return NULL;
    }
    struct session *found = NULL;
    for (int i = 0; i < SESSION_MAX; i++) {
        if (sodium_memcmp(auth->session[i].text, text, SESSION_TEXT) == 0) {
            found = &auth->session[i];
        }
    }
    return found;
}

bool auth_session(struct auth *auth, const char *session, ms_t now, struct identity *ret_identity)
{
    thread_lock(&auth->lock);
    const struct session *found = find_session(auth, session);
    bool is_open = found != NULL && found->until > now;
    if (is_open) {
        *ret_identity = found->identity;
    }
    thread_unlock(&auth->lock);
    return is_open;
}

void auth_logout(struct auth *auth, const char *session)
{
    thread_lock(&auth->lock);
    struct session *found = find_session(auth, session);
    if (found != NULL) {
        sodium_memzero(found, sizeof *found);
    }
    thread_unlock(&auth->lock);
}

void auth_end_sessions(struct auth *auth, const char *name)
{
    thread_lock(&auth->lock);
    for (int i = 0; i < SESSION_MAX; i++) {
        if (strcmp(auth->session[i].identity.name, name) == 0) {
            sodium_memzero(&auth->session[i], sizeof auth->session[i]);
        }
    }
    thread_unlock(&auth->lock);
}

/* 3. Logging in. */

static bool take_try(struct auth *auth, const char *name, const char *address, ms_t now)
{
    thread_lock(&auth->lock);
    bool may = login_throttle_take(&auth->addresses, address, ADDRESS_TRIES_MAX, now) &&
               login_throttle_take(&auth->names, name, NAME_TRIES_MAX, now);
    thread_unlock(&auth->lock);
    return may;
}

static void give_try_back(struct auth *auth, const char *name, const char *address)
{
    thread_lock(&auth->lock);
    login_throttle_give_back(&auth->addresses, address);
    login_throttle_give_back(&auth->names, name);
    thread_unlock(&auth->lock);
}

static bool is_demo_user(const struct auth *auth, const char *name, const char *password)
{
    static const char word[] = "demo";
    return auth->is_demo && strcmp(name, word) == 0 && strlen(password) == strlen(word) &&
           sodium_memcmp(password, word, strlen(word)) == 0;
}

/* Fills in the identity of a right password. */
static enum login check(struct auth *auth, const char *name, const char *password,
                        struct identity *identity)
{
    if (is_demo_user(auth, name, password)) {
        *identity = (struct identity){.name = "demo", .role = ROLE_ADMIN};
        return LOGIN_OK;
    }
    struct state_user user = {0};
    bool is_known = strlen(name) < USER_NAME_MAX && state_user_get(auth->state, name, &user);
    enum login login = verify(auth, is_known ? user.password_hash : nobody_hash, password);
    if (login == LOGIN_OK && is_known) {
        *identity = (struct identity){.role = user.role};
        (void) snprintf(identity->name, sizeof identity->name, "%s", user.name);
        (void) snprintf(identity->person, sizeof identity->person, "%s", user.person);
        return LOGIN_OK;
    }
    return login == LOGIN_BUSY ? LOGIN_BUSY : LOGIN_WRONG;
}

enum login auth_login(struct auth *auth, const char *name, const char *password,
                      const char *address, ms_t now, char ret_session[static SESSION_TEXT])
{
    char key[LOGIN_THROTTLE_KEY_MAX];
    login_throttle_address_key(address, key);
    if (!take_try(auth, name, key, now)) {
        return LOGIN_SLOW_DOWN;
    }
    struct identity identity = {0};
    enum login login = check(auth, name, password, &identity);
    if (login != LOGIN_WRONG) {
        give_try_back(auth, name, key);
    }
    if (login == LOGIN_OK) {
        open_session(auth, &identity, now, ret_session);
    }
    return login;
}

bool auth_has_users(struct auth *auth)
{
    if (auth->is_demo || atomic_load(&auth->has_users)) {
        return true; /* users are never removed */
    }
    struct state_user user;
    atomic_store(&auth->has_users, state_user_list(auth->state, &user, 1) > 0);
    return atomic_load(&auth->has_users);
}

/* 4. Tokens and hashes. */

static void hash_token(const char *token, char to[static TOKEN_HASH_MAX])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    (void) crypto_hash_sha256(hash, (const unsigned char *) token, strlen(token));
    (void) sodium_bin2hex(to, TOKEN_HASH_MAX, hash, sizeof hash);
}

bool auth_token(struct auth *auth, const char *token, struct identity *ret_identity)
{
    char hash[TOKEN_HASH_MAX];
    hash_token(token, hash);
    struct state_token known;
    if (!state_token_get(auth->state, hash, &known)) {
        return false;
    }
    *ret_identity = (struct identity){.role = known.role};
    (void) snprintf(ret_identity->name, sizeof ret_identity->name, "%s", known.name);
    return true;
}

bool auth_make_token(char ret_token[static SESSION_TEXT], char ret_hash[static TOKEN_HASH_MAX],
                     struct error *error)
{
    if (!prepare(error)) {
        return false;
    }
    unsigned char bytes[SECRET_BYTES];
    randombytes_buf(bytes, sizeof bytes);
    (void) snprintf(ret_token, SESSION_TEXT, "hy_");
    (void) sodium_bin2base64(ret_token + 3, SESSION_TEXT - 3, bytes, sizeof bytes,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    hash_token(ret_token, ret_hash);
    sodium_memzero(bytes, sizeof bytes);
    return true;
}

bool auth_hash_password(const char *password, char ret_hash[static PASSWORD_HASH_MAX],
                        struct error *error)
{
    size_t length = strlen(password);
    if (length < AUTH_PASSWORD_MIN || length > AUTH_PASSWORD_MAX) {
        return error_set(error, "a password has %d to %d bytes, this one has %zu",
                         AUTH_PASSWORD_MIN, AUTH_PASSWORD_MAX, length);
    }
    if (!utf8_is_valid(password, length)) {
        return error_set(error, "the password is not valid UTF-8; set the terminal to UTF-8");
    }
    if (!prepare(error)) {
        return false;
    }
    char hash[PASSWORD_HASH_MAX] = "";
    if (crypto_pwhash_str(hash, password, length, HASH_PASSES, HASH_MEMORY) != 0) {
        return error_set(error, "no memory to hash the password (19 MiB are needed)");
    }
    (void) snprintf(ret_hash, PASSWORD_HASH_MAX, "%s", hash);
    return true;
}

void auth_wipe(void *bytes, size_t length)
{
    sodium_memzero(bytes, length);
}
