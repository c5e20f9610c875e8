#include "gateway/base/thread.h"

#include <string.h>
#include <time.h>

bool thread_start(const struct thread_job *job, pthread_t *ret_thread, struct error *error)
{
    CHECK(strlen(job->name) < THREAD_NAME_MAX);
    pthread_attr_t attributes;
    CHECK(pthread_attr_init(&attributes) == 0);
    CHECK(job->stack_bytes == 0 || pthread_attr_setstacksize(&attributes, job->stack_bytes) == 0);
    pthread_t thread;
    int code = pthread_create(&thread, &attributes, job->run, job->context);
    CHECK(pthread_attr_destroy(&attributes) == 0);
    if (code != 0) {
        return error_set_errno(error, code, "cannot start the thread '%s'", job->name);
    }
    (void) pthread_setname_np(thread, job->name); /* it may have ended already */
    *ret_thread = thread;
    return true;
}

void thread_lock(pthread_mutex_t *lock)
{
    CHECK(pthread_mutex_lock(lock) == 0);
}

void thread_unlock(pthread_mutex_t *lock)
{
    CHECK(pthread_mutex_unlock(lock) == 0);
}

void thread_cond_init(pthread_cond_t *condition)
{
    pthread_condattr_t monotonic;
    CHECK(pthread_condattr_init(&monotonic) == 0);
    CHECK(pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0);
    CHECK(pthread_cond_init(condition, &monotonic) == 0);
    CHECK(pthread_condattr_destroy(&monotonic) == 0);
}
