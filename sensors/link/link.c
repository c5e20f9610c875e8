#include "sensors/link/link.h"

#include "gateway/base/check.h"
#include "sensors/link/link_parts.h"
#include "sensors/link/link_timing.h"

/* Room for the longest answer that there will be. Those to an output fit in any stream. */
static size_t stream_room_of(const struct link *link)
{
    if (link->framing == FRAMING_RTU) {
        return FRAME_STREAM_MAX;
    }
    size_t room = 0;
    for (int32_t i = 0; i < link->settings->device_count; i++) {
        const struct profile *profile = link->settings->device[i].profile;
        for (int32_t k = 0; k < profile->read_count; k++) {
            const struct frame_request request = {.function = profile->read[k].function,
                                                  .count = profile->read[k].count};
            size_t needed = frame_room_of(&request);
            room = needed > room ? needed : room;
        }
    }
    return room;
}

struct link *link_new(struct arena *arena, const struct link_settings *settings,
                      const struct link_callbacks *callbacks, us_t now)
{
    struct link *link = arena_take(arena, 1, sizeof *link);
    link->settings = settings;
    link->callbacks = *callbacks;
    link->framing = link_timing_framing(settings->kind);
    link->char_ns = link_timing_character_ns(settings);
    link->silence = link_timing_silence(settings);

    link->schedule = link_blocks_new(arena, settings, now, &link->block);
    link->plausibility = plausibility_new(arena, settings);
    link->writes = link_writes_new(arena, settings, link->schedule, &link->callbacks);
    size_t room = stream_room_of(link);
    frame_init(&link->stream, link->framing, arena_take(arena, room, 1), room);
    return link;
}

/* Takes one arrow that is due, or says what to wait for. */
static void take_arrow(struct link *link, struct link_step *step, us_t now)
{
    if (link->state == LINK_STATE_DOWN || link->state == LINK_STATE_IDLE) {
        step->wake_at = link_take_turn(link, now);
        if (link->state == LINK_STATE_WAITING) {
            step->send = link->out;
            step->send_length = link->out_length;
        }
        return;
    }
    bool is_waiting = link->state == LINK_STATE_WAITING;
    /* Before the timeout is looked at: an answer that is held back has come in time. */
    if (is_waiting && link_settles(link, &step->wake_at, now)) {
        return;
    }
    if (now < link->until) {
        step->wake_at = link->until;
        step->quiet_until = is_waiting ? link->quiet_until : 0;
    } else if (is_waiting) {
        link_end_silent(link, now);
        step->must_reopen = link->state == LINK_STATE_DOWN;
    } else {
        link->state = LINK_STATE_IDLE;
    }
}

/* Each arrow moves a deadline beyond `now`, so this ends. */
static struct link_step take_arrows(struct link *link, us_t now)
{
    struct link_step step = {0};
    while (step.wake_at == 0) {
        take_arrow(link, &step, now);
    }
    return step;
}

struct link_step link_opened(struct link *link, us_t now)
{
    link_go_up(link, now);
    return take_arrows(link, now);
}

struct link_step link_closed(struct link *link, us_t now)
{
    link_go_down(link, 0, now);
    return take_arrows(link, now);
}

struct link_step link_interrupted(struct link *link, us_t until, us_t now)
{
    /* By its id a late answer over the new connection would be known, so nothing has to be held
     * back. */
    bool must_ask_again = link->state == LINK_STATE_WAITING && link->current != LINK_NO_BLOCK &&
                          link->framing == FRAMING_MBAP;
    if (must_ask_again) {
        link_ask_again(link, now);
    }
    link_go_down(link, until, now);
    return take_arrows(link, now);
}

struct link_step link_received(struct link *link, const uint8_t *bytes, size_t length, us_t now)
{
    link_take_bytes(link, bytes, length, now);
    return take_arrows(link, now);
}

struct link_step link_tick(struct link *link, us_t now)
{
    return take_arrows(link, now);
}

us_t link_next_due(const struct link *link)
{
    return schedule_next(link->schedule);
}

bool link_foresee(const struct link *link, int32_t *ret_device, int32_t *ret_read)
{
    if (link == NULL || link->state != LINK_STATE_WAITING || link->current == LINK_NO_BLOCK) {
        return false;
    }
    const struct link_block *block = &link->block[link->current];
    *ret_device = block->device;
    *ret_read = block->read;
    __builtin_prefetch(link->stream.bytes, 1);
    plausibility_foresee(link->plausibility, block->device, block->read);
    return true;
}

/* While the link is down a want is only remembered. */
static void forget_outputs_if_down(struct link *link, us_t now)
{
    if (link->state == LINK_STATE_DOWN) {
        link_writes_lose(link->writes, LINK_EVERY_DEVICE, now);
    }
}

void link_want(struct link *link, int32_t device, int32_t output, bool is_on, us_t now)
{
    link_writes_want(link->writes, device, output, is_on, now);
    forget_outputs_if_down(link, now);
}

void link_make_safe(struct link *link, us_t now)
{
    link_writes_make_safe(link->writes, now);
    forget_outputs_if_down(link, now);
}

bool link_is_safe(const struct link *link)
{
    return link_writes_is_safe(link->writes);
}

const struct link_counters *link_counters(const struct link *link)
{
    return &link->counters;
}

bool link_is_up(const struct link *link)
{
    return link->state != LINK_STATE_DOWN;
}
