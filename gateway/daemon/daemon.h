/* daemon.h - the running gateway: opens every room in order, runs the loop, closes in reverse. */
#pragma once

#include <stdatomic.h>

#include "config/config.h"
#include "gateway/base/error.h"

struct house_options {
    bool is_demo; /* login demo/demo, SMS on the terminal */
    int reply_fd; /* console replies are read from here, -1: none */
    bool (*on_turn)(void *context,
                    ms_t now); /* about once a second in the loop's thread; NULL: none */
    void *context;
};

struct house;

/* Takes the lock on data_dir, restores the state, starts all threads. */
MUST_CHECK bool house_open(const struct config *config, const struct house_options *options,
                           struct house **ret_house, struct error *error);

/* Decides until `must_stop` is set (wake it with house_wake). */
void house_run(struct house *house, const atomic_bool *must_stop);

/* Safe in a signal-handling thread. */
void house_wake(struct house *house);

/* Within 5 s; NULL is allowed. */
void house_close(struct house *house);

int house_port(const struct house *house);

/* For the demo's terminal: the newest reading of a point, and the open incidents. */
struct snapshot *house_snapshot(struct house *house);
