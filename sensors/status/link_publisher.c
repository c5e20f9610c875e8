#include "sensors/status/link_publisher.h"

#include "gateway/base/timers.h"

#define FULL_US (10 * US_PER_MS) /* without room: offer again after this time */

static struct status_board_state board_state_of(const struct link_publisher *publisher)
{
    return (struct status_board_state){
        .is_up = publisher->is_up, .words = publisher->text, .suspicion = publisher->suspicion};
}

/* Returns when the readings are offered again. */
static us_t wait_for_room(struct link_publisher *publisher, us_t now)
{
    publisher->again_at = now + FULL_US;
    return publisher->again_at;
}

static void publish_change(struct link_publisher *publisher, us_t now)
{
    const struct wire_callbacks *callbacks = publisher->callbacks;
    const struct link_change change = {
        .link = publisher->index,
        .is_up = publisher->is_up,
        .text = publisher->is_up ? "已连接" : publisher->text,
    };
    publisher->is_published = callbacks->post_link(callbacks->context, &change);
    if (!publisher->is_published) {
        publisher->again_at = now + FULL_US;
    }
}

void link_publisher_turn(struct link_publisher *publisher, bool is_up, us_t now)
{
    bool is_news = !publisher->is_known || publisher->is_up != is_up;
    publisher->is_known = true;
    publisher->is_up = is_up;
    const struct status_board_state state = board_state_of(publisher);
    status_board_show(publisher->board, publisher->index, &state, publisher->device);
    if (is_news) {
        publish_change(publisher, now);
    }
}

void link_publisher_set_text(struct link_publisher *publisher, const char *text)
{
    publisher->text = text;
}

void link_publisher_fail(struct link_publisher *publisher, const char *why, us_t now)
{
    link_publisher_set_text(publisher, why);
    status_board_fail(publisher->board, publisher->index, why, now);
    publisher->heard.sent_at = 0;
}

void link_publisher_foresee(const struct link_publisher *publisher, int32_t device, int32_t read)
{
    __builtin_prefetch(&publisher->device[device], 1);
    status_board_foresee(publisher->board, publisher->index, device, read);
}

/* Publishes a result on the status board. */
static void show_result(struct link_publisher *publisher, const struct link_result *result)
{
    struct device_status *device = &publisher->device[result->device];
    device->reason = result->is_answered ? REASON_NONE : result->reason;
    device->exception = result->exception;
    device->health = result->health;
    device->probe_at = result->probe_at;
    if (result->is_answered) {
        device->rtt_us = result->rtt_us;
        device->answered_at = result->at;
    }
    publisher->suspicion = result->suspicion;
    struct status_board_state state = board_state_of(publisher);
    state.counters = result->counters;
    status_board_take(publisher->board, publisher->index, result, &state, device,
                      &publisher->heard);
}

us_t link_publisher_take(struct link_publisher *publisher, const struct link_result *result)
{
    show_result(publisher, result);
    if (!publisher->is_up && (result->is_answered || result->reason == REASON_EXCEPTION)) {
        link_publisher_set_text(publisher, "");
        link_publisher_turn(publisher, true, result->at);
    }
    if (publisher->is_up && result->is_mute) {
        link_publisher_fail(publisher, "所有设备都无应答，请检查总线", result->at);
        link_publisher_turn(publisher, false, result->at);
    }
    reading_backlog_put(publisher->backlog, result, publisher->callbacks);
    return reading_backlog_is_empty(publisher->backlog) ? 0 : wait_for_room(publisher, result->at);
}

us_t link_publisher_offer(struct link_publisher *publisher, us_t now)
{
    us_t room_at = 0;
    if (publisher->again_at > now) {
        return room_at;
    }
    publisher->again_at = TIMERS_NEVER;
    if (!reading_backlog_flush(publisher->backlog, publisher->callbacks)) {
        room_at = wait_for_room(publisher, now);
    }
    if (!publisher->is_published) {
        publish_change(publisher, now);
    }
    return room_at;
}

bool link_publisher_is_waiting(const struct link_publisher *publisher)
{
    return !reading_backlog_is_empty(publisher->backlog);
}

void link_publisher_init(struct link_publisher *publisher, struct arena *arena,
                         const struct wire_callbacks *callbacks,
                         const struct link_settings *link_settings, struct status_board *board,
                         int32_t index)
{
    *publisher = (struct link_publisher){
        .callbacks = callbacks,
        .board = board,
        .index = index,
        .suspicion = "",
        .is_published = true,
        .again_at = TIMERS_NEVER,
    };
    bool has_devices = link_settings->device_count > 0;
    size_t devices = (size_t) link_settings->device_count;
    publisher->device = arena_take(arena, devices, sizeof publisher->device[0]);
    link_publisher_set_text(publisher, has_devices ? "还没有连接" : "没有设备");
    const struct status_board_state state = {.words = publisher->text};
    status_board_show(board, index, &state, NULL);
    if (has_devices) {
        publisher->backlog = reading_backlog_new(arena, link_settings);
    }
}

void link_publisher_write(const struct link_publisher *publisher, const struct link_write *write)
{
    if (publisher->callbacks->post_write != NULL) {
        publisher->callbacks->post_write(publisher->callbacks->context, publisher->index, write);
    }
}

void link_publisher_output(const struct link_publisher *publisher,
                           const struct link_output_change *change)
{
    if (publisher->callbacks->post_output != NULL) {
        publisher->callbacks->post_output(publisher->callbacks->context, publisher->index, change);
    }
}
