/* When a serial reply is due. */
#include "sensors/link/link_parts.h"

#define TURNAROUND_MAX (10 * US_PER_SECOND)

/* Reading late costs bus time, looking early costs one wake. So the turnaround stays near the
 * shortest replies: it rises slowly and falls fast. */
enum { RISE_PART = 256, FALL_PART = 64 };

/* This part of a transaction the last byte may be read too late, which saves its wake. */
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

/* The reply was whole at the first look, and might have been read before. */
static void lower_turnaround(struct link *link, struct link_block *block)
{
    us_t step = block->turnaround_us / FALL_PART + link_wire_time(link, 1) / 4;
    bool is_known = block->turnaround_us > 0;
    us_t least = is_known ? 1 : 0; /* 0 would mean not known */
    us_t next = block->turnaround_us - step;
    block->turnaround_us = (int32_t) (next > least ? next : least);
}

static void raise_turnaround(struct link_block *block, us_t seen)
{
    us_t to = min_us(seen, TURNAROUND_MAX);
    us_t step = (to - block->turnaround_us + RISE_PART - 1) / RISE_PART;
    block->turnaround_us = (int32_t) (block->turnaround_us == 0 ? to : block->turnaround_us + step);
}

/* `characters` of the reply are there. Only the first look of a transaction shows when the reply
 * began. */
static void learn_turnaround(struct link *link, size_t characters, bool is_whole, us_t now)
{
    if (link->is_paced) {
        return;
    }
    link->is_paced = true;
    struct link_block *block = &link->block[link->current];
    us_t seen = now - link->sent_at - link_wire_time(link, link->out_length + characters);
    if (is_whole || seen < block->turnaround_us) {
        lower_turnaround(link, block);
    } else {
        raise_turnaround(block, seen);
    }
}

void link_pace_answered(struct link *link, us_t now)
{
    learn_turnaround(link, frame_reply_length(&link->request, link->framing), true, now);
}

/* One character is on the line now and began at an unknown time: so the last one ends at any time
 * within this span. */
static us_t await_last(const struct link *link, us_t now)
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
    learn_turnaround(link, begun, false, now);
    size_t missing = whole - begun;
    if (missing > 1) { /* else that one wakes us */
        us_t due_at = now + link_wire_time(link, missing - 1) + await_last(link, now);
        link->quiet_until = min_us(due_at, link->until);
    }
}
