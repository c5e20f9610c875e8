/* dtu_listener.h - the listening port for all DTUs: accepts connections, identifies them and hands
 * them to their links.
 *
 * A connection must send a configured registration within 10 s and DTU_REGISTRATION_HELLO_MAX
 * bytes; else it is closed. Nothing is sent to it before that, with one exception. A DTU that
 * registers only before data (DTU_EVERY) has to be asked first: a caller that stays silent is sent
 * the first request of each such link without a connection, in turn, one a second.
 *
 * Limits: dtu_unregistered.h bounds the unregistered connections. Without descriptors nothing is
 * accepted for a second at a time, and new connections stay in the kernel's backlog. A port that
 * cannot be opened is tried again each 5 s. Both are reported as trouble, and so is its end. */
#pragma once

#include "gateway/base/error.h"
#include "sensors/device/link_settings.h"
#include "sensors/dtu/dtu_registration.h"
#include "sensors/dtu/dtu_unregistered.h"
#include "sensors/modbus/frame.h"

enum { DTU_LISTENER_BACKLOG = 4096 };

struct dtu_listener_settings {
    const char *listen; /* "0.0.0.0:9700" "[::]:9700" */
    struct dtu_unregistered_limits limits;
    int32_t net_count; /* 0: from anywhere */
    const struct ip_network *net;
};

struct dtu_listener_parts {
    const struct link_settings *link; /* all links, of which some are DTUs */
    int32_t link_count;
    void *wire;
    /* The fd is the receiver's and non-blocking; `bytes` came after the registration. */
    void (*hand_over)(void *wire, int32_t link, int fd, const uint8_t *bytes, size_t length,
                      us_t now);
    /* Writes the request for a link's first device; returns 0 when the link has a connection. */
    size_t (*question)(void *wire, int32_t link, uint8_t to[static MBAP_FRAME_MAX]);
    void *context;
    void (*post_state)(void *context, bool is_ok, const char *text);
    /* A connection was refused; at most one report in 10 s. */
    void (*post_stranger)(void *context, const char *text);
};

struct dtu_listener;

/* The links and the settings must outlive it. It begins to listen with the first
 * dtu_listener_wake. */
MUST_CHECK bool dtu_listener_new(struct arena *arena, const struct dtu_listener_settings *settings,
                                 const struct dtu_listener_parts *parts,
                                 struct dtu_listener **ret_listener, struct error *error);

int dtu_listener_fd(const struct dtu_listener *listener); /* readable: call dtu_listener_ready */
void dtu_listener_ready(struct dtu_listener *listener, us_t now);

/* When to call dtu_listener_wake, or TIMERS_NEVER. */
us_t dtu_listener_next(struct dtu_listener *listener);
void dtu_listener_wake(struct dtu_listener *listener, us_t now);

/* The memory is the arena's; NULL is allowed. */
void dtu_listener_close(struct dtu_listener *listener);
