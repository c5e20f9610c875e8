/* signals.h - signals as flags for the daemon's loop, or as a descriptor. */
#pragma once

#include <stdatomic.h>

#include "gateway/daemon/daemon.h"

/* SIGTERM and SIGINT ask to stop, SIGHUP to read the config again. */
struct signals {
    atomic_bool must_stop; /* the loop ends */
    atomic_bool is_reload; /* the config is to be read again */
};

/* Blocks the signals in this thread and all that follow, and starts the thread that takes them. */
void signals_catch(struct signals *signals);

/* The daemon that the signals wake, or NULL. */
void signals_set_daemon(struct daemon *daemon);

/* A descriptor that becomes readable at Ctrl-C or SIGTERM, which no longer end the process. The
 * caller closes it. */
int signals_open_stop(void);
