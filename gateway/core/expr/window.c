#include "gateway/core/expr/window.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

/* The ring is also summed by block: when a bucket changes, its block and the total of all blocks
 * are summed anew, not the whole ring. Nothing is ever subtracted, so sums do not drift, and an
 * absurd value leaves no trace once its bucket is gone. */
enum { BLOCKS = 17 }; /* the root of 289: as many blocks as buckets in one */

/* A bucket in the ring; all zero is empty. */
struct bucket {
    double min, max;
    uint32_t share;   /* where the mean lies between min and max, in 2^-32 */
    uint32_t covered; /* milliseconds, and IS_SEEN */
};
static_assert(sizeof(struct bucket) <= WINDOW_BUCKET_BYTES_MAX,
              "the memory of a window is promised");

#define IS_SEEN (UINT32_C(1) << 31) /* min and max count, even when nothing is covered yet */
#define SHARE_MAX 4294967295.0

/* One bucket or many, while they are summed. */
struct part {
    double min, max; /* infinity and -infinity of nothing */
    double sum;      /* value * milliseconds */
    ms_t covered_ms;
};

static const struct part nothing = {.min = HUGE_VAL, .max = -HUGE_VAL};

struct window {
    ms_t span_ms, width_ms; /* of the whole and of a bucket */
    int32_t bucket_count, block_size;
    bool is_used;
    int64_t newest;             /* number of the open bucket: its time / width */
    int32_t newest_place;       /* in the ring */
    ms_t open_from, open_until; /* its time */
    struct part open;           /* the newest bucket; its place in the ring is empty */
    struct part closed;         /* all of the ring */
    uint32_t stale;             /* bit i: block[i] no longer fits its buckets */
    struct part block[BLOCKS];
    struct bucket *bucket;
};

static double clamp_value(double value, double min, double max)
{
    if (value > max) {
        return max;
    }
    return value >= min ? value : min; /* also when it is not a number */
}

static void part_take(struct part *part, double value, ms_t span)
{
    part->min = value < part->min ? value : part->min;
    part->max = value > part->max ? value : part->max;
    part->sum += value * (double) span;
    part->covered_ms += span;
}

static void part_merge(struct part *part, const struct part *other)
{
    part->min = other->min < part->min ? other->min : part->min;
    part->max = other->max > part->max ? other->max : part->max;
    part->sum += other->sum;
    part->covered_ms += other->covered_ms;
}

static double part_mean(const struct part *part)
{
    return part->covered_ms == 0
               ? part->min
               : clamp_value(part->sum / (double) part->covered_ms, part->min, part->max);
}

/* At most `width` of it: time that was added twice counts once. */
static struct part part_limit(const struct part *part, ms_t width)
{
    struct part limited = *part;
    if (part->covered_ms > width) {
        limited.sum = part_mean(part) * (double) width;
        limited.covered_ms = width;
    }
    return limited;
}

static struct bucket pack_bucket(const struct part *part, ms_t width)
{
    if (part->min > part->max) {
        return (struct bucket){.covered = 0};
    }
    /* In halves, so that not even the largest doubles overflow. */
    double range = part->max / 2 - part->min / 2;
    double above = part_mean(part) / 2 - part->min / 2;
    double share = range > 0 ? clamp_value(above / range, 0, 1) : 0;
    return (struct bucket){.min = part->min,
                           .max = part->max,
                           .share = (uint32_t) (share * SHARE_MAX + 0.5),
                           .covered = (uint32_t) min_ms(part->covered_ms, width) | IS_SEEN};
}

static struct part unpack_bucket(const struct bucket *bucket)
{
    if (bucket->covered == 0) {
        return nothing;
    }
    double share = bucket->share / SHARE_MAX;
    double mean =
        clamp_value(bucket->min * (1 - share) + bucket->max * share, bucket->min, bucket->max);
    ms_t covered_ms = bucket->covered & ~IS_SEEN;
    return (struct part){bucket->min, bucket->max, mean * (double) covered_ms, covered_ms};
}

/* At least WINDOW_BUCKETS buckets that fill the span exactly. A span that no such number divides
 * gets buckets of half the length, since two of them may then stand out. */
static ms_t width_of(ms_t span_ms)
{
    for (int32_t count = WINDOW_BUCKETS; count <= 2 * WINDOW_BUCKETS; count++) {
        if (span_ms % count == 0) {
            return span_ms / count;
        }
    }
    return span_ms / (2 * (ms_t) WINDOW_BUCKETS);
}

struct window *window_new(struct arena *arena, ms_t span_ms)
{
    CHECK(span_ms >= WINDOW_SPAN_MIN && span_ms <= WINDOW_SPAN_MAX);
    struct window *window = arena_take(arena, 1, sizeof *window);
    window->span_ms = span_ms;
    window->width_ms = width_of(span_ms);
    /* One more than fit: the first and the last one are in the span only in part. */
    window->bucket_count = (int32_t) ((span_ms + window->width_ms - 1) / window->width_ms) + 1;
    window->block_size = (window->bucket_count + BLOCKS - 1) / BLOCKS;
    window->bucket = arena_take(arena, (size_t) window->bucket_count, sizeof(struct bucket));
    window->open = nothing;
    window->closed = nothing;
    for (int32_t i = 0; i < BLOCKS; i++) {
        window->block[i] = nothing;
    }
    return window;
}

ms_t window_span(const struct window *window)
{
    return window->span_ms;
}

static int64_t bucket_number_of(const struct window *window, ms_t at)
{
    return at / window->width_ms - (at % window->width_ms < 0 ? 1 : 0);
}

static int32_t place_of_bucket(const struct window *window, int64_t number)
{
    int64_t place = number % window->bucket_count;
    return (int32_t) (place < 0 ? place + window->bucket_count : place);
}

static void put_bucket(struct window *window, int64_t number, struct bucket bucket)
{
    int32_t place = place_of_bucket(window, number);
    window->bucket[place] = bucket;
    window->stale |= UINT32_C(1) << (place / window->block_size);
}

/* The ring ends with the newest bucket: the places behind it belong to the turn before. */
static int64_t number_at(const struct window *window, int32_t place)
{
    int32_t behind = window->newest_place - place;
    return window->newest - (behind < 0 ? behind + window->bucket_count : behind);
}

/* The sum of the buckets of one block with numbers oldest...newest. */
static struct part sum_block(const struct window *window, int32_t block, int64_t oldest,
                             int64_t newest)
{
    struct part part = nothing;
    int32_t end = (block + 1) * window->block_size;
    end = end < window->bucket_count ? end : window->bucket_count;
    for (int32_t place = block * window->block_size; place < end; place++) {
        int64_t number = number_at(window, place);
        if (number >= oldest && number <= newest) {
            struct part of_bucket = unpack_bucket(&window->bucket[place]);
            part_merge(&part, &of_bucket);
        }
    }
    return part;
}

static void sum_stale(struct window *window)
{
    if (window->stale == 0) {
        return;
    }
    struct part closed = nothing;
    for (int32_t i = 0; i < BLOCKS; i++) {
        if ((window->stale >> i & 1U) != 0) {
            window->block[i] = sum_block(window, i, INT64_MIN, INT64_MAX);
        }
        part_merge(&closed, &window->block[i]);
    }
    window->closed = closed;
    window->stale = 0;
}

/* Makes `number` the open bucket. The one before it goes to its place in the ring, and buckets that
 * have become too old are emptied. */
static void open_bucket(struct window *window, int64_t number)
{
    if (window->is_used) {
        put_bucket(window, window->newest, pack_bucket(&window->open, window->width_ms));
        int64_t first = window->newest + 1;
        int64_t first_kept = number - window->bucket_count + 1;
        for (int64_t i = first > first_kept ? first : first_kept; i <= number; i++) {
            put_bucket(window, i, (struct bucket){.covered = 0});
        }
    }
    window->is_used = true;
    window->newest = number;
    window->newest_place = place_of_bucket(window, number);
    window->open_from = number * window->width_ms;
    window->open_until = window->open_from + window->width_ms;
    window->open = nothing;
}

static void add_to_bucket(struct window *window, int64_t number, double value, ms_t span)
{
    if (number == window->newest) {
        part_take(&window->open, value, span);
        return;
    }
    struct part part = unpack_bucket(&window->bucket[place_of_bucket(window, number)]);
    part_take(&part, value, span);
    put_bucket(window, number, pack_bucket(&part, window->width_ms));
}

static void add_anywhere(struct window *window, ms_t from, ms_t until, double value)
{
    int64_t last = bucket_number_of(window, until > from ? until - 1 : from);
    if (!window->is_used || last > window->newest) {
        open_bucket(window, last);
    }
    int64_t first = bucket_number_of(window, from);
    int64_t oldest = window->newest - window->bucket_count + 1;
    for (int64_t i = first > oldest ? first : oldest; i <= last; i++) {
        ms_t begin = max_ms(from, i * window->width_ms);
        ms_t end = min_ms(until, (i + 1) * window->width_ms);
        add_to_bucket(window, i, value, end - begin);
    }
    sum_stale(window);
}

void window_add(struct window *window, ms_t from, ms_t until, double value)
{
    CHECK(isfinite(value) && from <= until);
    if (from >= window->open_from && from < window->open_until && until <= window->open_until) {
        part_take(&window->open, value, until - from);
    } else {
        add_anywhere(window, from, until, value);
    }
}

/* Are all buckets of a block numbered oldest...newest? */
static bool is_inside(const struct window *window, int32_t block, int64_t oldest, int64_t newest)
{
    int32_t begin = block * window->block_size;
    bool has_seam =
        window->newest_place >= begin && window->newest_place < begin + window->block_size - 1;
    int32_t first = has_seam ? window->newest_place + 1 : begin;
    return first < window->bucket_count && number_at(window, first) >= oldest &&
           newest >= window->newest;
}

/* The ring's part of a span that does not end with the open bucket. The order of the sum is that of
 * sum_stale: floating-point sums depend on it, and the answer must be the same. */
static struct part sum_until(const struct window *window, int64_t last)
{
    struct part part = nothing;
    int64_t oldest = last - window->bucket_count + 1;
    if (!window->is_used || oldest > window->newest) {
        return part;
    }
    for (int32_t i = 0; i < BLOCKS; i++) {
        struct part of_block = is_inside(window, i, oldest, last)
                                   ? window->block[i]
                                   : sum_block(window, i, oldest, last);
        part_merge(&part, &of_block);
    }
    return part;
}

struct window_summary window_summarize(const struct window *window, ms_t now)
{
    struct part all = window->closed;
    bool has_open = true;
    if (now < window->open_from || now >= window->open_until) {
        int64_t last = bucket_number_of(window, now);
        all = sum_until(window, last);
        has_open = last >= window->newest && last - window->bucket_count < window->newest;
    }
    if (has_open) {
        struct part open = part_limit(&window->open, window->width_ms);
        part_merge(&all, &open);
    }
    if (all.covered_ms == 0) {
        return (struct window_summary){.coverage = 0};
    }
    ms_t covered_ms = min_ms(all.covered_ms, window->span_ms);
    return (struct window_summary){.min = all.min,
                                   .max = all.max,
                                   .mean = part_mean(&all),
                                   .covered_ms = covered_ms,
                                   .coverage = (double) covered_ms / (double) window->span_ms};
}
