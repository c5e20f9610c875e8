#include "sensors/link.h"

#include <string.h>

#include "gateway/base/check.h"
#include "sensors/calibration.h"
#include "sensors/plan.h"
#include "sensors/timing.h"

#define QUARANTINE_MORE (50 * US_PER_MS) /* after each byte that came late */
#define QUARANTINE_MAX (2 * US_PER_SECOND)
#define DAMAGE_WAIT (50 * US_PER_MS) /* for the good copy of a whole damaged reply */

enum {
    TIMEOUTS_TO_REOPEN = 2,
    FEED_MAX = 256, /* with half a frame waiting this still fits the stream */
    EXCEPTION_ACKNOWLEDGE = 5,
    EXCEPTION_BUSY = 6,
    EXCEPTION_NO_PATH = 10,
    EXCEPTION_NO_TARGET = 11,
};

enum state { STATE_DOWN, STATE_GAP, STATE_IDLE, STATE_WAITING, STATE_QUARANTINE };

struct link {
    const struct link_settings *settings;
    struct link_callbacks callbacks;
    struct schedule *schedule;
    struct plan_block *block;
    enum framing framing;
    enum state state;
    us_t until;         /* of the state */
    us_t state_started; /* of the quarantine */
    us_t sent_at, quiet_until, delay_until;
    struct frame_request request; /* in hand while WAITING */
    int32_t current;              /* its block */
    uint16_t transaction;
    int32_t timeouts_running;
    int64_t char_ns; /* one character on a serial line, else 0 */
    us_t silence;    /* 3.5 characters on a serial line, else 0 */
    uint64_t delays;
    struct link_counters counters;
    struct frame_stream stream;
};

/* What a transaction came to, on its way into a link_result. */
struct outcome {
    us_t at;
    bool is_answered;
    enum quality quality;
    enum reason reason;
    uint8_t exception;
    us_t rtt;
};

/* --- reporting ----------------------------------------------------------- */

static const struct link_device *device_of(const struct link *link, const struct plan_block *block)
{
    return &link->settings->device[block->device];
}

static void report(struct link *link, const struct plan_block *block, const struct outcome *outcome,
                   const struct decode_value *values)
{
    struct link_result result = {.device = block->device,
                                 .read = block->read,
                                 .at = outcome->at,
                                 .rtt_us = outcome->rtt,
                                 .is_answered = outcome->is_answered,
                                 .reason = outcome->reason,
                                 .exception = outcome->exception,
                                 .values = values};
    link->callbacks.on_result(link->callbacks.context, &result);
}

/* One value without a value for each point of the block. */
static void report_nothing(struct link *link, const struct plan_block *block,
                           const struct outcome *outcome)
{
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    decode_nothing(device_of(link, block)->profile, block->read, outcome->quality, outcome->reason,
                   values);
    report(link, block, outcome, values);
}

static void report_silence(struct link *link, int32_t block, enum reason reason, us_t now)
{
    struct outcome outcome = {.at = now, .quality = QUALITY_NO_ANSWER, .reason = reason};
    report_nothing(link, &link->block[block], &outcome);
}

/* Moves what the stream counted into the link's own counters. */
static void count_stream(struct link *link)
{
    link->counters.noise_bytes += link->stream.noise_bytes;
    link->counters.foreign += link->stream.foreign_frames;
    link->counters.damaged += link->stream.damaged_frames;
    link->stream.noise_bytes = 0;
    link->stream.foreign_frames = 0;
    link->stream.damaged_frames = 0;
}

/* --- arrows -------------------------------------------------------------- */

static us_t wire_time(const struct link *link, size_t characters)
{
    return (link->char_ns * (int64_t) characters + 999) / 1000;
}

/* * -> GAP, so that the device and the line get their silence. */
static void enter_gap(struct link *link, us_t span, us_t now)
{
    link->state = STATE_GAP;
    link->until = now + (span > link->silence ? span : link->silence);
}

/* WAITING -> GAP after an answer, whatever it said. */
static void end_answered(struct link *link, us_t now)
{
    const struct profile *profile = device_of(link, &link->block[link->current])->profile;
    count_stream(link);
    link->timeouts_running = 0;
    enter_gap(link, (us_t) profile->gap_ms * US_PER_MS, now);
}

/* WAITING -> QUARANTINE, which for tcp is over at once. */
static void enter_quarantine(struct link *link, us_t span, us_t now)
{
    link->state = STATE_QUARANTINE;
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
    struct outcome outcome = {.at = now,
                              .quality = is_damaged ? QUALITY_BAD : QUALITY_NO_ANSWER,
                              .reason = is_damaged ? REASON_FRAME : REASON_TIMEOUT};
    link->counters.timeouts += is_damaged ? 0 : 1;
    link->timeouts_running++;
    schedule_missed(link->schedule, block->device, now);
    if (is_untrusted(link)) {
        link->state = STATE_DOWN;
    } else {
        enter_quarantine(link, timing_quarantine(link->settings->kind, block->timeout), now);
    }
    count_stream(link);
    report_nothing(link, block, &outcome);
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
    const struct link_device *device = device_of(link, block);
    const struct profile_read *read = &device->profile->read[block->read];
    link->transaction = (uint16_t) ((link->transaction + 1) & 0xFFFF);
    link->request = (struct frame_request){.unit = device->unit,
                                           .function = read->function,
                                           .address = read->address,
                                           .count = read->count,
                                           .transaction = link->transaction};
    link->current = index;
    if (!encode(link, block)) {
        struct outcome refused = {.at = now, .quality = QUALITY_BAD, .reason = REASON_FRAME};
        schedule_missed(link->schedule, block->device, now);
        report_nothing(link, block, &refused);
        return;
    }
    if (link->framing == FRAMING_MBAP) {
        frame_set_transaction(block->request, link->request.transaction);
    }
    frame_skip(&link->stream);
    count_stream(link);
    us_t on_wire =
        wire_time(link, block->request_length + frame_reply_length(&link->request, link->framing));
    link->state = STATE_WAITING;
    link->sent_at = now;
    link->quiet_until = link->char_ns > 0 ? now + on_wire : 0;
    link->until = now + on_wire + block->timeout;
    link->counters.requests++;
    link->counters.bytes_out += block->request_length;
}

/* --- answers ------------------------------------------------------------- */

/* Both opinions, and both readings of the words. */
static bool is_believed(struct link *link, const uint8_t *frame, size_t length, us_t now,
                        uint16_t ret_words[static FRAME_WORDS_MAX])
{
    struct plan_block *block = &link->block[link->current];
    uint16_t theirs[FRAME_WORDS_MAX];
    frame_words(&link->request, link->framing, frame, ret_words);
    if (plan_is_judged(block, link->framing, frame, now)) {
        return true;
    }
    bool is_accepted = link->callbacks.judge(link->callbacks.context, link->framing, &link->request,
                                             frame, length, theirs);
    if (!is_accepted || memcmp(ret_words, theirs, link->request.count * sizeof theirs[0]) != 0) {
        return false;
    }
    plan_keep_judged(block, link->framing, frame, now);
    return true;
}

static void take_reply(struct link *link, const uint16_t *words, us_t now)
{
    const struct plan_block *block = &link->block[link->current];
    const struct link_device *device = device_of(link, block);
    struct decode_block decoded = {
        .read = block->read, .count = link->request.count, .word = words};
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    decode_block(device->profile, &decoded, values);
    calibration_apply(device, block->read, values);
    link->counters.replies++;
    schedule_answered(link->schedule, block->device, now);
    struct outcome outcome = {.at = now, .is_answered = true, .rtt = now - link->sent_at};
    end_answered(link, now);
    report(link, block, &outcome, values);
}

/* A device that refuses is alive. A gateway that says its target is silent is believed; a busy one is asked again. */
static void take_exception(struct link *link, uint8_t code, us_t now)
{
    const struct plan_block *block = &link->block[link->current];
    bool is_target_dead = code == EXCEPTION_NO_PATH || code == EXCEPTION_NO_TARGET;
    struct outcome outcome = {.at = now,
                              .quality = is_target_dead ? QUALITY_NO_ANSWER : QUALITY_BAD,
                              .reason = is_target_dead ? REASON_TIMEOUT : REASON_EXCEPTION,
                              .exception = code,
                              .rtt = now - link->sent_at};
    link->counters.exceptions++;
    if (is_target_dead) {
        schedule_missed(link->schedule, block->device, now);
    } else {
        schedule_answered(link->schedule, block->device, now);
    }
    if (code == EXCEPTION_ACKNOWLEDGE || code == EXCEPTION_BUSY) {
        schedule_retry(link->schedule, link->current, now);
    }
    end_answered(link, now);
    report_nothing(link, block, &outcome);
}

static void take_frame(struct link *link, enum frame_verdict verdict, const uint8_t *frame,
                       size_t length, us_t now)
{
    uint16_t words[FRAME_WORDS_MAX];
    if (verdict == FRAME_EXCEPTION) {
        take_exception(link, frame_exception(link->framing, frame), now);
    } else if (is_believed(link, frame, length, now, words)) {
        take_reply(link, words, now);
    } else {
        link->stream.damaged_frames++;
    }
}

/* Looks through the stream until the transaction has ended or nothing more is in it. */
static void look_for_answer(struct link *link, us_t now)
{
    uint8_t frame[MBAP_FRAME_MAX];
    size_t length = 0;
    while (link->state == STATE_WAITING) {
        enum frame_verdict verdict = frame_find(&link->stream, &link->request, frame, &length);
        if (verdict == FRAME_MORE) {
            return;
        }
        take_frame(link, verdict, frame, length, now);
    }
}

/* The line was full of a damaged reply: no use to wait out the whole timeout. */
static void hasten_damage(struct link *link, us_t now)
{
    bool is_hopeless = link->state == STATE_WAITING && link->settings->kind == LINK_RTU &&
                       link->stream.damaged_frames > 0;
    if (is_hopeless && now + DAMAGE_WAIT < link->until) {
        link->until = now + DAMAGE_WAIT;
    }
}

/* Bytes that nobody asked for. MBAP keeps its borders; on a bus somebody speaks, so we do not. */
static void take_unasked(struct link *link, const uint8_t *bytes, size_t length, us_t now)
{
    if (link->framing == FRAMING_MBAP) {
        frame_feed(&link->stream, bytes, length);
        frame_skip(&link->stream);
        return;
    }
    link->counters.noise_bytes += length;
    if (link->state == STATE_QUARANTINE) {
        us_t more = now + QUARANTINE_MORE;
        us_t most = link->state_started + QUARANTINE_MAX;
        us_t end = more < most ? more : most;
        link->until = end > link->until ? end : link->until;
    } else if (now + link->silence > link->until) {
        link->state = STATE_GAP;
        link->until = now + link->silence;
    }
}

static void take_bytes(struct link *link, const uint8_t *bytes, size_t length, us_t now)
{
    link->counters.bytes_in += length;
    while (length > 0 && link->state != STATE_DOWN) {
        size_t part = length < FEED_MAX ? length : FEED_MAX;
        if (link->state == STATE_WAITING) {
            frame_feed(&link->stream, bytes, part);
            look_for_answer(link, now);
        } else {
            take_unasked(link, bytes, part, now);
        }
        bytes += part;
        length -= part;
    }
    hasten_damage(link, now);
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
    bool is_down = link->state == STATE_DOWN;
    switch (turn.kind) {
    case SCHEDULE_NOTHING:
        return turn.next_at;
    case SCHEDULE_SILENT:
        report_silence(link, turn.block, is_down ? REASON_LINK : REASON_TIMEOUT, now);
        break;
    case SCHEDULE_ASK:
        if (is_down) {
            report_silence(link, turn.block, REASON_LINK, now);
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
    if (link->state == STATE_DOWN || link->state == STATE_IDLE) {
        step->wake_at = take_turn(link, now);
        if (link->state == STATE_WAITING) {
            step->send = link->block[link->current].request;
            step->send_length = link->block[link->current].request_length;
        }
        return;
    }
    bool is_waiting = link->state == STATE_WAITING;
    if (now < link->until) {
        step->wake_at = link->until;
        step->quiet_until = is_waiting ? link->quiet_until : 0;
    } else if (is_waiting) {
        end_silent(link, now);
        step->must_reopen = link->state == STATE_DOWN;
    } else {
        link->state = STATE_IDLE;
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
    return link;
}

struct link_step link_opened(struct link *link, us_t now)
{
    frame_reset(&link->stream, link->framing);
    link->timeouts_running = 0;
    enter_gap(link, 0, now);
    return advance(link, now);
}

struct link_step link_closed(struct link *link, us_t now)
{
    bool was_waiting = link->state == STATE_WAITING;
    link->state = STATE_DOWN;
    count_stream(link);
    if (was_waiting) {
        report_silence(link, link->current, REASON_LINK, now);
    }
    return advance(link, now);
}

struct link_step link_received(struct link *link, const uint8_t *bytes, size_t length, us_t now)
{
    take_bytes(link, bytes, length, now);
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

bool link_is_up(const struct link *link)
{
    return link->state != STATE_DOWN;
}
