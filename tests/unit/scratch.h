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
    DIR *listing = opendir(path);
    CHECK(listing != NULL);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the listing is this thread's
    for (const struct dirent *entry = readdir(listing); entry != NULL; entry = readdir(listing)) {
        (void) unlinkat(dirfd(listing), entry->d_name, 0);
    }
    (void) closedir(listing);
    (void) rmdir(path);
}
