/* window.h - summary of the values of one point during a span that ends now.
 *
 * A window is a ring of buckets, each at most span/288 long (5 minutes of 24 hours). Adding and
 * asking never allocate and never fail. The price is resolution: a window is up to span/288 longer
 * than its span, never shorter. Values may arrive out of order: each is added to its own bucket.
 *
 * Minimum and maximum are exact doubles. The mean of a bucket is kept to 2^-32 of the distance
 * between them, so the mean of a constant value is exactly that value. Asking costs a few
 * nanoseconds while values arrive, and at most one walk over the ring otherwise. The answer depends
 * on the values only, not on earlier questions. */
#pragma once

#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/units.h"

enum { WINDOW_BUCKETS = 288, WINDOW_BUCKET_BYTES_MAX = 24 };

#define WINDOW_SPAN_MIN MS_PER_SECOND
#define WINDOW_SPAN_MAX (7 * MS_PER_DAY)

struct window;

struct window_summary {
    double min, max;
    double mean; /* over covered time, so polling faster gives no more weight */
    ms_t covered_ms;
    double coverage; /* covered time / span, 0...1; 0 makes the values 0 too */
};

/* span_ms WINDOW_SPAN_MIN...WINDOW_SPAN_MAX; the memory is the arena's: 7.6 kB for 24 hours. */
struct window *window_new(struct arena *arena, ms_t span_ms);

/* Adds a finite value that held from `from` until just before `until`. With from == until it counts
 * for minimum and maximum, but covers nothing yet. Time that is added twice counts once in
 * coverage. What is older than the ring, which ends with the newest time ever added, is ignored. */
void window_add(struct window *window, ms_t from, ms_t until, double value);

/* Sums up the span that ends with `now`. Look at .coverage first: two values are no day. */
struct window_summary window_summarize(const struct window *window, ms_t now);

ms_t window_span(const struct window *window);
