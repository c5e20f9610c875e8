#include "sensors/link.h"

#include <string.h>

#include "gateway/base/check.h"
#include "sensors/link_parts.h"
#include "sensors/timing.h"

enum { TIMEOUTS_TO_REOPEN = 2 };

/* --- arrows -------------------------------------------------------------- */

static us_t wire_time(const struct link *link, size_t characters)
{
    return (link->char_ns * (int64_t) characters + 999) / 1000;
}

/* * -> GAP, so that the device and the line get their silence. */
static void enter_gap(struct link *link, us_t span, us_t now)
{
    link->state = LINK_STATE_GAP;
    link->until = now + (span > link->silence ? span : link->silence);
}

void link_end_answered(struct link *link, us_t now)
{
    const struct profile *profile = link_device_of(link, &link->block[link->current])->profile;
    link_count_stream(link);
    link->timeouts_running = 0;
    enter_gap(link, (us_t) profile->gap_ms * US_PER_MS, now);
}

/* WAITING -> QUARANTINE, which for tcp is over at once. */
static void enter_quarantine(struct link *link, us_t span, us_t now)
{
    link->state = LINK_STATE_QUARANTINE;
    link->state_started = now;
    link->until = now + span;
}

/* After a timeout: is the connection dead, or out of step? */
static bool is_untrusted(const struct link *link)
{
    switch (link->settings->kind) {
    case LINK_TCP: /* noise, or half a frame */
        return link->stream.noise_bytes > 0 || link->stream.length > 0 ||
               link->timeouts_running >= TIMEOUTS_TO_REOPEN;
    case LINK_RTU_OVER_TCP:
        return link->timeouts_running >= TIMEOUTS_TO_REOPEN;
    case LINK_RTU: /* reopening a port cures nobody's silence */
    case LINK_DTU: /* the far end dials in; its idle limit decides */
        break;
    }
    return false;
}

/* WAITING -> QUARANTINE or DOWN when nothing good came in time. */
static void end_silent(struct link *link, us_t now)
{
    const struct plan_block *block = &link->block[link->current];
    bool is_damaged = link->stream.damaged_frames > 0;
    struct link_outcome outcome = {.at = now,
                                   .quality = is_damaged ? QUALITY_BAD : QUALITY_NO_ANSWER,
                                   .reason = is_damaged ? REASON_FRAME : REASON_TIMEOUT};
    link->counters.timeouts += is_damaged ? 0 : 1;
    link->timeouts_running++;
    schedule_missed(link->schedule, block->device, now);
    if (is_untrusted(link)) {
        link->state = LINK_STATE_DOWN;
    } else {
        enter_quarantine(link, timing_quarantine(link->settings->kind, block->timeout), now);
    }
    link_count_stream(link);
    link_report_nothing(link, block, &outcome);
}

/* Encodes a block's request once, by libmodbus; its bytes never change but for the transaction id. */
static bool encode(struct link *link, struct plan_block *block)
{
    if (block->request_length > 0) {
        return true;
    }
    uint8_t ours[MBAP_FRAME_MAX];
    uint8_t theirs[MBAP_FRAME_MAX];
    size_t length = frame_encode(&link->request, link->framing, ours);
    size_t their_length =
        link->callbacks.encode(link->callbacks.context, link->framing, &link->request, theirs);
    if (their_length == 0) {
        return false;
    }
    CHECK(their_length == length);
    if (link->framing == FRAMING_MBAP) {
        frame_set_transaction(theirs, link->request.transaction);
    }
    /* Else one of the two encoders is wrong: say nothing false. */
    CHECK(memcmp(ours, theirs, length) == 0);
    memcpy(block->request, theirs, length);
    block->request_length = (uint8_t) length;
    return true;
}

/* IDLE -> WAITING, or it stays IDLE when libmodbus refuses the request. */
static void ask(struct link *link, int32_t index, us_t now)
{
    struct plan_block *block = &link->block[index];
    const struct link_device *device = link_device_of(link, block);
    const struct profile_read *read = &device->profile->read[block->read];
    link->transaction = (uint16_t) ((link->transaction + 1) & 0xFFFF);
    link->request = (struct frame_request){.unit = device->unit,
                                           .function = read->function,
                                           .address = read->address,
                                           .count = read->count,
                                           .transaction = link->transaction};
    link->current = index;
    if (!encode(link, block)) {
        struct link_outcome refused = {.at = now, .quality = QUALITY_BAD, .reason = REASON_FRAME};
        schedule_missed(link->schedule, block->device, now);
        link_report_nothing(link, block, &refused);
        return;
    }
    if (link->framing == FRAMING_MBAP) {
        frame_set_transaction(block->request, link->request.transaction);
    }
    frame_skip(&link->stream);
    link_count_stream(link);
    us_t on_wire =
        wire_time(link, block->request_length + frame_reply_length(&link->request, link->framing));
    link->state = LINK_STATE_WAITING;
    link->sent_at = now;
    link->quiet_until = link->char_ns > 0 ? now + on_wire : 0;
    link->until = now + on_wire + block->timeout;
    link->counters.requests++;
    link->counters.bytes_out += block->request_length;
}

/* --- time ---------------------------------------------------------------- */

/* Takes the next turn of a link that may speak (IDLE) or may not (DOWN). Returns when there is nothing to do until
 * then, 0 when there was something. */
static us_t take_turn(struct link *link, us_t now)
{
    if (now < link->delay_until) {
        return link->delay_until;
    }
    struct schedule_turn turn = schedule_take(link->schedule, now);
    link->counters.overruns = link->delays + schedule_skipped(link->schedule);
    bool is_down = link->state == LINK_STATE_DOWN;
    switch (turn.kind) {
    case SCHEDULE_NOTHING:
        return turn.next_at;
    case SCHEDULE_SILENT:
        link_report_silence(link, turn.block, is_down ? REASON_LINK : REASON_TIMEOUT, now);
        break;
    case SCHEDULE_ASK:
        if (is_down) {
            link_report_silence(link, turn.block, REASON_LINK, now);
        } else {
            ask(link, turn.block, now);
        }
        break;
    case SCHEDULE_PROBE:
        if (!is_down) {
            ask(link, turn.block, now);
        }
        break;
    }
    return 0;
}

/* One arrow that is due, or what to wait for. */
static void take_arrow(struct link *link, struct link_step *step, us_t now)
{
    if (link->state == LINK_STATE_DOWN || link->state == LINK_STATE_IDLE) {
        step->wake_at = take_turn(link, now);
        if (link->state == LINK_STATE_WAITING) {
            step->send = link->block[link->current].request;
            step->send_length = link->block[link->current].request_length;
        }
        return;
    }
    bool is_waiting = link->state == LINK_STATE_WAITING;
    if (now < link->until) {
        step->wake_at = link->until;
        step->quiet_until = is_waiting ? link->quiet_until : 0;
    } else if (is_waiting) {
        end_silent(link, now);
        step->must_reopen = link->state == LINK_STATE_DOWN;
    } else {
        link->state = LINK_STATE_IDLE;
    }
}

/* Each arrow moves a deadline beyond `now`, so this ends. */
static struct link_step advance(struct link *link, us_t now)
{
    struct link_step step = {0};
    while (step.wake_at == 0) {
        take_arrow(link, &step, now);
    }
    return step;
}

/* --- the doors ---------------------------------------------------------- */

struct link *link_new(struct arena *arena, const struct link_settings *settings,
                      const struct link_callbacks *callbacks, us_t now)
{
    struct link *link = arena_take(arena, 1, sizeof(*link));
    link->settings = settings;
    link->callbacks = *callbacks;
    link->framing = timing_framing(settings->kind);
    link->char_ns = timing_character_ns(settings);
    link->silence = timing_silence(settings);
    frame_reset(&link->stream, link->framing);

    link->schedule = plan_new(arena, settings, now, &link->block);
    link->quality = quality_new(arena, settings);
    return link;
}

struct link_step link_opened(struct link *link, us_t now)
{
    frame_reset(&link->stream, link->framing);
    link->timeouts_running = 0;
    quality_reopened(link->quality);
    enter_gap(link, 0, now);
    return advance(link, now);
}

struct link_step link_closed(struct link *link, us_t now)
{
    bool was_waiting = link->state == LINK_STATE_WAITING;
    link->state = LINK_STATE_DOWN;
    link_count_stream(link);
    if (was_waiting) {
        link_report_silence(link, link->current, REASON_LINK, now);
    }
    return advance(link, now);
}

struct link_step link_received(struct link *link, const uint8_t *bytes, size_t length, us_t now)
{
    link_take_bytes(link, bytes, length, now);
    return advance(link, now);
}

struct link_step link_tick(struct link *link, us_t now)
{
    return advance(link, now);
}

void link_delay(struct link *link, us_t until)
{
    link->delays++;
    link->delay_until = until > link->delay_until ? until : link->delay_until;
}

const struct link_counters *link_counters(const struct link *link)
{
    return &link->counters;
}

enum device_health link_device_health(const struct link *link, int32_t device)
{
    if (schedule_is_down(link->schedule, device)) {
        return DEVICE_DOWN;
    }
    return schedule_is_suspect(link->schedule, device) ? DEVICE_SUSPECT : DEVICE_OK;
}

us_t link_probe_at(const struct link *link, int32_t device)
{
    return schedule_probe_at(link->schedule, device);
}

bool link_is_up(const struct link *link)
{
    return link->state != LINK_STATE_DOWN;
}
