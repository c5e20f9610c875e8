/* plausibility.h - what one device's replies show together that no single reply can show. Pure.
 *
 * Behind decode and calibration, with values as people see them. In this order, and only where
 * there is a value:
 *
 *   power-up  a start-up value that sensors send before they measure, see power_up.h: after the
 *             start, when the link was opened again, and after a missed poll
 *   rate      a step faster than fault.roc_per_s, see rate_of_change.h
 *   joint     a sibling in another block of the device was bad within its last polls: uncertain.
 *             (decode does the same within one block.)
 *
 * A doubted value whose step is towards danger (link_danger) is given on at once as uncertain, and
 * is good when confirmed. One whose step is away from danger is bad until confirmed. A bad value is
 * no value: alarm timers stand still, nothing clears, and no window sees it.
 *
 * The figures of the profile are in its own scale (engineering judgement, no standard). A point
 * without fault.roc_per_s is never a jump. Costs 56 bytes a point and 16 a block of a device that
 * has anything to judge; constant time a value. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/device/decode.h"
#include "sensors/device/link_settings.h"

struct plausibility;

/* Memory for the devices of one link, all of it taken here. The settings must outlive it. */
struct plausibility *plausibility_new(struct arena *arena, const struct link_settings *settings);

/* Judges the values of one block by those before, and keeps them. `at` does not fall. What is bad
 * already stays so; what is uncertain keeps its reason unless it becomes bad. */
void plausibility_judge(struct plausibility *plausibility, int32_t device, int32_t read, us_t at,
                        struct decode_value *values);

/* Asks for the memory that judging this block will need: thousands of points fit in no cache. */
void plausibility_foresee(const struct plausibility *plausibility, int32_t device, int32_t read);

/* The link was opened, for the first time or again: its sensors may have lost their power
 * meanwhile. */
void plausibility_reopened(struct plausibility *plausibility);
