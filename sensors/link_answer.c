#include <string.h>

#include "sensors/calibration.h"
#include "sensors/link_parts.h"

#define QUARANTINE_MORE (50 * US_PER_MS) /* after each byte that came late */
#define QUARANTINE_MAX (2 * US_PER_SECOND)
#define DAMAGE_WAIT (50 * US_PER_MS) /* for the good copy of a whole damaged reply */

enum {
    FEED_MAX = 256, /* with half a frame waiting this still fits the stream */
    EXCEPTION_ACKNOWLEDGE = 5,
    EXCEPTION_BUSY = 6,
    EXCEPTION_NO_PATH = 10,
    EXCEPTION_NO_TARGET = 11,
};

/* --- reporting ----------------------------------------------------------- */

const struct link_device *link_device_of(const struct link *link, const struct plan_block *block)
{
    return &link->settings->device[block->device];
}

static void report(struct link *link, const struct plan_block *block,
                   const struct link_outcome *outcome, const struct decode_value *values)
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

void link_report_nothing(struct link *link, const struct plan_block *block,
                         const struct link_outcome *outcome)
{
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    decode_nothing(link_device_of(link, block)->profile, block->read, outcome->quality,
                   outcome->reason, values);
    report(link, block, outcome, values);
}

void link_report_silence(struct link *link, int32_t block, enum reason reason, us_t now)
{
    struct link_outcome outcome = {.at = now, .quality = QUALITY_NO_ANSWER, .reason = reason};
    link_report_nothing(link, &link->block[block], &outcome);
}

void link_count_stream(struct link *link)
{
    link->counters.noise_bytes += link->stream.noise_bytes;
    link->counters.foreign += link->stream.foreign_frames;
    link->counters.damaged += link->stream.damaged_frames;
    link->stream.noise_bytes = 0;
    link->stream.foreign_frames = 0;
    link->stream.damaged_frames = 0;
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
    const struct link_device *device = link_device_of(link, block);
    struct decode_block decoded = {
        .read = block->read, .count = link->request.count, .word = words};
    struct decode_value values[PROFILE_POINTS_MAX] = {0};
    decode_block(device->profile, &decoded, values);
    calibration_apply(device, block->read, values);
    quality_judge(link->quality, block->device, block->read, now, values);
    link->counters.replies++;
    schedule_answered(link->schedule, block->device, now);
    struct link_outcome outcome = {.at = now, .is_answered = true, .rtt = now - link->sent_at};
    link_end_answered(link, now);
    report(link, block, &outcome, values);
}

/* A device that refuses is alive. A gateway that says its target is silent is believed; a busy one is asked again. */
static void take_exception(struct link *link, uint8_t code, us_t now)
{
    const struct plan_block *block = &link->block[link->current];
    bool is_target_dead = code == EXCEPTION_NO_PATH || code == EXCEPTION_NO_TARGET;
    struct link_outcome outcome = {.at = now,
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
    link_end_answered(link, now);
    link_report_nothing(link, block, &outcome);
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
    while (link->state == LINK_STATE_WAITING) {
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
    bool is_hopeless = link->state == LINK_STATE_WAITING && link->settings->kind == LINK_RTU &&
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
    if (link->state == LINK_STATE_QUARANTINE) {
        us_t more = now + QUARANTINE_MORE;
        us_t most = link->state_started + QUARANTINE_MAX;
        us_t end = more < most ? more : most;
        link->until = end > link->until ? end : link->until;
    } else if (now + link->silence > link->until) {
        link->state = LINK_STATE_GAP;
        link->until = now + link->silence;
    }
}

void link_take_bytes(struct link *link, const uint8_t *bytes, size_t length, us_t now)
{
    link->counters.bytes_in += length;
    while (length > 0 && link->state != LINK_STATE_DOWN) {
        size_t part = length < FEED_MAX ? length : FEED_MAX;
        if (link->state == LINK_STATE_WAITING) {
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
