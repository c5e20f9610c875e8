/* file.h - reads a whole file, writes all bytes. */
#pragma once

#include <stddef.h>

#include "gateway/base/error.h"

/* Reads a regular file of at most `max` bytes and adds a zero byte. Never waits for a pipe. The
 * bytes are the caller's to free, and to wipe when they are a secret. `ret_length` may be NULL. */
MUST_CHECK bool file_read(const char *path, size_t max, char **ret_bytes, size_t *ret_length,
                          struct error *error);

/* Writes all of them. False: errno. */
bool file_write_all(int fd, const void *bytes, size_t length);
