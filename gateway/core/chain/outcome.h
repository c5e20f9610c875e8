/* outcome.h - the fate of a message: it left, it arrived, it failed.
 *
 * When a call fails and no other has reached its level, the next level is called (escalation.h). A
 * recovery that failed may go again. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

void outcome_hear(struct engine *engine, const struct event_outcome *outcome);
