#include "sensors/status/link_publisher.h"

#include "sensors/transport/wake_times.h"

#define FULL_US ((us_t) 10000) /* when there was no room for readings: ask again after so long */

static struct board_state state_of(const struct herald *herald)
{
    return (struct board_state){.is_up = herald->is_up,
                                .words = herald->words,
                                .suspicion = link_suspicion(herald->link),
                                .counters = link_counters(herald->link)};
}

static void look_at_device(struct herald *herald, int32_t index)
{
    herald->device[index].health = link_device_health(herald->link, index);
    herald->device[index].probe_at = link_probe_at(herald->link, index);
}

static struct parcels_taker taker_of(const struct herald *herald)
{
    return (struct parcels_taker){
        .context = herald->settings->context,
        .take = herald->settings->post_readings,
    };
}

static void wait_for_room(struct herald *herald, us_t now)
{
    herald->again_at = now + FULL_US;
    link_delay(herald->link, herald->again_at);
}

static void tell(struct herald *herald, us_t now)
{
    const struct wire_settings *settings = herald->settings;
    const struct wire_link_state state = {
        .link = herald->index,
        .is_up = herald->is_up,
        .text = herald->is_up ? "已连接" : herald->words,
    };
    herald->is_told = settings->post_link(settings->context, &state);
    if (!herald->is_told) {
        herald->again_at = now + FULL_US;
    }
}

void herald_turn(struct herald *herald, bool is_up, us_t now)
{
    bool is_news = !herald->is_known || herald->is_up != is_up;
    herald->is_known = true;
    herald->is_up = is_up;
    const struct board_state state = state_of(herald);
    for (int32_t i = 0; i < herald->link_settings->device_count; i++) {
        look_at_device(herald, i);
    }
    board_show(herald->board, herald->index, &state, herald->device);
    if (is_news) {
        tell(herald, now);
    }
}

void herald_say(struct herald *herald, const char *words)
{
    herald->words = words;
}

void herald_fail(struct herald *herald, const char *why, us_t now)
{
    herald_say(herald, why);
    board_fail(herald->board, herald->index, why, now);
    herald->heard.sent_at = 0;
}

void herald_foresee(const struct herald *herald)
{
    int32_t device = 0;
    int32_t read = 0;
    if (link_foresee(herald->link, &device, &read)) {
        __builtin_prefetch(&herald->device[device], 1);
        board_foresee(herald->board, herald->index, device, read);
    }
}

void herald_take(struct herald *herald, const struct link_result *result)
{
    struct wire_device_status *device = &herald->device[result->device];
    device->reason = result->is_answered ? REASON_NONE : result->reason;
    device->exception = result->exception;
    if (result->is_answered) {
        device->rtt_us = result->rtt_us;
        device->answered_at = result->at;
    }
    look_at_device(herald, result->device);
    const struct board_state state = state_of(herald);
    board_take(herald->board, herald->index, result, &state, device, &herald->heard);
    if (!herald->is_up && (result->is_answered || result->reason == REASON_EXCEPTION)) {
        herald_say(herald, "");
        herald_turn(herald, true, result->at);
    }
    if (herald->is_up && !result->is_answered && link_is_mute(herald->link)) {
        herald_fail(herald, "所有设备都无应答,请检查总线", result->at);
        herald_turn(herald, false, result->at);
    }
    struct parcels_taker taker = taker_of(herald);
    parcels_put(herald->parcels, result, &taker);
    if (!parcels_is_empty(herald->parcels)) {
        wait_for_room(herald, result->at);
    }
}

void herald_offer(struct herald *herald, us_t now)
{
    if (herald->again_at > now) {
        return;
    }
    herald->again_at = WAKES_NEVER;
    struct parcels_taker taker = taker_of(herald);
    if (!parcels_flush(herald->parcels, &taker)) {
        wait_for_room(herald, now);
    }
    if (!herald->is_told) {
        tell(herald, now);
    }
}

bool herald_is_waiting(const struct herald *herald)
{
    return !parcels_is_empty(herald->parcels);
}

void herald_init(struct herald *herald, struct arena *arena, const struct wire_settings *settings,
                 struct board *board, int32_t index)
{
    const struct link_settings *link = &settings->link[index];
    *herald = (struct herald){
        .settings = settings,
        .board = board,
        .index = index,
        .link_settings = link,
        .is_told = true,
        .again_at = WAKES_NEVER,
    };
    bool has_devices = link->device_count > 0;
    size_t devices = (size_t) link->device_count;
    herald->device = arena_take(arena, devices, sizeof herald->device[0]);
    herald_say(herald, has_devices ? "还没有连接" : "没有设备");
    const struct board_state state = {.words = herald->words};
    board_show(board, index, &state, NULL);
    if (has_devices) {
        herald->parcels = parcels_new(arena, link);
    }
}

void herald_write(const struct herald *herald, const struct link_write *write)
{
    if (herald->settings->post_write != NULL) {
        herald->settings->post_write(herald->settings->context, herald->index, write);
    }
}

void herald_output(const struct herald *herald, const struct link_output_change *change)
{
    if (herald->settings->post_output != NULL) {
        herald->settings->post_output(herald->settings->context, herald->index, change);
    }
}
