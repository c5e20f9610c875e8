/* loop.h - the thread of the engine: takes events from the mailbox, steps the engine, passes its
 * effects to dispatch. It blocks in mailbox_take only. */
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
    const atomic_bool *must_stop; /* read after each wake */
    bool (*on_turn)(void *context,
                    ms_t now); /* each turn at most once a second; false ends the loop */
    void *context;
};

enum { LOOP_DRAIN_MS = 500 };

/* Carries out the effects of engine_start, then runs until must_stop. */
void loop_run(const struct loop_parts *parts, struct effects *effects);

/* After loop_run and the end of the wire: handles the events that are left in the mailbox. So the
 * last readings and the writes that made outputs safe are recorded. Never waits; gives up after
 * LOOP_DRAIN_MS. */
void loop_drain(const struct loop_parts *parts, struct effects *effects);
