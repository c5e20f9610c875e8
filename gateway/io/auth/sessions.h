/* sessions.h - the open logins, in memory only: a restart ends all sessions.
 *
 * When SESSION_MAX are open the one that would end first makes room. Any thread may call. */
#pragma once

#include <pthread.h>

#include "gateway/base/units.h"
#include "gateway/io/auth/secret.h"

/* An authenticated user or token. */
struct identity {
    char name[USER_NAME_MAX];
    enum role role;
    char person[ID_MAX]; /* the person of the config that this user is, "": none */
};

enum { SESSION_MAX = 256 };
#define SESSION_SPAN_MS (12 * MS_PER_HOUR)

struct sessions {
    pthread_mutex_t lock;
    struct session {
        char text[SECRET_TEXT]; /* "": free */
        ms_t until;
        struct identity identity;
    } session[SESSION_MAX];
};

void sessions_init(struct sessions *sessions);
void sessions_destroy(struct sessions *sessions); /* wipes them */

void sessions_open(struct sessions *sessions, const struct identity *identity, ms_t now,
                   char ret_session[static SECRET_TEXT]);

/* Compares in constant time. False: there is no such session, or it is over. */
bool sessions_find(struct sessions *sessions, const char *text, ms_t now,
                   struct identity *ret_identity);

void sessions_close(struct sessions *sessions, const char *text);

/* Closes all sessions of this user. */
void sessions_close_user(struct sessions *sessions, const char *name);
