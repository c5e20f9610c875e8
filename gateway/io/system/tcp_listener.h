/* tcp_listener.h - a listening TCP socket from "127.0.0.1:8080", "[::1]:8080" or "0.0.0.0:8080". */
#pragma once

#include "gateway/base/error.h"

/* Only numeric addresses; port 0 takes any free one. `must_be_loopback` refuses the others. The
 * sentence of a failure names the address and says what to do. The descriptor is the caller's:
 * non-blocking, closed on exec. */
MUST_CHECK bool tcp_listener_open(const char *address, bool must_be_loopback, int *ret_fd,
                                  struct error *error);
