#include "sensors/transport/fd_limit.h"

#include <errno.h>
#include <sys/resource.h>

bool fd_limit_allow(int32_t need, int32_t link_count, struct error *error)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t) need) {
        return true;
    }
    if (limit.rlim_max < (rlim_t) need) {
        return error_set(error,
                         "%d links need %d open files, but the limit is %llu: raise it "
                         "(LimitNOFILE= of the service)",
                         link_count, need, (unsigned long long) limit.rlim_max);
    }
    limit.rlim_cur = (rlim_t) need;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
        return error_set_errno(error, errno, "cannot raise the limit of open files to %d", need);
    }
    return true;
}
