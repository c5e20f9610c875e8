/* spool.h - files that two programs exchange through directories: a file is complete or absent. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"
#include "gateway/base/units.h"

/* Writes `temp`/NAME, fsync, renames it to `directory`/NAME, fsync of the directory. Both must be
 * on one file system. Made readable for the group of `directory`, or for all when we may not set
 * that group. */
MUST_CHECK bool spool_put(const char *temp, const char *directory, const char *name,
                          const void *bytes, size_t length, struct error *error);

/* The first bytes of a regular file; -1: it is not one, or cannot be read (errno). Symbolic links
 * are not followed. */
int64_t spool_read(const char *directory, const char *name, void *bytes, size_t size);

/* When the file was last written, ms since 1970; -1: there is no such regular file. */
ms_t spool_written_at(const char *directory, const char *name);

bool spool_remove(const char *directory, const char *name); /* errno says why not */

/* Calls `take` for each name that does not begin with a dot. False: the directory cannot be read
 * (errno). */
bool spool_list(const char *directory, void *context,
                void (*take)(void *context, const char *directory, const char *name));
