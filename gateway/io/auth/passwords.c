#include "gateway/io/auth/passwords.h"

#include <string.h>

#include "gateway/base/thread.h"
#include "gateway/io/auth/secret.h"

/* Lives on the stack of its waiting caller. */
struct password_check {
    const char *hash, *password;
    bool is_match, is_done;
};

static void *run_password_checks(void *context)
{
    struct passwords *passwords = context;
    thread_lock(&passwords->lock);
    while (!passwords->is_stopping) {
        if (passwords->check_count == 0) {
            CHECK(pthread_cond_wait(&passwords->added, &passwords->lock) == 0);
            continue;
        }
        struct password_check *check = passwords->check[0];
        thread_unlock(&passwords->lock);
        bool is_match = secret_is_password(check->hash, check->password);
        thread_lock(&passwords->lock);
        check->is_match = is_match;
        check->is_done = true;
        passwords->check_count--;
        memmove((void *) passwords->check, (const void *) (passwords->check + 1),
                (size_t) passwords->check_count * sizeof(struct password_check *));
        CHECK(pthread_cond_broadcast(&passwords->done) == 0);
    }
    thread_unlock(&passwords->lock);
    return NULL;
}

static void destroy_password_locks(struct passwords *passwords)
{
    CHECK(pthread_cond_destroy(&passwords->added) == 0);
    CHECK(pthread_cond_destroy(&passwords->done) == 0);
    CHECK(pthread_mutex_destroy(&passwords->lock) == 0);
}

bool passwords_start(struct passwords *passwords, struct error *error)
{
    *passwords = (struct passwords){.check_count = 0};
    CHECK(pthread_mutex_init(&passwords->lock, NULL) == 0);
    CHECK(pthread_cond_init(&passwords->added, NULL) == 0);
    CHECK(pthread_cond_init(&passwords->done, NULL) == 0);
    const struct thread_job job = {.name = "huoyan-login",
                                   .stack_bytes = THREAD_STACK_SMALL,
                                   .run = run_password_checks,
                                   .context = passwords};
    if (!thread_start(&job, &passwords->worker, error)) {
        destroy_password_locks(passwords);
        return false;
    }
    return true;
}

void passwords_stop(struct passwords *passwords)
{
    thread_lock(&passwords->lock);
    CHECK(passwords->check_count == 0);
    passwords->is_stopping = true;
    CHECK(pthread_cond_signal(&passwords->added) == 0);
    thread_unlock(&passwords->lock);
    CHECK(pthread_join(passwords->worker, NULL) == 0);
    destroy_password_locks(passwords);
}

enum password_answer passwords_check(struct passwords *passwords, const char *hash,
                                     const char *password)
{
    struct password_check check = {.hash = hash, .password = password};
    thread_lock(&passwords->lock);
    bool is_taken = passwords->check_count < LOGINS_WAITING_MAX && !passwords->is_stopping;
    if (is_taken) {
        passwords->check[passwords->check_count++] = &check;
        CHECK(pthread_cond_signal(&passwords->added) == 0);
    }
    while (is_taken && !check.is_done) {
        CHECK(pthread_cond_wait(&passwords->done, &passwords->lock) == 0);
    }
    thread_unlock(&passwords->lock);
    if (!is_taken) {
        return PASSWORD_BUSY;
    }
    return check.is_match ? PASSWORD_RIGHT : PASSWORD_WRONG;
}
