#include "gateway/io/auth/sessions.h"

#include <string.h>

#include "gateway/base/thread.h"

void sessions_init(struct sessions *sessions)
{
    memset(sessions->session, 0, sizeof sessions->session);
    CHECK(pthread_mutex_init(&sessions->lock, NULL) == 0);
}

void sessions_destroy(struct sessions *sessions)
{
    CHECK(pthread_mutex_destroy(&sessions->lock) == 0);
    secret_wipe(sessions->session, sizeof sessions->session);
}

/* A free place, or that of the session which would end first. */
static struct session *find_session_place(struct sessions *sessions, ms_t now)
{
    struct session *place = &sessions->session[0];
    for (int i = 0; i < SESSION_MAX; i++) {
        struct session *session = &sessions->session[i];
        if (session->text[0] == '\0' || session->until <= now) {
            return session;
        }
        place = session->until < place->until ? session : place;
    }
    return place;
}

void sessions_open(struct sessions *sessions, const struct identity *identity, ms_t now,
                   char ret_session[static SECRET_TEXT])
{
    thread_lock(&sessions->lock);
    struct session *session = find_session_place(sessions, now);
    secret_make_session(session->text);
    session->until = now + SESSION_SPAN_MS;
    session->identity = *identity;
    memcpy(ret_session, session->text, SECRET_TEXT);
    thread_unlock(&sessions->lock);
}

/* With the lock. Looks at every place, so that the time a search takes says nothing about a
 * guess. */
static struct session *find_session(struct sessions *sessions, const char *text)
{
    if (strlen(text) != SECRET_TEXT - 1) {
        return NULL;
    }
    struct session *found = NULL;
    for (int i = 0; i < SESSION_MAX; i++) {
        if (secret_is_same(sessions->session[i].text, text, SECRET_TEXT)) {
            found = &sessions->session[i];
        }
    }
    return found;
}

bool sessions_find(struct sessions *sessions, const char *text, ms_t now,
                   struct identity *ret_identity)
{
    thread_lock(&sessions->lock);
    const struct session *found = find_session(sessions, text);
    bool is_open = found != NULL && found->until > now;
    if (is_open) {
        *ret_identity = found->identity;
    }
    thread_unlock(&sessions->lock);
    return is_open;
}

void sessions_close(struct sessions *sessions, const char *text)
{
    thread_lock(&sessions->lock);
    struct session *found = find_session(sessions, text);
    if (found != NULL) {
        secret_wipe(found, sizeof *found);
    }
    thread_unlock(&sessions->lock);
}

void sessions_close_user(struct sessions *sessions, const char *name)
{
    thread_lock(&sessions->lock);
    for (int i = 0; i < SESSION_MAX; i++) {
        struct session *session = &sessions->session[i];
        if (strcmp(session->identity.name, name) == 0) {
            secret_wipe(session, sizeof *session);
        }
    }
    thread_unlock(&sessions->lock);
}
