/* fd_limit.h - how many files the process may have open; the soft limit is often 1024. */
#pragma once

#include <stdint.h>

#include "gateway/base/error.h"

/* Raises the soft limit to `need`, or as far as the hard one allows. Returns how many files may be
 * open, at most `need`. */
int32_t fd_limit_raise(int32_t need);

/* The same, but less than `need` is an error; the sentence names the links, which need most of
 * them. */
MUST_CHECK bool fd_limit_allow(int32_t need, int32_t link_count, struct error *error);
