/* window.h - what one point measured during a span that ends now.
 *
 * A window is a ring of buckets, each at most span/288 long (5 minutes of 24 hours). Adding and asking never
 * allocate and never fail. The price is resolution: a window is widened outward by up to one bucket, so it
 * never sees less than it says. Values may arrive out of order: each lands in its own bucket. */
#pragma once

#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/units.h"

enum { WINDOW_BUCKETS = 288, WINDOW_BUCKET_BYTES_MAX = 24 };

struct window;

struct window_summary {
    double min, max;
    double mean;        /* over covered time, so polling faster gives no more weight */
    double first, last; /* the oldest and the newest bucket's mean: for change and rate */
    ms_t covered_ms;
    double coverage; /* covered time / span, 0...1; 0 makes the values 0 too */
};

/* span_ms 1 s ... 7 d; the memory is the arena's. */
struct window *window_new(struct arena *arena, ms_t span_ms);

/* Takes in one finite value that held from `from` until `until`. Ignores what is older than the ring. */
void window_add(struct window *window, ms_t from, ms_t until, double value);

/* Sums up the span that ends with `now`. Look at .coverage first: two values are no day. */
struct window_summary window_summarize(const struct window *window, ms_t now);

ms_t window_span(const struct window *window);
