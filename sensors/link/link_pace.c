#include "sensors/link/link_parts.h"
#include "sensors/link/link_timing.h"
#include "sensors/link/schedule.h"

#define TURNAROUND_MAX (10 * US_PER_SECOND)

/* Of replies that vary nearly all shall still be on their way at the first look, so it rises slowly. */
enum { RISE_PART = 256, FALL_PART = 64 };

/* So much of a transaction a reply may be read too late, to save the wake of its last byte. */
enum { LATE_PART = 256 };

us_t link_wire_time(const struct link *link, size_t characters)
{
    return (link->char_ns * (int64_t) characters + 999) / 1000;
}

void link_pace_asked(struct link *link)
{
    link->is_paced = link->char_ns == 0 || link->current == LINK_NO_BLOCK;
    us_t turnaround = link->is_paced ? 0 : link->block[link->current].turnaround_us;
    size_t reply = frame_reply_length(&link->request, link->framing);
    us_t due_at = link->sent_at + turnaround + link_wire_time(link, link->out_length + reply);
    link->quiet_until = link->char_ns > 0 ? min_us(due_at, link->until) : 0;
}

/* It was there when we looked, who knows since when. Or it came in one piece, which wakes us but once anyway. */
static void fall(struct link *link, struct link_block *block)
{
    us_t step = block->turnaround_us / FALL_PART + link_wire_time(link, 1) / 4;
    bool is_known = block->turnaround_us > 0;
    us_t least = is_known ? 1 : 0;
    us_t next = block->turnaround_us - step;
    block->turnaround_us = (int32_t) (next > least ? next : least);
}

static void rise(struct link_block *block, us_t seen)
{
    us_t to = min_us(seen, TURNAROUND_MAX);
    us_t step = (to - block->turnaround_us + RISE_PART - 1) / RISE_PART;
    block->turnaround_us = (int32_t) (block->turnaround_us == 0 ? to : block->turnaround_us + step);
}

/* So many characters of the reply are there. Only the first look of a transaction tells something. */
static void learn(struct link *link, size_t characters, bool is_whole, us_t now)
{
    if (link->is_paced) {
        return;
    }
    link->is_paced = true;
    struct link_block *block = &link->block[link->current];
    us_t seen = now - link->sent_at - link_wire_time(link, link->out_length + characters);
    if (is_whole || seen < block->turnaround_us) {
        fall(link, block);
    } else {
        rise(block, seen);
    }
}

void link_pace_answered(struct link *link, us_t now)
{
    learn(link, frame_reply_length(&link->request, link->framing), true, now);
}

/* For the last character. One is on the line now, nobody knows since when: so it ends at any time within this span. */
static us_t last_wait(const struct link *link, us_t now)
{
    return min_us(link_wire_time(link, 1), (now - link->sent_at) / LATE_PART);
}

void link_pace_heard(struct link *link, us_t now)
{
    size_t whole = frame_reply_length(&link->request, link->framing);
    size_t begun = (size_t) link->stream.length - link->stream.scanned;
    if (link->char_ns == 0 || begun == 0 || begun >= whole) {
        return; /* noise, or an echo: the first byte of the answer wakes us */
    }
    learn(link, begun, false, now);
    size_t missing = whole - begun;
    if (missing > 1) { /* else that one wakes us */
        us_t due_at = now + link_wire_time(link, missing - 1) + last_wait(link, now);
        link->quiet_until = min_us(due_at, link->until);
    }
}

/* The question that was lost with the connection: what the network held of it is gone, and what its device says late comes
 * within an answer's time. Of a device that was late before nobody knows. */
static void shorten_hold(struct link *link, int32_t device, us_t span, us_t now)
{
    if (schedule_held_until(link->schedule, device) > now + span) {
        schedule_hold(link->schedule, device, now + span);
    }
}

/* Who dials in anew had lost its network: that was the silence, unless a device was silent more than once. */
void link_shorten_holds(struct link *link, us_t now)
{
    const struct link_settings *settings = link->settings;
    if (settings->kind != LINK_DTU && link->has_lost) {
        shorten_hold(link, link->device, link_timing_lateness_anew(settings->kind, link->timeout),
                     now);
    }
    for (int32_t i = 0; settings->kind == LINK_DTU && i < settings->device_count; i++) {
        us_t poll = (us_t) settings->device[i].poll_ms * US_PER_MS;
        if (schedule_misses(link->schedule, i) <= 1) {
            shorten_hold(link, i, link_timing_lateness_redialled(poll), now);
        }
    }
    link->has_lost = false;
}
