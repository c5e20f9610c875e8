/* loop.h - the one thread that decides: takes events from the mailbox, steps the engine, hands on the effects.
 *
 * Everything that waits for the outside is somewhere else; a turn of this loop never blocks but in mailbox_take. */
#pragma once

#include <stdatomic.h>

#include "gateway/core/engine.h"
#include "gateway/daemon/dispatch.h"
#include "gateway/daemon/mailbox.h"
#include "gateway/io/history/history.h"
#include "gateway/io/snapshot/snapshot.h"

struct loop_parts {
    struct engine *engine;
    struct mailbox *mailbox;
    struct dispatch *dispatch;
    struct snapshot *snapshot;
    struct history *history;
    const struct policy *policy;
    const atomic_bool *must_stop; /* looked at after each wake */
    bool (*on_turn)(void *context,
                    ms_t now); /* each turn at most once a second; false ends the loop */
    void *context;
};

enum { LOOP_DRAIN_MS = 500 };

/* Carries out the effects of engine_start, then runs until must_stop. */
void loop_run(const struct loop_parts *parts, struct effects *effects);

/* After loop_run, when the wire has ended: takes in what it left in the mailbox, so that the last readings and the writes
 * that made outputs safe are recorded like all others. Never waits; gives up after LOOP_DRAIN_MS. */
void loop_drain(const struct loop_parts *parts, struct effects *effects);
