/* lockfile.h - one writer a data directory: the daemon holds data_dir/lock while it runs.
 *
 * The lock is the kernel's (flock): it ends with the process, so a file that was left behind does
 * not block the next start. The file holds the pid of its last holder, for the error message. */
#pragma once

#include "gateway/base/error.h"

struct lockfile;

/* Makes data_dir (0700, one level) when it is missing. When another process holds the lock the
 * error names its pid. */
MUST_CHECK bool lockfile_take(const char *data_dir, struct lockfile **ret_lockfile,
                              struct error *error);
void lockfile_release(struct lockfile *lockfile); /* NULL is allowed */
