#include "gateway/loop.h"

#include <string.h>

#include "gateway/base/text.h"
#include "gateway/io/clock.h"

struct loop {
    const struct loop_parts *parts;
    struct effects *effects;
    ms_t last_at; /* of the last event: events go forward in time */
    ms_t turned_at;
};

static ms_t now_of(struct loop *loop)
{
    loop->last_at = max_ms(loop->last_at, clock_ms());
    return loop->last_at;
}

static void show_point(const struct loop *loop, int32_t point)
{
    struct engine_point now = engine_point(loop->parts->engine, point);
    struct snapshot_point shown = {.reading = now.reading,
                                   .good_at = now.good_at,
                                   .condition = now.condition,
                                   .is_silent = now.is_silent};
    snapshot_set_point(loop->parts->snapshot, point, &shown);
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
    struct loop loop = {.parts = parts, .effects = effects};
    dispatch_effects(parts->dispatch, effects, now_of(&loop));
    bool goes_on = true;
    while (goes_on && !atomic_load(parts->must_stop)) {
        struct mailbox_item item;
        switch (mailbox_take(parts->mailbox, patience_of(&loop), &item)) {
        case MAILBOX_EVENT:
            step(&loop, &item.event);
            break;
        case MAILBOX_BATCH_WRITTEN:
            dispatch_written(parts->dispatch, &item.written, now_of(&loop));
            break;
        case MAILBOX_NOTHING:
            break;
        }
        tick(&loop);
        goes_on = turn(&loop, now_of(&loop));
    }
}
