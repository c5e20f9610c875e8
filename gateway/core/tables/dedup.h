/* dedup.h - the keys of inbound texts that had their effect, so that a text that comes twice has it
 * once.
 *
 * Holds the newest DEDUP_MAX keys; a key is compared by its first MESSAGE_KEY_MAX - 1 bytes. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/model/event.h"

enum { DEDUP_MAX = 4096 };

struct dedup;

struct dedup *dedup_new(struct arena *arena);

/* Adds the key; false when it was there already. */
bool dedup_add(struct dedup *dedup, const char *key);
