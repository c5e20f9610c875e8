#include "gateway/daemon/loop.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/io/system/clock.h"

struct loop {
    const struct loop_parts *parts;
    struct effects *effects;
    ms_t now; /* read once for each item; never goes back */
    ms_t refreshed_at;
    int32_t shown_count;
    struct snapshot_point shown[READINGS_MAX];
};

static void read_clock(struct loop *loop)
{
    loop->now = max_ms(loop->now, clock_ms());
}

static void flush_points(struct loop *loop)
{
    snapshot_set_points(loop->parts->snapshot, loop->shown, loop->shown_count);
    loop->shown_count = 0;
}

/* A value may be older than its limit before silence is judged, after a restart or behind a stalled
 * bus. A viewer must not take it for the present: like a silent point it shows no value then, only
 * the time of the last good one. */
static void hide_stale(const struct loop *loop, struct engine_point *point)
{
    if (reading_has_value(&point->reading) && loop->now >= point->stale_at) {
        point->reading.quality = QUALITY_NO_ANSWER;
        point->reading.reason = REASON_STALE;
        point->reading.value = 0;
    }
}

static void show_point(struct loop *loop, int32_t point)
{
    struct engine_point now = engine_point(loop->parts->engine, point);
    hide_stale(loop, &now);
    loop->shown[loop->shown_count++] = (struct snapshot_point){.reading = now.reading,
                                                               .good_at = now.good_at,
                                                               .condition = now.condition,
                                                               .is_silent = now.is_silent};
    if (loop->shown_count == READINGS_MAX) {
        flush_points(loop);
    }
}

static void show_health(const struct loop *loop, const struct event *event)
{
    struct snapshot_part part = {
        .part = event->health.part, .is_ok = event->health.is_ok, .since = event->at};
    text_copy(part.id, sizeof part.id, event->health.id);
    text_copy(part.text, sizeof part.text, event->health.text);
    snapshot_set_part(loop->parts->snapshot, &part);
}

static void step_engine(struct loop *loop, struct event *event)
{
    event->at = loop->now;
    engine_step(loop->parts->engine, event, loop->effects);
    if (event->kind == EVENT_READINGS) {
        history_put(loop->parts->history, event->readings.reading, event->readings.count);
        for (int32_t i = 0; i < event->readings.count; i++) {
            show_point(loop, event->readings.reading[i].point);
        }
        flush_points(loop);
    } else if (event->kind == EVENT_HEALTH) {
        show_health(loop, event);
    }
    dispatch_effects(loop->parts->dispatch, loop->effects, event->at);
}

/* Once a second, because points change by time alone (silence, windows) and because the web watches
 * that the loop runs. */
static bool refresh_points(struct loop *loop)
{
    ms_t now = loop->now;
    if (now - loop->refreshed_at < MS_PER_SECOND) {
        return true;
    }
    loop->refreshed_at = now;
    for (int32_t point = 0; point < loop->parts->policy->point_count; point++) {
        show_point(loop, point);
    }
    flush_points(loop);
    snapshot_touch(loop->parts->snapshot, now);
    return loop->parts->on_turn(loop->parts->context, now);
}

static void run_timers(struct loop *loop)
{
    if (engine_deadline(loop->parts->engine) <= loop->now) {
        struct event event = {.kind = EVENT_TICK};
        step_engine(loop, &event);
    }
    dispatch_tick(loop->parts->dispatch, loop->now);
}

static ms_t compute_timeout(const struct loop *loop)
{
    ms_t until =
        min_ms(engine_deadline(loop->parts->engine), dispatch_deadline(loop->parts->dispatch));
    until = min_ms(until, loop->refreshed_at + MS_PER_SECOND);
    return max_ms(0, until - loop->now);
}

static struct loop *loop_new(const struct loop_parts *parts, struct effects *effects)
{
    struct loop *loop = calloc(1, sizeof *loop);
    CHECK(loop != NULL);
    loop->parts = parts;
    loop->effects = effects;
    read_clock(loop);
    return loop;
}

static void handle_item(struct loop *loop, struct mailbox_item *item)
{
    switch (item->kind) {
    case MAILBOX_EVENT:
        step_engine(loop, &item->event);
        break;
    case MAILBOX_BATCH_WRITTEN:
        dispatch_written(loop->parts->dispatch, &item->written);
        break;
    case MAILBOX_NOTHING:
        break;
    }
}

void loop_run(const struct loop_parts *parts, struct effects *effects)
{
    struct loop *loop = loop_new(parts, effects);
    dispatch_effects(parts->dispatch, effects, loop->now);
    bool goes_on = true;
    while (goes_on && !atomic_load(parts->must_stop)) {
        struct mailbox_item item;
        (void) mailbox_take(parts->mailbox, compute_timeout(loop), &item);
        read_clock(loop);
        engine_foresee(parts->engine, &item.next);
        snapshot_foresee(parts->snapshot, item.next.reading, item.next.count);
        handle_item(loop, &item);
        run_timers(loop);
        goes_on = refresh_points(loop);
    }
    free(loop);
}

void loop_drain(const struct loop_parts *parts, struct effects *effects)
{
    struct loop *loop = loop_new(parts, effects);
    ms_t until = loop->now + LOOP_DRAIN_MS;
    struct mailbox_item item;
    while (loop->now < until && mailbox_take(parts->mailbox, 0, &item) != MAILBOX_NOTHING) {
        read_clock(loop);
        handle_item(loop, &item);
    }
    free(loop);
}
