/* simulator_listeners.h - opens a listening socket, a pty or a control socket of a simulation. */
#pragma once

#include <stdint.h>

#include "gateway/base/error.h"
#include "sensors/simulator/simulator.h"

/* Listens on "127.0.0.1:15020" or "[::1]:15020", on `port` if that is not 0. Port 0 takes a free
 * one. Non-blocking. */
MUST_CHECK bool sim_listener_listen(const char *address, uint16_t port, int *ret_fd,
                                    uint16_t *ret_port, struct error *error);

struct sim_pty {
    int master; /* ours, non-blocking */
    int device; /* kept open, so that the master outlives a program that closes the port */
    char path[SIMULATOR_PATH_MAX];
};

/* A pty in raw mode. `link` becomes a symbolic link to it ("": none); an old symbolic link is
 * replaced, anything else in its place is an error. The pty is not `other`: an adapter that is
 * plugged in again mostly gets another number. */
MUST_CHECK bool sim_listener_open_pty(const char *link, const char *other, struct sim_pty *ret_pty,
                                      struct error *error);
void sim_listener_close_pty(const struct sim_pty *pty);

/* Listens on a unix socket; a socket left there by a dead process is replaced. */
MUST_CHECK bool sim_listener_listen_unix(const char *path, int *ret_fd, struct error *error);
