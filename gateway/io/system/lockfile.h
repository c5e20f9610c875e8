/* lockfile.h - one writer a data directory: the daemon holds data_dir/lock while it runs.
 *
 * The lock is the kernel's (flock): it ends with the process, whatever ends it, so a stale file
 * locks nobody out. The file holds the pid of its last holder, for the sentence only. */
#pragma once

#include "gateway/base/error.h"

struct lockfile;

/* Makes data_dir (0700, one level) when it is missing. When another process holds it the sentence
 * names its pid. */
MUST_CHECK bool lockfile_take(const char *data_dir, struct lockfile **ret_lockfile,
                              struct error *error);
void lockfile_release(struct lockfile *lockfile); /* NULL is allowed */
