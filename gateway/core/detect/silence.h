/* silence.h - devices without good samples: 数据中断 is an incident of its own.
 *
 * A point without a good sample for its silent_after_ms is lost. The first lost point of a device
 * raises one incident RULE_SILENT for the device (minor; major after 10 minutes without an answer,
 * see escalation.h). The last point to return ends it. While the device's link is down, only the
 * link has an incident; afterwards the device has its full time again. Nothing is raised during the
 * settle time. The time while the gateway was down does not count; a point never read counts from
 * the start. */
#pragma once

#include "gateway/core/tables/engine_memory.h"

/* Sets the first timers. */
void silence_start(struct engine *engine);

/* The timer of the point: is it lost now, or has its device returned? */
void silence_check(struct engine *engine, int32_t point);

/* A good sample came in. */
void silence_hear(struct engine *engine, int32_t point);

/* The settle time is over: ends the incidents of devices that have returned. */
void silence_settle(struct engine *engine);

/* Its maintenance is over: points that are still silent are lost now. */
void silence_review_device(struct engine *engine, int32_t device);

/* The incident was closed: its device forgets it. */
void silence_release(struct engine *engine, int64_t incident);

/* The link is up again. */
void silence_link_back(struct engine *engine, int32_t part);
