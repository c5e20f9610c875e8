/* dtu_unregistered.h - those who have dialled in and not yet said who they are: a bounded number,
 * in all and of one address. Pure.
 *
 * Who takes a seat when none is left gets that of the one who has waited longest: the newest is the
 * most likely to speak soon. The same within one address, so that a flood from one address pushes
 * out its own only. Each call costs the same however many there are. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/ip_network.h"

struct dtu_unregistered;

struct dtu_unregistered_limits {
    int32_t all;         /* unregistered, at least 1 */
    int32_t from_source; /* of one address, at least 1 */
};

struct dtu_unregistered *dtu_unregistered_new(struct arena *arena,
                                              const struct dtu_unregistered_limits *limits);

/* Who must leave before this one may sit down, or -1: nobody. */
int32_t dtu_unregistered_crowded(const struct dtu_unregistered *unregistered,
                                 const struct ip_address *source);

/* Takes a seat, 0...all-1. dtu_unregistered_crowded says -1. */
int32_t dtu_unregistered_take(struct dtu_unregistered *unregistered,
                              const struct ip_address *source);

/* Frees a seat that is taken. */
void dtu_unregistered_leave(struct dtu_unregistered *unregistered, int32_t seat);

int32_t dtu_unregistered_count(const struct dtu_unregistered *unregistered); /* taken */
