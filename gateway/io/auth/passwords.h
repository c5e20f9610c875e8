/* passwords.h - checks passwords one at a time, on a thread of its own: argon2id takes 19 MiB each.
 *
 * At most LOGINS_WAITING_MAX callers wait; the next one is refused at once. */
#pragma once

#include <pthread.h>

#include "gateway/base/error.h"

enum { LOGINS_WAITING_MAX = 8 };

struct passwords {
    pthread_t worker;
    pthread_mutex_t lock; /* of all below; not held while a password is hashed */
    pthread_cond_t added, done;
    struct password_check *check[LOGINS_WAITING_MAX]; /* oldest first */
    int check_count;
    bool is_stopping;
};

MUST_CHECK bool passwords_start(struct passwords *passwords, struct error *error);
void passwords_stop(struct passwords *passwords); /* no check may be waiting */

/* Waits for the hash (about 50 ms) and for those before it. With hash NULL (no such user) it costs
 * the same and is WRONG. */
enum password_answer { PASSWORD_RIGHT, PASSWORD_WRONG, PASSWORD_BUSY };
enum password_answer passwords_check(struct passwords *passwords, const char *hash,
                                     const char *password);
