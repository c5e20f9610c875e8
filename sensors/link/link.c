#include "sensors/link/link.h"

#include <string.h>

#include "gateway/base/check.h"
#include "sensors/link/link_parts.h"
#include "sensors/link/link_timing.h"

enum {
    TIMEOUTS_TO_REOPEN = 2,
    TIMEOUTS_TO_DOUBT = 3, /* while another device was well the last time it was asked */
};

/* --- arrows -------------------------------------------------------------- */

/* * -> GAP, so that the device and the line get their silence. */
static void enter_gap(struct link *link, us_t span, us_t now)
{
    link->state = LINK_STATE_GAP;
    link->until = now + (span > link->silence ? span : link->silence);
}

/* Has the adapter echoed our request? Only an answer proves that it has not. */
static void learn_echo(struct link *link, bool is_answered)
{
    if (link->stream.echoed_frames > 0) {
        link->has_echoed = true;
        link->echoless_count = 0;
    } else if (is_answered && link->current != LINK_NO_BLOCK &&
               link->echoless_count < LINK_SUSPECT_AFTER) {
        link->echoless_count++;
    }
}

void link_end_answered(struct link *link, us_t now)
{
    const struct profile *profile = link->settings->device[link->device].profile;
    learn_echo(link, true);
    link_learn_ids(link, true);
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

/* Does this device's silence say anything of the connection? Not when it was silent before and another answers. */
static bool is_telling(const struct link *link)
{
    bool was_ok = link_device_health(link, link->device) == DEVICE_OK;
    return was_ok || !schedule_has_other_ok(link->schedule, link->device);
}

static bool is_dead(const struct link *link)
{
    bool has_other_ok = schedule_has_other_ok(link->schedule, link->device);
    return link->timeouts_running >= (has_other_ok ? TIMEOUTS_TO_DOUBT : TIMEOUTS_TO_REOPEN);
}

/* After a timeout: is the connection dead, or out of step? */
static bool is_untrusted(const struct link *link)
{
    switch (link->settings->kind) {
    case LINK_TCP: /* noise, or half a frame */
        return link->stream.noise_bytes > 0 || frame_is_midway(&link->stream) || is_dead(link);
    case LINK_RTU_OVER_TCP:
        return is_dead(link);
    case LINK_RTU: /* reopening a port cures nobody's silence */
    case LINK_DTU: /* the far end dials in; its idle limit decides */
        break;
    }
    return false;
}

/* A bus on which only our own echo was heard may have lost its wires: it says nothing of the device's answer to a write. */
static bool is_miss(const struct link *link)
{
    bool is_block = link->current != LINK_NO_BLOCK;
    bool is_down = schedule_is_down(link->schedule, link->device);
    return is_block || (!is_down && link->stream.echoed_frames == 0);
}

static void tell_silence(struct link *link, bool is_damaged, bool is_wrong_echo, us_t now)
{
    if (link->current == LINK_NO_BLOCK) {
        enum write_outcome outcome = is_wrong_echo ? WRITE_WRONG_ECHO : WRITE_NO_ANSWER;
        link_end_command(link, outcome, 0, NULL, now);
        return;
    }
    struct link_outcome outcome = {.at = now,
                                   .quality = is_damaged ? QUALITY_BAD : QUALITY_NO_ANSWER,
                                   .reason = is_damaged ? REASON_FRAME : REASON_TIMEOUT};
    link_report_nothing(link, &link->block[link->current], &outcome);
}

void link_expect(struct link *link, bool is_soon, us_t now)
{
    us_t until = now + link_timing_lateness(link->settings->kind, link->timeout, is_soon);
    if (until > schedule_held_until(link->schedule, link->device)) {
        schedule_hold(link->schedule, link->device, until);
    }
}

void link_expect_late(struct link *link, us_t now)
{
    link_expect(link, frame_is_write(&link->request), now);
    if (link->framing == FRAMING_RTU && link->current != LINK_NO_BLOCK) {
        schedule_owe(link->schedule, link->current, now);
    }
}

/* WAITING -> QUARANTINE or DOWN when nothing good came in time. */
static void end_silent(struct link *link, us_t now)
{
    enum link_kind kind = link->settings->kind;
    bool is_damaged = link->stream.damaged_frames > 0;
    bool is_wrong_echo = link->stream.wrong_echoes > 0;
    link->counters.timeouts += is_damaged ? 0 : 1;
    link->timeouts_running += is_telling(link) ? 1 : 0;
    learn_echo(link, false);
    link_learn_ids(link, false);
    if (is_miss(link)) {
        link_note_missed(link, link->device, now);
    }
    if (!is_damaged) { /* else its answer was here */
        link_expect_late(link, now);
    }
    if (is_untrusted(link)) {
        link->state = LINK_STATE_DOWN;
    } else {
        enter_quarantine(link, link_timing_quarantine(kind, link->timeout), now);
    }
    link_count_stream(link);
    tell_silence(link, is_damaged, is_wrong_echo, now);
    if (link->state == LINK_STATE_DOWN) {
        link_drop_commands(link, now);
    }
}

void link_note_answered(struct link *link, int32_t device, us_t now)
{
    /* It may have been the answer of the lost question: then that to this one follows as soon as the device can. */
    if (schedule_is_owed(link->schedule, device)) {
        link_expect(link, true, now);
    }
    bool was_down = schedule_is_down(link->schedule, device);
    schedule_answered(link->schedule, device, now);
    if (was_down && !schedule_is_down(link->schedule, device)) {
        link_find_outputs(link, device, now);
    }
}

void link_note_missed(struct link *link, int32_t device, us_t now)
{
    bool was_down = schedule_is_down(link->schedule, device);
    schedule_missed(link->schedule, device, now);
    if (!was_down && schedule_is_down(link->schedule, device)) {
        link_lose_outputs(link, device, now);
    }
}

size_t link_encode(struct link *link, uint8_t to[static FRAME_REQUEST_MAX])
{
    uint8_t ours[MBAP_FRAME_MAX];
    uint8_t theirs[MBAP_FRAME_MAX];
    size_t length = frame_encode(&link->request, link->framing, ours);
    size_t their_length =
        link->callbacks.encode(link->callbacks.context, link->framing, &link->request, theirs);
    if (their_length == 0) {
        return 0;
    }
    CHECK(their_length == length && length <= FRAME_REQUEST_MAX);
    if (link->framing == FRAMING_MBAP) {
        frame_set_transaction(theirs, link->request.transaction);
    }
    /* Else one of the two encoders is wrong: say nothing false. */
    CHECK(memcmp(ours, theirs, length) == 0);
    memcpy(to, theirs, length);
    return length;
}

void link_prepare(struct link *link, int32_t device, const struct frame_request *request)
{
    link->transaction = (uint16_t) ((link->transaction + 1) & 0xFFFF);
    link->request = *request;
    link->request.unit = link->settings->device[device].unit;
    link->request.transaction = link->transaction;
    link->device = device;
}

void link_send(struct link *link, const uint8_t *bytes, size_t length, us_t timeout, us_t now)
{
    frame_skip(&link->stream);
    link_count_stream(link);
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

/* IDLE -> WAITING, or it stays IDLE when libmodbus refuses the request. Its bytes never change but for the transaction
 * id, so they are encoded once. */
static void ask(struct link *link, int32_t index, us_t now)
{
    struct link_block *block = &link->block[index];
    const struct profile_read *read = &link_device_of(link, block)->profile->read[block->read];
    const struct frame_request request = {
        .function = read->function, .address = read->address, .count = read->count};
    link_prepare(link, block->device, &request);
    link->current = index;
    if (block->request_length == 0) {
        block->request_length = (uint8_t) link_encode(link, block->request);
    }
    if (block->request_length == 0) {
        struct link_outcome refused = {.at = now, .quality = QUALITY_BAD, .reason = REASON_FRAME};
        link_note_missed(link, block->device, now);
        link_report_nothing(link, block, &refused);
        return;
    }
    if (link->framing == FRAMING_MBAP) {
        frame_set_transaction(block->request, link->request.transaction);
    }
    us_t timeout = (us_t) block->timeout_ms * US_PER_MS;
    link_send(link, block->request, block->request_length, timeout, now);
}

/* --- time ---------------------------------------------------------------- */

/* Takes the next turn of a link that may speak (IDLE) or may not (DOWN). Returns when there is nothing to do until
 * then, 0 when there was something. */
static us_t take_block_turn(struct link *link, us_t now)
{
    if (now < link->delay_until) {
        return link->delay_until;
    }
    if (link->state == LINK_STATE_DOWN && now < link->reopens_until) {
        return link->reopens_until;
    }
    struct schedule_turn turn = schedule_take(link->schedule, now);
    link->counters.overruns = link->delays + schedule_skipped(link->schedule);
    bool is_down = link->state == LINK_STATE_DOWN;
    switch (turn.kind) {
    case SCHEDULE_NOTHING:
        return turn.next_at;
    case SCHEDULE_SILENT:
        link_report_silence(
            link, turn.block,
            is_down || schedule_is_mute(link->schedule) ? REASON_LINK : REASON_TIMEOUT, now);
        break;
    case SCHEDULE_REFUSED:
        link_report_refusal(link, turn.block, now);
        break;
    case SCHEDULE_ASK:
        if (is_down) {
            link_report_silence(link, turn.block, REASON_LINK, now);
        } else {
            ask(link, schedule_owed_first(link->schedule, turn.block), now);
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

/* Commands first; but one that nobody answered has cost enough, and gives way to one block that is due. */
static us_t take_turn(struct link *link, us_t now)
{
    us_t command_at = OUTPUT_NEVER;
    bool is_idle = link->state == LINK_STATE_IDLE;
    if (is_idle && !link->gives_way && link_ask_command(link, now, &command_at)) {
        return 0;
    }
    us_t block_at = take_block_turn(link, now);
    if (link->gives_way) {
        bool is_over = block_at > 0 || link->state == LINK_STATE_WAITING;
        link->gives_way = !is_over;
        return 0;
    }
    return min_us(block_at, command_at);
}

/* One arrow that is due, or what to wait for. */
static void take_arrow(struct link *link, struct link_step *step, us_t now)
{
    if (link->state == LINK_STATE_DOWN || link->state == LINK_STATE_IDLE) {
        step->wake_at = take_turn(link, now);
        if (link->state == LINK_STATE_WAITING) {
            step->send = link->out;
            step->send_length = link->out_length;
        }
        return;
    }
    bool is_waiting = link->state == LINK_STATE_WAITING;
    if (is_waiting && link_settles(link, &step->wake_at, now)) {
        return;
    }
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

/* Of the longest answer there will be. A link with outputs takes commands, which may ask for anything. */
static size_t room_of(const struct link *link)
{
    if (link->framing == FRAMING_RTU || link->writes != NULL) {
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
    struct link *link = arena_take(arena, 1, sizeof(*link));
    link->settings = settings;
    link->callbacks = *callbacks;
    link->framing = link_timing_framing(settings->kind);
    link->char_ns = link_timing_character_ns(settings);
    link->silence = link_timing_silence(settings);

    link->schedule = link_blocks_new(arena, settings, now, &link->block);
    link->quality = plausibility_new(arena, settings);
    link_add_outlets(link, arena);
    size_t room = room_of(link);
    frame_init(&link->stream, link->framing, arena_take(arena, room, 1), room);
    return link;
}

struct link_step link_opened(struct link *link, us_t now)
{
    link_shorten_holds(link, now);
    schedule_close(link->schedule, false);
    frame_reset(&link->stream, link->framing);
    link->timeouts_running = 0;
    link->reopens_until = 0;
    plausibility_reopened(link->quality);
    enter_gap(link, 0, now);
    link_find_outputs(link, LINK_EVERY_DEVICE, now);
    return advance(link, now);
}

static struct link_step close_until(struct link *link, us_t until, us_t now)
{
    bool was_waiting = link->state == LINK_STATE_WAITING;
    link->state = LINK_STATE_DOWN;
    link->reopens_until = until;
    schedule_close(link->schedule, true);
    link_count_stream(link);
    if (was_waiting) {
        link_expect_late(link, now);
        link->has_lost = link_device_health(link, link->device) == DEVICE_OK;
    }
    if (was_waiting && link->current == LINK_NO_BLOCK) {
        link_end_command(link, WRITE_NO_LINK, 0, NULL, now);
    } else if (was_waiting) {
        link_report_silence(link, link->current, REASON_LINK, now);
    }
    link_drop_commands(link, now);
    return advance(link, now);
}

struct link_step link_closed(struct link *link, us_t now)
{
    return close_until(link, 0, now);
}

struct link_step link_interrupted(struct link *link, us_t until, us_t now)
{
    bool must_ask_again = link->state == LINK_STATE_WAITING && link->current != LINK_NO_BLOCK &&
                          link->framing == FRAMING_MBAP;
    if (must_ask_again) {
        schedule_again(link->schedule, link->current, now);
        link->state = LINK_STATE_IDLE;
    }
    return close_until(link, until, now);
}

us_t link_next_due(const struct link *link)
{
    return schedule_next(link->schedule);
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

bool link_foresee(const struct link *link, int32_t *ret_device, int32_t *ret_read)
{
    if (link == NULL || link->state != LINK_STATE_WAITING || link->current == LINK_NO_BLOCK) {
        return false;
    }
    const struct link_block *block = &link->block[link->current];
    *ret_device = block->device;
    *ret_read = block->read;
    __builtin_prefetch(link->stream.bytes, 1);
    plausibility_foresee(link->quality, block->device, block->read);
    return true;
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

bool link_is_up(const struct link *link)
{
    return link->state != LINK_STATE_DOWN;
}
