/* reading_backlog.h - the readings of one link that the daemon had no room for. Pure.
 *
 * The readings of a transaction are handed over as one block. Without room they wait here, in
 * order, and the wire holds the link still: so no more than one round of blocks waits, and nothing
 * is dropped. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "sensors/status/wire_callbacks.h"

struct reading_backlog;

struct reading_backlog *reading_backlog_new(struct arena *arena,
                                            const struct link_settings *settings);

/* Turns a result into readings of its block's points and hands them over, or keeps them. */
void reading_backlog_put(struct reading_backlog *backlog, const struct link_result *result,
                         const struct wire_callbacks *callbacks);

/* Offers what waits again. True when nothing is left. */
bool reading_backlog_flush(struct reading_backlog *backlog, const struct wire_callbacks *callbacks);

bool reading_backlog_is_empty(const struct reading_backlog *backlog);
