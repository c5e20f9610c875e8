/* daemon.h - the running gateway: opens its parts in order, runs the loop, closes in reverse. */
#pragma once

#include <stdatomic.h>

#include "config/config.h"
#include "gateway/base/error.h"

struct daemon_options {
    bool is_demo; /* login demo/demo, SMS on the terminal */
    int reply_fd; /* console replies are read from here, -1: none */
    bool (*on_turn)(void *context,
                    ms_t now); /* about once a second in the loop's thread; NULL: none */
    void *context;
};

struct daemon;

/* Takes the lock on data_dir, restores the state, starts all threads. */
MUST_CHECK bool daemon_open(const struct config *config, const struct daemon_options *options,
                            struct daemon **ret_daemon, struct error *error);

/* Decides until `must_stop` is set (wake it with daemon_wake). */
void daemon_run(struct daemon *daemon, const atomic_bool *must_stop);

/* Safe in a signal-handling thread. */
void daemon_wake(struct daemon *daemon);

/* Within 5 s; NULL is allowed. */
void daemon_close(struct daemon *daemon);

int daemon_port(const struct daemon *daemon);

/* For the demo's terminal: the newest reading of a point, and the open incidents. */
struct snapshot *daemon_snapshot(struct daemon *daemon);
