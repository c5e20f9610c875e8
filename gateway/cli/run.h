/* run.h - `huoyan run -c DIR`: the daemon. */
#pragma once

#include <stdatomic.h>

#include "gateway/daemon/daemon.h"

/* Signals of the process in one thread: SIGTERM and SIGINT ask to stop, SIGHUP to read the config again. */
struct run_signals {
    atomic_bool must_stop; /* the loop shall end */
    atomic_bool is_reload; /* it ends to begin again */
};

/* Blocks the signals in this thread and all that follow, and starts the thread that takes them. */
void run_catch_signals(struct run_signals *signals);

/* The daemon the signals shall wake, or NULL. */
void run_set_daemon(struct daemon *daemon);

int cli_run(int count, char **arguments);
