#include "gateway/core/detect/points.h"

static void build_windows(struct engine *engine, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    struct window_lists *windows = &engine->windows;
    windows->item = arena_take(arena, (size_t) policy->window_count, sizeof(struct window *));
    windows->first = arena_take(arena, (size_t) policy->point_count + 1, sizeof(int32_t));
    int32_t window = 0;
    for (int32_t point = 0; point < policy->point_count; point++) {
        windows->first[point] = window;
        for (; window < policy->window_count && policy->window[window].point == point; window++) {
            windows->item[window] = window_new(arena, policy->window[window].span_ms);
        }
    }
    windows->first[policy->point_count] = window;
    CHECK(window == policy->window_count); /* sorted by point */
}

void points_build(struct engine *engine, struct arena *arena)
{
    const struct policy *policy = engine->policy;
    engine->point = arena_take(arena, (size_t) policy->point_count, sizeof *engine->point);
    engine->terms = arena_take(arena, (size_t) policy->point_count, sizeof *engine->terms);
    for (int32_t i = 0; i < policy->point_count; i++) {
        engine->point[i].reading = (struct reading){.point = i, .quality = QUALITY_NO_ANSWER};
        /* The config allows 7 days, or 3 polls. */
        CHECK(policy->point[i].silent_after_ms <= INT32_MAX);
        engine->terms[i] = (struct point_terms){
            .device = policy->point[i].device,
            .silent_after_ms = (int32_t) policy->point[i].silent_after_ms,
        };
    }
    build_windows(engine, arena);
}

static void fill_windows(struct engine *engine, int32_t point, ms_t from, ms_t until, double value)
{
    const struct window_lists *windows = &engine->windows;
    for (int32_t i = windows->first[point]; i < windows->first[point + 1]; i++) {
        window_add(windows->item[i], from, until, value);
    }
}

void points_extend_cover(struct engine *engine, int32_t point, ms_t now)
{
    struct point_memory *memory = &engine->point[point];
    ms_t cover_max_ms = max_ms(3 * engine->policy->point[point].poll_ms, MS_PER_MINUTE);
    ms_t until = min_ms(now, memory->reading.at + cover_max_ms);
    if (memory->covered_until != 0 && until > memory->covered_until) {
        fill_windows(engine, point, memory->covered_until, until, memory->reading.value);
        memory->covered_until = until;
    }
}

static void take_newest(struct engine *engine, const struct reading *reading)
{
    struct point_memory *memory = &engine->point[reading->point];
    const int32_t *first = engine->windows.first;
    /* Most points have no window: their readings touch one cache line and no other. */
    bool has_windows = first[reading->point] < first[reading->point + 1];
    if (has_windows) {
        points_extend_cover(engine, reading->point, reading->at);
    }
    memory->reading = *reading;
    memory->covered_until = 0;
    if (reading_has_value(reading)) {
        memory->good_at = reading->at;
        memory->is_remembered = !engine->is_started;
        memory->covered_until = reading->at;
        if (has_windows) {
            fill_windows(engine, reading->point, reading->at, reading->at, reading->value);
        }
    }
}

void points_take(struct engine *engine, const struct reading *reading)
{
    if (reading->at >= engine->point[reading->point].reading.at) {
        take_newest(engine, reading);
    } else if (reading_has_value(reading)) {
        fill_windows(engine, reading->point, reading->at, reading->at, reading->value);
    }
}
