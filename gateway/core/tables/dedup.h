/* dedup.h - the keys of inbound texts that had their effect, so that the same message twice has it once.
 *
 * Remembers the newest DEDUP_MAX keys; a key is compared by its first MESSAGE_KEY_MAX - 1 bytes. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/model/event.h"

enum { DEDUP_MAX = 4096 };

struct dedup;

struct dedup *dedup_new(struct arena *arena);

/* Remembers the key; false when it was known already. */
bool dedup_add(struct dedup *dedup, const char *key);
