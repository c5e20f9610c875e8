#include "sensors/transport/fd_limit.h"

#include <sys/resource.h>

int32_t fd_limit_raise(int32_t need)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= (rlim_t) need) {
        return need;
    }
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < (rlim_t) need ? limit.rlim_max : (rlim_t) need;
    return (int32_t) (setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before);
}

bool fd_limit_allow(int32_t need, int32_t link_count, struct error *error)
{
    int32_t limit = fd_limit_raise(need);
    return limit >= need || error_set(error,
                                      "%d links need %d open files, but the limit is %d: raise it "
                                      "(LimitNOFILE= of the service)",
                                      link_count, need, limit);
}
