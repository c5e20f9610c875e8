/* late_digest.h - deadlines that passed while the gateway was down: one message a phone for all of
 * them.
 *
 * While it is open, notification adds messages here instead of sending them. A phone gets its only
 * message, or one about the worst incident with the number of incidents. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

enum { DIGEST_MAX = 512 }; /* phones; a message to one more goes alone */

void late_digest_build(struct engine *engine, struct arena *arena);

/* Did its deadline pass while the gateway was down, and is it still to be carried out? */
bool late_digest_has(const struct engine *engine, const struct incident *incident);
void late_digest_set(struct engine *engine, const struct incident *incident, bool is_late);

/* Adds messages from now on. */
void late_digest_open(struct engine *engine);
bool late_digest_is_open(const struct engine *engine);
void late_digest_add(struct engine *engine, const struct incident *incident,
                     const struct effect_message *message);

/* How many effects late_digest_send needs. */
int32_t late_digest_effects(const struct engine *engine);

/* Closes it and sends the added messages. */
void late_digest_send(struct engine *engine);
