#include "gateway/base/thread.h"

#include <string.h>

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
