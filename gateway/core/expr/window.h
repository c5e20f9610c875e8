/* window.h - what one point measured during a span that ends now.
 *
 * A window is a ring of buckets, each at most span/288 long (5 minutes of 24 hours). Adding and asking never
 * allocate and never fail. The price is resolution: a window is widened outward by up to span/288, so it
 * never sees less than it says. Values may arrive out of order: each lands in its own bucket.
 *
 * Minimum and maximum are exact doubles. A bucket's mean is kept to 2^-32 of the distance between them, so a
 * constant value has exactly itself as its mean. Asking costs a few nanoseconds while values come in, and at most
 * one walk over the ring otherwise; the answer depends on the values only, not on when it was asked before. */
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

/* Takes in one finite value that held from `from` until just before `until`. With from == until it counts for
 * minimum and maximum at once, but covers nothing yet. Time told twice counts once in coverage. Ignores what is
 * older than the ring; how old that is follows from the newest time ever told. */
void window_add(struct window *window, ms_t from, ms_t until, double value);

/* Sums up the span that ends with `now`. Look at .coverage first: two values are no day. */
struct window_summary window_summarize(const struct window *window, ms_t now);

ms_t window_span(const struct window *window);
