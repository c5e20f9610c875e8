/* loop.c - the thread of the engine: takes events from the mailbox, steps the engine, passes its
 * effects to dispatch. It blocks in mailbox_take only. */

#include "gateway/base/text.h"
#include "gateway/daemon/daemon_parts.h"
#include "gateway/io/history/history.h"
#include "gateway/io/system/clock.h"

struct loop {
    struct daemon *daemon;
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
    snapshot_set_points(loop->daemon->snapshot, loop->shown, loop->shown_count);
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
    struct engine_point now = engine_point(loop->daemon->engine, point);
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
    snapshot_set_part(loop->daemon->snapshot, &part);
}

static void step_engine(struct loop *loop, struct event *event)
{
    event->at = loop->now; /* not the sender's time, which may come out of order */
    engine_step(loop->daemon->engine, event, loop->daemon->effects);
    if (event->kind == EVENT_READINGS) {
        history_put(loop->daemon->history, event->readings.reading, event->readings.count);
        for (int32_t i = 0; i < event->readings.count; i++) {
            show_point(loop, event->readings.reading[i].point);
        }
        flush_points(loop);
    } else if (event->kind == EVENT_HEALTH) {
        show_health(loop, event);
    }
    dispatch_effects(loop->daemon->dispatch, loop->daemon->effects, event->at);
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
    for (int32_t point = 0; point < loop->daemon->policy->point_count; point++) {
        show_point(loop, point);
    }
    flush_points(loop);
    snapshot_touch(loop->daemon->snapshot, now);
    const struct daemon_options *options = &loop->daemon->options;
    return options->on_turn == NULL || options->on_turn(options->context, now);
}

/* Due work of the engine and of dispatch, and what the viewers see. False: the loop ends. */
static bool run_due_work(struct loop *loop)
{
    if (engine_deadline(loop->daemon->engine) <= loop->now) {
        struct event event = {.kind = EVENT_TICK};
        step_engine(loop, &event);
    }
    dispatch_tick(loop->daemon->dispatch, loop->now);
    return refresh_points(loop);
}

static ms_t compute_timeout(const struct loop *loop)
{
    ms_t until =
        min_ms(engine_deadline(loop->daemon->engine), dispatch_deadline(loop->daemon->dispatch));
    until = min_ms(until, loop->refreshed_at + MS_PER_SECOND);
    return max_ms(0, until - loop->now);
}

static void handle_item(struct loop *loop, struct mailbox_item *item)
{
    read_clock(loop);
    switch (item->kind) {
    case MAILBOX_EVENT:
        step_engine(loop, &item->event);
        break;
    case MAILBOX_BATCH_WRITTEN:
        dispatch_written(loop->daemon->dispatch, &item->written);
        break;
    case MAILBOX_NOTHING:
        break;
    }
}

void loop_run(struct daemon *daemon, const atomic_bool *must_stop)
{
    struct loop loop = {.daemon = daemon, .now = clock_ms()};
    dispatch_effects(daemon->dispatch, daemon->effects, loop.now);
    bool goes_on = true;
    while (goes_on && !atomic_load(must_stop)) {
        struct mailbox_item item;
        (void) mailbox_take(daemon->mailbox, compute_timeout(&loop), &item);
        /* The block behind this one is fetched into the cache while this one is judged. */
        engine_foresee(daemon->engine, &item.next);
        snapshot_foresee(daemon->snapshot, item.next.reading, item.next.count);
        handle_item(&loop, &item);
        goes_on = run_due_work(&loop);
    }
}

void loop_drain(struct daemon *daemon)
{
    struct loop loop = {.daemon = daemon, .now = clock_ms()};
    ms_t until = loop.now + LOOP_DRAIN_MS;
    struct mailbox_item item;
    while (loop.now < until && mailbox_take(daemon->mailbox, 0, &item) != MAILBOX_NOTHING) {
        handle_item(&loop, &item);
    }
}
