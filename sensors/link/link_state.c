/* The arrows of a link's state machine.
 *
 *   DOWN             -> GAP                 [link_go_up] the connection is open
 *   any              -> DOWN                [link_go_down] it is closed
 *   GAP, QUARANTINE  -> IDLE                (link.c) the time is over
 *   IDLE             -> WAITING             [link_send] a request is sent
 *   WAITING          -> GAP                 [link_end_answered] whatever the answer said
 *   WAITING          -> QUARANTINE or DOWN  [link_end_silent] nothing good came in time
 *   WAITING          -> IDLE                [link_ask_again] the request was lost with its link
 *   GAP, IDLE        -> GAP                 [link_hear_unasked] bytes that were not asked for */
#include "sensors/link/link_parts.h"
#include "sensors/link/link_timing.h"

#define QUARANTINE_MORE (50 * US_PER_MS) /* after each byte that came late */
#define QUARANTINE_MAX (2 * US_PER_SECOND)

enum {
    TIMEOUTS_TO_REOPEN = 2,
    TIMEOUTS_TO_DOUBT = 3, /* while another device was ok when it was asked last */
    DOUBTS = 100,          /* transactions until a line that had noise passes for clean */
};

/* Moves the stream's counts into the link's own. */
static void count_stream(struct link *link)
{
    bool is_dirty = link->stream.noise_bytes + link->stream.damaged_frames > 0;
    link->doubts = (uint8_t) (is_dirty ? DOUBTS : link->doubts > 0 ? link->doubts - 1 : 0);
    link->counters.noise_bytes += link->stream.noise_bytes;
    link->counters.foreign += link->stream.foreign_frames;
    link->counters.damaged += link->stream.damaged_frames;
    link->counters.echoes += link->stream.echoed_frames;
    frame_forget_counts(&link->stream);
}

/* The device and the line get their silence. */
static void enter_gap(struct link *link, us_t span, us_t now)
{
    link->state = LINK_STATE_GAP;
    link->until = now + max_us(span, link->silence);
}

void link_go_up(struct link *link, us_t now)
{
    link_shorten_holds(link, now);
    schedule_close(link->schedule, false);
    frame_reset(&link->stream);
    link->timeouts_running = 0;
    link->reopens_until = 0;
    plausibility_reopened(link->plausibility); /* the sensors may have lost their power */
    enter_gap(link, 0, now);
    link_writes_find(link->writes, LINK_EVERY_DEVICE, now);
}

void link_go_down(struct link *link, us_t reopens_until, us_t now)
{
    bool was_waiting = link->state == LINK_STATE_WAITING;
    link->state = LINK_STATE_DOWN;
    link->reopens_until = reopens_until;
    schedule_close(link->schedule, true);
    count_stream(link);
    if (was_waiting) {
        link_expect_late(link,
                         now); /* a serial server may deliver the answer to the next connection */
        link->has_lost = link_device_health(link, link->device) == DEVICE_OK;
    }
    if (was_waiting && link->current == LINK_NO_BLOCK) {
        link_writes_end(link->writes, WRITE_NO_LINK, 0, NULL, now);
    } else if (was_waiting) {
        link_report_silence(link, link->current, REASON_LINK, now);
    }
    link_writes_lose(link->writes, LINK_EVERY_DEVICE, now);
}

void link_ask_again(struct link *link, us_t now)
{
    schedule_again(link->schedule, link->current, now);
    link->state = LINK_STATE_IDLE;
}

void link_send(struct link *link, const uint8_t *bytes, size_t length, us_t timeout, us_t now)
{
    frame_skip(&link->stream);
    count_stream(link);
    link->stream.is_echo_due = frame_is_write(&link->request) && link_may_echo(link);
    size_t reply = frame_reply_length(&link->request, link->framing);
    link->out = bytes;
    link->out_length = length;
    link->settles_at = 0;
    link->state = LINK_STATE_WAITING;
    link->sent_at = now;
    link->timeout = timeout;
    link->until = now + link_wire_time(link, length + reply) + timeout;
    link_pace_asked(link);
    link->counters.requests++;
    link->counters.bytes_out += length;
}

void link_note_answered(struct link *link, int32_t device, us_t now)
{
    /* It may have been the answer of the lost request. Then the answer to this one follows soon,
     * and must not pass for that to the next. */
    if (schedule_device(link->schedule, device)->owed_block != SCHEDULE_NONE) {
        link_expect(link, true, now);
    }
    if (schedule_answered(link->schedule, device, now)) {
        link_writes_find(link->writes, device, now);
    }
}

void link_note_missed(struct link *link, int32_t device, us_t now)
{
    if (schedule_missed(link->schedule, device, now)) {
        link_writes_lose(link->writes, device, now);
    }
}

void link_end_answered(struct link *link, us_t now)
{
    const struct profile *profile = link->settings->device[link->device].profile;
    link_learn(link, true);
    count_stream(link);
    link->timeouts_running = 0;
    enter_gap(link, (us_t) profile->gap_ms * US_PER_MS, now);
}

/* A device that was silent before says nothing of the connection, as long as another one
 * answers. */
static bool is_sign_of_link(const struct link *link)
{
    bool was_ok = link_device_health(link, link->device) == DEVICE_OK;
    return was_ok || !schedule_has_other_ok(link->schedule, link->device);
}

static bool is_connection_dead(const struct link *link)
{
    bool has_other_ok = schedule_has_other_ok(link->schedule, link->device);
    return link->timeouts_running >= (has_other_ok ? TIMEOUTS_TO_DOUBT : TIMEOUTS_TO_REOPEN);
}

/* After a timeout: is the connection dead, or out of step? */
static bool is_connection_untrusted(const struct link *link)
{
    switch (link->settings->kind) {
    case LINK_TCP: /* noise, or half a frame */
        return link->stream.noise_bytes > 0 || frame_is_midway(&link->stream) ||
               is_connection_dead(link);
    case LINK_RTU_OVER_TCP:
        return is_connection_dead(link);
    case LINK_RTU: /* reopening a port cures no silence */
    case LINK_DTU: /* the far end dials in; its idle limit decides */
        break;
    }
    return false;
}

/* Does a timeout count against the device? A bus on which only our own echo was heard may have lost
 * its wires: that says nothing of the device's answer to a write. */
static bool is_device_miss(const struct link *link)
{
    bool is_block = link->current != LINK_NO_BLOCK;
    bool is_down = schedule_device(link->schedule, link->device)->is_down;
    return is_block || (!is_down && link->stream.echoed_frames == 0);
}

static void report_timeout(struct link *link, bool is_damaged, bool is_wrong_echo, us_t now)
{
    if (link->current == LINK_NO_BLOCK) {
        enum write_outcome outcome = is_wrong_echo ? WRITE_WRONG_ECHO : WRITE_NO_ANSWER;
        link_writes_end(link->writes, outcome, 0, NULL, now);
        return;
    }
    link_report_silence(link, link->current, is_damaged ? REASON_FRAME : REASON_TIMEOUT, now);
}

/* DOWN is entered here, so that nothing is asked any more; must_reopen has the connection closed
 * behind it. */
static void enter_quarantine_or_down(struct link *link, us_t now)
{
    if (is_connection_untrusted(link)) {
        link->state = LINK_STATE_DOWN;
        return;
    }
    link->state = LINK_STATE_QUARANTINE;
    link->state_started = now;
    link->until = now + link_timing_quarantine(link->settings->kind, link->timeout);
}

void link_end_silent(struct link *link, us_t now)
{
    /* All that the stream knows is needed before count_stream forgets it. */
    bool is_damaged = link->stream.damaged_frames > 0;
    bool is_wrong_echo = link->stream.wrong_echoes > 0;
    link->counters.timeouts += is_damaged ? 0 : 1;
    /* Judged by the device's health before this miss changes it. */
    link->timeouts_running += is_sign_of_link(link) ? 1 : 0;
    link_learn(link, false);
    if (is_device_miss(link)) {
        link_note_missed(link, link->device, now);
    }
    if (!is_damaged) { /* a damaged reply was the reply: no other will come late */
        link_expect_late(link, now);
    }
    enter_quarantine_or_down(link, now);
    count_stream(link);
    /* After the new state: what a callback asks for must find it. */
    report_timeout(link, is_damaged, is_wrong_echo, now);
    if (link->state == LINK_STATE_DOWN) {
        link_writes_lose(link->writes, LINK_EVERY_DEVICE, now);
    }
}

void link_hear_unasked(struct link *link, size_t length, us_t now)
{
    link->counters.noise_bytes += length;
    if (link->state == LINK_STATE_QUARANTINE) {
        /* A bus that never falls silent is used as it is. */
        us_t end = min_us(now + QUARANTINE_MORE, link->state_started + QUARANTINE_MAX);
        link->until = max_us(link->until, end);
    } else if (now + link->silence > link->until) {
        link->state = LINK_STATE_GAP; /* another station speaks, so we do not */
        link->until = now + link->silence;
    }
}
