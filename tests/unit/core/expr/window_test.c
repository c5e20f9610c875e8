#include "gateway/core/expr/window.h"

#include <float.h>
#include <stdbool.h>

#include "gateway/base/check.h"
#include "tests/unit/expect.h"

enum { NOON = 1784348400 }; /* some second of 2026 */

static struct arena *arena;

static int set_up(void **state)
{
    (void) state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void) state;
    arena_free(arena);
    return 0;
}

static struct window *day(void)
{
    return window_new(arena, MS_PER_DAY);
}

static ms_t noon_plus(ms_t span)
{
    return NOON * MS_PER_SECOND + span;
}

static void an_empty_window_covers_nothing(void **state)
{
    (void) state;
    const struct window *window = day();
    struct window_summary summary = window_summarize(window, noon_plus(0));
    expect_near(summary.coverage, 0, 0);
    expect_near(summary.min, 0, 0);
    expect_near(summary.max, 0, 0);
    expect_near(summary.mean, 0, 0);
    assert_int_equal(summary.covered_ms, 0);
    assert_int_equal(window_span(window), MS_PER_DAY);
}

static void coverage_grows_while_the_window_fills(void **state)
{
    (void) state;
    struct window *window = day();
    for (int hour = 1; hour <= 30; hour++) {
        ms_t until = noon_plus(hour * MS_PER_HOUR);
        window_add(window, until - MS_PER_HOUR, until, 20);
        struct window_summary summary = window_summarize(window, until);
        expect_near(summary.coverage, hour >= 24 ? 1 : hour / 24.0, 1e-12);
    }
}

static void a_constant_value_is_exactly_its_own_mean(void **state)
{
    (void) state;
    struct window *window = day();
    for (int minute = 0; minute < 2000; minute++) {
        ms_t at = noon_plus(minute * MS_PER_MINUTE);
        window_add(window, at, at + MS_PER_MINUTE, 40.1);
        struct window_summary summary = window_summarize(window, at + MS_PER_MINUTE - 1);
        expect_near(summary.mean, 40.1, 0);
        expect_near(summary.min, 40.1, 0);
        expect_near(summary.max, 40.1, 0);
    }
}

static void faster_polling_does_not_bend_the_mean(void **state)
{
    (void) state;
    struct window *window = day();
    for (int second = 0; second < 3600; second++) {
        ms_t at = noon_plus(second * MS_PER_SECOND);
        window_add(window, at, at + MS_PER_SECOND, 10);
    }
    window_add(window, noon_plus(MS_PER_HOUR), noon_plus(2 * MS_PER_HOUR), 30);
    expect_near(window_summarize(window, noon_plus(2 * MS_PER_HOUR)).mean, 20, 1e-9);
}

static void a_value_without_span_counts_for_the_extremes_at_once(void **state)
{
    (void) state;
    struct window *window = day();
    window_add(window, noon_plus(0), noon_plus(5000), 20);
    window_add(window, noon_plus(5000), noon_plus(5000), 55);
    struct window_summary summary = window_summarize(window, noon_plus(5000));
    expect_near(summary.max, 55, 0);
    expect_near(summary.mean, 20, 1e-12);
    assert_int_equal(summary.covered_ms, 5000);
    /* Also when its bucket has been closed since. */
    window_add(window, noon_plus(MS_PER_HOUR), noon_plus(MS_PER_HOUR) + 1, 20);
    expect_near(window_summarize(window, noon_plus(MS_PER_HOUR)).max, 55, 0);
}

static void an_extreme_leaves_with_its_bucket_and_not_before_its_time(void **state)
{
    (void) state;
    struct window *window = day();
    ms_t bucket = MS_PER_DAY / WINDOW_BUCKETS;
    window_add(window, noon_plus(0), noon_plus(1000), 90);
    for (ms_t at = 1000; at <= 2 * MS_PER_DAY; at += MS_PER_MINUTE) {
        window_add(window, noon_plus(at), noon_plus(at + MS_PER_MINUTE), 20);
        double max = window_summarize(window, noon_plus(at)).max;
        if (at <= MS_PER_DAY) {
            expect_near(max, 90, 0);
        } else if (at > MS_PER_DAY + bucket + 1000) {
            expect_near(max, 20, 0);
        }
    }
}

static void a_late_value_lands_in_its_own_bucket(void **state)
{
    (void) state;
    struct window *window = day();
    window_add(window, noon_plus(0), noon_plus(MS_PER_HOUR), 20);
    window_add(window, noon_plus(20 * MS_PER_HOUR), noon_plus(21 * MS_PER_HOUR), 20);
    window_add(window, noon_plus(10 * MS_PER_HOUR), noon_plus(11 * MS_PER_HOUR), 50);
    struct window_summary summary = window_summarize(window, noon_plus(21 * MS_PER_HOUR));
    expect_near(summary.max, 50, 0);
    expect_near(summary.mean, 30, 1e-6);
    assert_int_equal(summary.covered_ms, 3 * MS_PER_HOUR);
    /* It leaves when its own time is over, not a day after it came. */
    window_add(window, noon_plus(36 * MS_PER_HOUR), noon_plus(36 * MS_PER_HOUR + 1), 20);
    expect_near(window_summarize(window, noon_plus(36 * MS_PER_HOUR)).max, 20, 0);
}

static void what_is_older_than_the_ring_is_ignored(void **state)
{
    (void) state;
    struct window *window = day();
    window_add(window, noon_plus(0), noon_plus(1000), 20);
    window_add(window, noon_plus(-2 * MS_PER_DAY), noon_plus(-2 * MS_PER_DAY + 1000), 99);
    struct window_summary summary = window_summarize(window, noon_plus(1000));
    expect_near(summary.max, 20, 0);
    assert_int_equal(summary.covered_ms, 1000);
    /* Of a value that began before the ring only the younger part. */
    window_add(window, noon_plus(-9 * MS_PER_DAY), noon_plus(0), 30);
    summary = window_summarize(window, noon_plus(1000));
    expect_near(summary.coverage, 1, 0);
    expect_near(summary.mean, 30, 0.01);
}

static void silence_empties_the_window(void **state)
{
    (void) state;
    struct window *window = day();
    window_add(window, noon_plus(0), noon_plus(12 * MS_PER_HOUR), 20);
    expect_near(window_summarize(window, noon_plus(12 * MS_PER_HOUR)).coverage, 0.5, 1e-9);
    expect_near(window_summarize(window, noon_plus(30 * MS_PER_HOUR)).coverage, 0.25, 1.0 / 288);
    expect_near(window_summarize(window, noon_plus(37 * MS_PER_HOUR)).coverage, 0, 0);
    expect_near(window_summarize(window, noon_plus(999 * MS_PER_DAY)).coverage, 0, 0);
    /* And it fills again. */
    window_add(window, noon_plus(999 * MS_PER_DAY), noon_plus(1000 * MS_PER_DAY), 7);
    expect_near(window_summarize(window, noon_plus(1000 * MS_PER_DAY)).min, 7, 0);
}

static void a_question_about_the_past_sees_nothing_later(void **state)
{
    (void) state;
    struct window *window = day();
    for (int hour = 0; hour < 20; hour++) {
        ms_t at = noon_plus(hour * MS_PER_HOUR);
        window_add(window, at, at + MS_PER_HOUR, hour);
    }
    ms_t bucket = MS_PER_DAY / WINDOW_BUCKETS;
    for (int hour = 1; hour < 20; hour++) {
        struct window_summary summary =
            window_summarize(window, noon_plus(hour * MS_PER_HOUR - bucket));
        expect_near(summary.max, hour - 1, 0);
        expect_near(summary.coverage, hour / 24.0, 0.0001);
    }
    expect_near(window_summarize(window, noon_plus(-MS_PER_DAY)).coverage, 0, 0);
}

static void a_value_without_span_belongs_to_the_bucket_that_begins_with_it(void **state)
{
    (void) state;
    struct window *window = window_new(arena, 288 * MS_PER_SECOND);
    window_add(window, noon_plus(0), noon_plus(1000), 1);
    window_add(window, noon_plus(1000), noon_plus(1000), 9);
    window_add(window, noon_plus(2000), noon_plus(290 * MS_PER_SECOND), 1);
    expect_near(window_summarize(window, noon_plus(289 * MS_PER_SECOND)).max, 9, 0);
    expect_near(window_summarize(window, noon_plus(290 * MS_PER_SECOND)).max, 1, 0);
}

static void time_told_twice_counts_once(void **state)
{
    (void) state;
    struct window *window = window_new(arena, 288 * MS_PER_SECOND);
    for (int i = 0; i < 3; i++) {
        window_add(window, noon_plus(0), noon_plus(10 * MS_PER_SECOND), 5);
    }
    struct window_summary summary = window_summarize(window, noon_plus(10 * MS_PER_SECOND));
    assert_int_equal(summary.covered_ms, 10 * MS_PER_SECOND);
    expect_near(summary.mean, 5, 0);
}

static void one_absurd_value_leaves_no_trace(void **state)
{
    (void) state;
    struct window *window = day();
    window_add(window, noon_plus(0), noon_plus(1000), DBL_MAX);
    window_add(window, noon_plus(1000), noon_plus(2000), -DBL_MAX);
    window_add(window, noon_plus(MS_PER_DAY / 2), noon_plus(MS_PER_DAY / 2 + 1000), 5e-324);
    struct window_summary summary = window_summarize(window, noon_plus(MS_PER_DAY / 2 + 1000));
    expect_near(summary.max, DBL_MAX, 0);
    expect_near(summary.min, -DBL_MAX, 0);
    assert_true(isfinite(summary.mean));
    for (int minute = 0; minute < 3000; minute++) {
        ms_t at = noon_plus(MS_PER_DAY + minute * MS_PER_MINUTE);
        window_add(window, at, at + MS_PER_MINUTE, 20.3);
    }
    summary = window_summarize(window, noon_plus(MS_PER_DAY + 3000 * MS_PER_MINUTE));
    expect_near(summary.mean, 20.3, 0);
    expect_near(summary.max, 20.3, 0);
}

static void an_answer_does_not_depend_on_when_it_was_asked_before(void **state)
{
    (void) state;
    struct window *asked = day();
    struct window *silent = day();
    const ms_t step = 37 * MS_PER_SECOND;
    for (int i = 0; i < 5000; i++) {
        ms_t at = noon_plus(i * step);
        double value = (i * 7919) % 1000 / 10.0;
        window_add(asked, at, at + step, value);
        window_add(silent, at, at + step, value);
        (void) window_summarize(asked, at - MS_PER_HOUR);
        (void) window_summarize(asked, at + MS_PER_HOUR);
    }
    ms_t end = noon_plus(5000 * step);
    for (ms_t now = end - MS_PER_HOUR; now < end + 26 * MS_PER_HOUR; now += 61000) {
        struct window_summary a = window_summarize(asked, now);
        struct window_summary b = window_summarize(silent, now);
        assert_memory_equal(&a, &b, sizeof a);
    }
}

static void a_window_is_widened_by_a_288th_at_most(void **state)
{
    (void) state;
    static const ms_t spans[] = {1000,   1009,   1151,    7000,     60000,
                                 600000, 999983, 3600000, 86400000, 7 * MS_PER_DAY};
    for (size_t i = 0; i < sizeof spans / sizeof spans[0]; i++) {
        ms_t span = spans[i];
        struct window *window = window_new(arena, span);
        for (ms_t start = 0; start < 40; start++) {
            ms_t at = noon_plus((100 + start) * span + start * 7);
            window_add(window, at, at + 1, 1);
            expect_near(window_summarize(window, at + span).max, 1, 0);
            ms_t later = at + span + span / WINDOW_BUCKETS + 1;
            expect_near(window_summarize(window, later).max, 0, 0);
            window_add(window, later, later + 1, 0);
        }
    }
}

/* The exact answer, from all samples one by one. */
struct sample {
    ms_t from, until;
    double value;
};

enum { SAMPLES_MAX = 4000 };

struct truth {
    struct sample sample[SAMPLES_MAX];
    int count;
};

static struct window_summary sum_up(const struct truth *truth, ms_t from, ms_t until, ms_t span)
{
    struct window_summary summary = {.min = DBL_MAX, .max = -DBL_MAX};
    double sum = 0;
    ms_t covered = 0;
    for (int i = 0; i < truth->count; i++) {
        const struct sample *sample = &truth->sample[i];
        bool is_point = sample->from == sample->until;
        ms_t begin = max_ms(sample->from, from);
        ms_t end = min_ms(sample->until, until);
        if (begin > end || (begin == end && !is_point) || begin >= until) {
            continue;
        }
        summary.min = fmin(summary.min, sample->value);
        summary.max = fmax(summary.max, sample->value);
        sum += sample->value * (double) (end - begin);
        covered += end - begin;
    }
    if (covered == 0) {
        return (struct window_summary){.coverage = 0};
    }
    summary.covered_ms = min_ms(covered, span);
    summary.mean = sum / (double) covered;
    summary.coverage = (double) summary.covered_ms / (double) span;
    return summary;
}

static uint64_t seed;

static int64_t draw(int64_t below)
{
    seed = seed * 6364136223846793005U + 1442695040888963407U;
    return (int64_t) (seed >> 33U) % below;
}

/* A sensor that polls irregularly, falls silent and sends some values late. */
static void make_series(struct truth *truth, ms_t span)
{
    ms_t at = noon_plus(draw(span));
    truth->count = 0;
    int64_t tenths = draw(1000);
    while (truth->count < SAMPLES_MAX) {
        ms_t step = 1 + draw(span / 500 + 1);
        ms_t gap = draw(50) == 0 ? draw(span / 2) : 0;
        tenths += draw(21) - 10;
        ms_t cover = draw(20) == 0 ? 0 : step;
        truth->sample[truth->count++] = (struct sample){at, at + cover, (double) tenths / 10};
        at += step + gap;
    }
    for (int i = 0; i < SAMPLES_MAX; i += 1 + (int) draw(9)) {
        int other = i + (int) draw(200);
        if (other < SAMPLES_MAX) {
            struct sample kept = truth->sample[i];
            truth->sample[i] = truth->sample[other];
            truth->sample[other] = kept;
        }
    }
}

/* The bounds of the widened window: those of the buckets that hold its first and last moment. */
static void compare(const struct window *window, const struct truth *truth, ms_t now, ms_t width)
{
    ms_t span = window_span(window);
    ms_t from = (now - span) / width * width;
    ms_t until = now / width * width + width;
    struct window_summary expected = sum_up(truth, from, until, span);
    struct window_summary actual = window_summarize(window, now);
    assert_int_equal(actual.covered_ms, expected.covered_ms);
    expect_near(actual.coverage, expected.coverage, 1e-12);
    expect_near(actual.min, expected.min, 0);
    expect_near(actual.max, expected.max, 0);
    expect_near(actual.mean, expected.mean, 1e-6);
}

static void run_series(const struct truth *all, ms_t span, ms_t width)
{
    static struct truth known;
    known.count = 0;
    struct window *window = window_new(arena, span);
    ms_t now = 0;
    for (int i = 0; i < all->count; i++) {
        const struct sample *sample = &all->sample[i];
        window_add(window, sample->from, sample->until, sample->value);
        known.sample[known.count++] = *sample;
        now = max_ms(now, sample->until);
        if (draw(40) == 0) {
            compare(window, &known, now, width);
            compare(window, &known, now + draw(span), width);
        }
    }
}

static void random_series_agree_with_the_exact_answer(void **state)
{
    (void) state;
    static const struct {
        ms_t span, width;
    } shapes[] = {{MS_PER_DAY, 300000}, {600000, 2000}, {1000, 2}, {7 * MS_PER_DAY, 2100000}};
    static struct truth all;
    for (uint64_t round = 1; round <= 12; round++) {
        seed = round;
        make_series(&all, shapes[round % 4].span);
        run_series(&all, shapes[round % 4].span, shapes[round % 4].width);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_window_covers_nothing),
        cmocka_unit_test(coverage_grows_while_the_window_fills),
        cmocka_unit_test(a_constant_value_is_exactly_its_own_mean),
        cmocka_unit_test(faster_polling_does_not_bend_the_mean),
        cmocka_unit_test(a_value_without_span_counts_for_the_extremes_at_once),
        cmocka_unit_test(an_extreme_leaves_with_its_bucket_and_not_before_its_time),
        cmocka_unit_test(a_late_value_lands_in_its_own_bucket),
        cmocka_unit_test(what_is_older_than_the_ring_is_ignored),
        cmocka_unit_test(silence_empties_the_window),
        cmocka_unit_test(a_question_about_the_past_sees_nothing_later),
        cmocka_unit_test(a_value_without_span_belongs_to_the_bucket_that_begins_with_it),
        cmocka_unit_test(time_told_twice_counts_once),
        cmocka_unit_test(one_absurd_value_leaves_no_trace),
        cmocka_unit_test(an_answer_does_not_depend_on_when_it_was_asked_before),
        cmocka_unit_test(a_window_is_widened_by_a_288th_at_most),
        cmocka_unit_test(random_series_agree_with_the_exact_answer),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
