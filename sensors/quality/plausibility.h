/* plausibility.h - what one device's replies say together that no single reply can say. Pure.
 *
 * Behind decode and calibration, with values as people see them. In this order, and only where there is a value:
 *
 *   power-up  A word that sensors are known to give while they wake up (raw 0, 0xFFFF and 0x8000 of a 16-bit point that
 *             has a roc_per_s; 85.0 degC exactly) in the first value after the start, after the link was opened again
 *             or after a missed poll is doubted until two other values have come; unless it lies where the point
 *             stood before (roc_per_s * 5 s).
 *   rate      A step faster than fault.roc_per_s (of a second at least, and one step of the register more) against
 *             the last value given on is a jump. It is confirmed by two more samples that follow it.
 *   joint     A sibling in another block of the device that was bad within its last polls makes the value uncertain.
 *             (decode does the same within one block.)
 *
 * What becomes of a doubted value depends on whether its step is one towards danger (link_danger: where the rules look; both
 * sides where nobody knows):
 *   towards it: the value is given on at once as uncertain, is compared with limits, and is
 *             good when confirmed. So a fire is never delayed, not by one sample.
 *   away from it: the sample is bad until confirmed. A bad value is no value: timers of alarms rest, nothing clears,
 *             and no window sees it. So one spike back to normal clears nothing, and no spike down makes the climb
 *             behind it look like a fire. This also holds for the way back from an unconfirmed jump towards danger:
 *             it may have been the fire. A jump is waited out for as long as the quantity could have needed for the
 *             way, at the most: then it is no jump any more.
 * Where rules look to both sides (too damp, too dry) what lies between them is away from both, and so is a leap
 * from beyond one limit to beyond the other: a fire does not end with frost.
 *
 * The figures of the profile (reference: engineering judgement, no standard) are in its own scale; a calibration's scale
 * is applied to them. A point without fault.roc_per_s is never a jump. Costs 56 bytes a point and 16 a block of a
 * device that has anything to judge; constant time a value. Of those a block whose values only go on touches a third. */
#pragma once

#include "gateway/base/arena.h"
#include "sensors/device/decode.h"
#include "sensors/device/link_settings.h"

struct plausibility;

/* Memory for the devices of one link, all of it taken here. The settings must outlive it. */
struct plausibility *plausibility_new(struct arena *arena, const struct link_settings *settings);

/* Judges the values of one block by what came before and keeps them in mind. `at` does not fall. What is bad already
 * stays so; what is uncertain keeps its reason unless it becomes bad. */
void plausibility_judge(struct plausibility *plausibility, int32_t device, int32_t read, us_t at,
                        struct decode_value *values);

/* Asks for the memory that judging this block will need: thousands of points fit in no cache. */
void plausibility_foresee(const struct plausibility *plausibility, int32_t device, int32_t read);

/* The link was opened, for the first time or again: its sensors may have lost their power meanwhile. */
void plausibility_reopened(struct plausibility *plausibility);
