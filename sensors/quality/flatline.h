/* flatline.h - sensors that keep answering but no longer measure. Pure.
 *
 * A value that stays within its tolerance proves nothing by itself: a good magazine is thermally
 * quiet for days. It is a fault when a neighbour has moved meanwhile: another point of the same
 * quantity on the same site. So this judges the readings of all links together, behind
 * plausibility.h.
 *
 *   flat for `suspect_ms`, and a neighbour has moved since it became flat     uncertain
 *   the same for FLATLINE_FAULT times as long                                 bad: no value
 *   at one of its rails (humidity of exactly 0 or 100) for FLATLINE_RAIL_MS   uncertain
 *
 * The first value beyond the tolerance is good again at once. A neighbour has moved when its good
 * values, since some time after the point became flat, differ by `move`. So the verdict may come
 * late, but never without a witness. After a silence of FLATLINE_GAP_MS a point begins anew; after
 * a restart too, unless it is shown the history. A distance may stand still for ever: its profile
 * gives no flat_s. The times are engineering judgement, no standard.
 *
 * Costs 96 bytes a point, constant time a value. The same reading twice gets the same verdict. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/reading.h"

enum { FLATLINE_FAULT = 4 };
#define FLATLINE_RAIL_MS (30 * MS_PER_MINUTE)
#define FLATLINE_GAP_MS MS_PER_HOUR

/* The figures of a point, in its units, after calibration. Its index is the readings'. */
struct flatline_point {
    ms_t suspect_ms;  /* 0: is a neighbour only */
    double tolerance; /* it is flat as long as it stays so near */
    double move;      /* what counts as a move; more than twice the tolerance */
    double rail[2];
    int32_t group; /* its points are neighbours: 0 ... group_count - 1; below 0: is not judged */
    bool has_rails;
};

struct flatline;

/* The points are copied. */
struct flatline *flatline_new(struct arena *arena, const struct flatline_point *point,
                              int32_t point_count, int32_t group_count);

/* Takes in readings and lowers their quality where it has a verdict. Those of one point come in the
 * order of time; an older one is ignored. */
void flatline_judge(struct flatline *flatline, struct reading *reading, int32_t count);
