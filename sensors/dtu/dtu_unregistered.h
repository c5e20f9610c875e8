/* dtu_unregistered.h - the connections that have not registered yet: a bounded number, in all and
 * of one address. Pure.
 *
 * When all slots are taken a new connection gets that of the oldest: the newest is the most likely
 * to register soon. The same holds within one address, so a flood from one address evicts only its
 * own. The cost of a call does not grow with their number. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/ip_network.h"

struct dtu_unregistered;

struct dtu_unregistered_limits {
    int32_t all;         /* at least 1 */
    int32_t from_source; /* of one address, at least 1 */
};

struct dtu_unregistered *dtu_unregistered_new(struct arena *arena,
                                              const struct dtu_unregistered_limits *limits);

/* The slot to free before a connection of this address is added, -1: none. */
int32_t dtu_unregistered_crowded(const struct dtu_unregistered *unregistered,
                                 const struct ip_address *source);

/* Takes a slot, 0...all-1. Only when dtu_unregistered_crowded is -1. */
int32_t dtu_unregistered_take(struct dtu_unregistered *unregistered,
                              const struct ip_address *source);

/* Frees a slot that is taken. */
void dtu_unregistered_leave(struct dtu_unregistered *unregistered, int32_t slot);

int32_t dtu_unregistered_count(const struct dtu_unregistered *unregistered); /* taken */
