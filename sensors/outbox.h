/* outbox.h - what one link has measured and nobody has taken yet. Pure.
 *
 * A transaction's readings are handed over as one block. When there is no room they wait here, in order, and the
 * wire holds the link still: so there is never more than one round of blocks, and nothing is dropped. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/reading.h"
#include "sensors/link.h"

struct outbox;

struct outbox_taker {
    void *context;
    /* False: no room now. */
    bool (*take)(void *context, const struct reading *reading, int32_t count);
};

struct outbox *outbox_new(struct arena *arena, const struct link_settings *settings);

/* Turns a transaction's result into readings of its block's points and hands them over, or keeps them. */
void outbox_put(struct outbox *outbox, const struct link_result *result,
                const struct outbox_taker *taker);

/* Offers again what waits. True when nothing waits any more. */
bool outbox_flush(struct outbox *outbox, const struct outbox_taker *taker);

bool outbox_is_empty(const struct outbox *outbox);
