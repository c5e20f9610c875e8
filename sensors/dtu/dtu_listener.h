/* dtu_listener.h - the one door for all DTUs: accepts connections, learns who they are, and hands
 * them to their links.
 *
 * A connection must say a registration of the config (dtu.h) within 10 s and
 * DTU_REGISTRATION_HELLO_MAX bytes; else it is closed. Nothing is sent to it before that, but for
 * one case: links whose DTU registers only before data (DTU_EVERY) can not be known before they are
 * asked, so a caller that keeps silent is sent the first request of each such link that has no
 * connection, in turn, one a second; the answer comes with the registration in front.
 *
 * Limits: seats.h bounds the unregistered ones. Without descriptors nothing is accepted for a
 * second at a time, and those who knock wait in the kernel's queue; a port that cannot be opened is
 * tried again each 5 s. Both are told as trouble, and the end of it.
 *
 * All sockets hang on one epoll descriptor that the wire's loop watches; no event costs more with
 * more of them. */
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
    /* The fd and what came behind the registration are the receiver's; it is non-blocking. */
    void (*hand_over)(void *wire, int32_t link, int fd, const uint8_t *bytes, size_t length,
                      us_t now);
    /* The bytes to ask a link's first device with, 0 when the link has a connection. */
    size_t (*question)(void *wire, int32_t link, uint8_t to[static MBAP_FRAME_MAX]);
    void *context;
    void (*tell)(void *context, bool is_well, const char *text); /* the door */
    void (*stranger)(void *context,
                     const char *text); /* somebody was refused; at most one in 10 s */
};

struct dtu_listener;

/* The links and the settings must outlive it. It begins to listen with the first
 * dtu_listener_wake. */
MUST_CHECK bool dtu_listener_new(struct arena *arena, const struct dtu_listener_settings *settings,
                                 const struct dtu_listener_parts *parts,
                                 struct dtu_listener **ret_listener, struct error *error);

int dtu_listener_fd(const struct dtu_listener *listener); /* readable: call dtu_listener_ready */
void dtu_listener_ready(struct dtu_listener *listener, us_t now);

us_t dtu_listener_next(
    struct dtu_listener *listener); /* when to call dtu_listener_wake, or TIMERS_NEVER */
void dtu_listener_wake(struct dtu_listener *listener, us_t now);

void dtu_listener_close(
    struct dtu_listener *listener); /* the memory is the arena's; NULL is allowed */
