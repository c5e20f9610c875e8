#include "gateway/loop.h"

#include <stdlib.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/io/clock.h"

struct loop {
    const struct loop_parts *parts;
    struct effects *effects;
    ms_t last_at; /* of the last event: events go forward in time */
    ms_t turned_at;
    struct snapshot_point *shown; /* by point, as the snapshot has it */
    int32_t changed_count;
    struct snapshot_point changed[READINGS_MAX];
};

static ms_t now_of(struct loop *loop)
{
    loop->last_at = max_ms(loop->last_at, clock_ms());
    return loop->last_at;
}

static bool is_shown(const struct snapshot_point *shown, const struct engine_point *now)
{
    return shown->reading.at == now->reading.at && shown->reading.quality == now->reading.quality &&
           shown->good_at == now->good_at && shown->condition == now->condition &&
           shown->is_silent == now->is_silent;
}

static void flush_points(struct loop *loop)
{
    if (loop->changed_count > 0) {
        snapshot_set_points(loop->parts->snapshot, loop->changed, loop->changed_count);
        loop->changed_count = 0;
    }
}

/* Shows a point when something of it has changed, and only then: browsers get each change. */
static void show_point(struct loop *loop, int32_t point)
{
    struct engine_point now = engine_point(loop->parts->engine, point);
    struct snapshot_point *shown = &loop->shown[point];
    if (is_shown(shown, &now)) {
        return;
    }
    *shown = (struct snapshot_point){.reading = now.reading,
                                     .good_at = now.good_at,
                                     .condition = now.condition,
                                     .is_silent = now.is_silent};
    shown->reading.point = point;
    loop->changed[loop->changed_count++] = *shown;
    if (loop->changed_count == READINGS_MAX) {
        flush_points(loop);
    }
}

static void show_health(const struct loop *loop, const struct event *event)
{
    struct snapshot_part part = {
        .part = event->health.part, .is_well = event->health.is_well, .since = event->at};
    struct text id = text_over(part.id, sizeof part.id);
    struct text text = text_over(part.text, sizeof part.text);
    text_add(&id, "%s", event->health.id);
    text_add(&text, "%s", event->health.text);
    snapshot_set_part(loop->parts->snapshot, &part);
}

static void step(struct loop *loop, struct event *event)
{
    event->at = now_of(loop);
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

/* Once a second: points change by time alone (silence, windows), and the web sees that we turn. */
static bool turn(struct loop *loop, ms_t now)
{
    if (now - loop->turned_at < MS_PER_SECOND) {
        return true;
    }
    loop->turned_at = now;
    for (int32_t point = 0; point < loop->parts->policy->point_count; point++) {
        show_point(loop, point);
    }
    flush_points(loop);
    snapshot_touch(loop->parts->snapshot, now);
    return loop->parts->on_turn(loop->parts->context, now);
}

static void tick(struct loop *loop)
{
    ms_t now = now_of(loop);
    if (engine_deadline(loop->parts->engine) <= now) {
        struct event event = {.kind = EVENT_TICK};
        step(loop, &event);
    }
    dispatch_tick(loop->parts->dispatch, now);
}

static ms_t patience_of(struct loop *loop)
{
    ms_t now = now_of(loop);
    ms_t until =
        min_ms(engine_deadline(loop->parts->engine), dispatch_deadline(loop->parts->dispatch));
    until = min_ms(until, loop->turned_at + MS_PER_SECOND);
    return max_ms(0, until - now);
}

void loop_run(const struct loop_parts *parts, struct effects *effects)
{
    struct loop *loop = calloc(1, sizeof *loop);
    CHECK(loop != NULL);
    loop->parts = parts;
    loop->effects = effects;
    loop->shown = calloc((size_t) parts->policy->point_count + 1, sizeof *loop->shown);
    CHECK(loop->shown != NULL);
    dispatch_effects(parts->dispatch, effects, now_of(loop));
    bool goes_on = true;
    while (goes_on && !atomic_load(parts->must_stop)) {
        struct mailbox_item item;
        switch (mailbox_take(parts->mailbox, patience_of(loop), &item)) {
        case MAILBOX_EVENT:
            step(loop, &item.event);
            break;
        case MAILBOX_BATCH_WRITTEN:
            dispatch_written(parts->dispatch, &item.written);
            break;
        case MAILBOX_NOTHING:
            break;
        }
        tick(loop);
        goes_on = turn(loop, now_of(loop));
    }
    free(loop->shown);
    free(loop);
}
