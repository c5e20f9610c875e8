/* scratch.h - a folder of a test's own, with its files removed at the end. */
#pragma once

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gateway/base/check.h"

enum { SCRATCH_MAX = 80 };

static inline void scratch_make(char path[static SCRATCH_MAX])
{
    const char *root = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): before any thread
    int length = snprintf(path, SCRATCH_MAX, "%s/huoyan-test-XXXXXX", root == NULL ? "/tmp" : root);
    CHECK(length > 0 && length < SCRATCH_MAX && mkdtemp(path) != NULL);
}

static inline void scratch_remove(const char *path)
{
    DIR *folder = opendir(path);
    CHECK(folder != NULL);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the folder is this thread's
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        (void) unlinkat(dirfd(folder), entry->d_name, 0);
    }
    (void) closedir(folder);
    (void) rmdir(path);
}
