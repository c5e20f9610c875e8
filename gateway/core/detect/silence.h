/* silence.h - devices that give no good sample any more: 数据中断 is an incident of its own.
 *
 * A point without a good sample for its silent_after_ms is lost. The first lost point of a device raises one
 * incident RULE_SILENT for the device (minor; escalation.h makes it major after 10 minutes unanswered), the last one
 * to come back ends it. While the device's link is known to be bad the link's incident speaks for it; when the link
 * is back, the device gets its full time anew. Nothing of this happens during the settle time; the time during which
 * the gateway was down does not count, and a point never heard of counts from the start. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

/* Sets the first timers. */
void silence_start(struct engine *engine);

/* The point's timer: is it lost now, or does its device speak again? */
void silence_check(struct engine *engine, int32_t point);

/* A good sample came in. */
void silence_hear(struct engine *engine, int32_t point);

/* Ends incidents whose devices speak again: when the settle time is over. */
void silence_settle(struct engine *engine);

/* Its maintenance is over: what is still silent is looked at now. */
void silence_look_again(struct engine *engine, int32_t device);

/* The incident was closed: its device forgets it. */
void silence_release(struct engine *engine, int64_t incident);

/* The link is well again. */
void silence_link_back(struct engine *engine, int32_t part);
