/* Answers: two judgements of a frame, its values, and the outcome for block, device and outputs. */
#include <string.h>

#include "sensors/link/link_parts.h"

#define JUDGED_FOR (10 * US_PER_SECOND)
#define DAMAGE_WAIT (50 * US_PER_MS) /* for the good copy of a whole damaged reply */

enum {
    FEED_MAX = 256,         /* looked through at once, before what follows */
    TRANSACTION_LENGTH = 2, /* leads an MBAP frame */
};

/* Does libmodbus accept the frame too, and read the same words in it? */
static bool is_frame_believed(struct link *link, const uint8_t *frame, size_t length,
                              uint16_t ret_words[static FRAME_WORDS_MAX])
{
    uint16_t theirs[FRAME_WORDS_MAX] UNINITIALIZED; /* 4 KB: not cleared for each reply */
    bool is_read = !frame_is_write(&link->request);
    if (is_read) {
        frame_words(&link->request, link->framing, frame, ret_words);
    }
    bool is_accepted = link->callbacks.judge(link->callbacks.context, link->framing, &link->request,
                                             frame, length, theirs);
    return is_accepted &&
           (!is_read || memcmp(ret_words, theirs, link->request.count * sizeof theirs[0]) == 0);
}

/* Is libmodbus's verdict on this frame known? It costs eight system calls, and on MBAP libmodbus
 * looks at nothing but the head (3.1.6; libmodbus_test holds it to that). A head that it has
 * accepted for this request is judged again only every ten seconds, which bounds the cost at any
 * pace. The CRC of a serial frame covers the data: its verdict is never known before (decision
 * 0009). */
static bool is_verdict_known(const struct link_block *block, enum framing framing,
                             const uint8_t *frame, us_t now)
{
    return framing == FRAMING_MBAP && block->judged_at != 0 &&
           now - block->judged_at < JUDGED_FOR &&
           memcmp(block->judged_head, frame + TRANSACTION_LENGTH, LINK_BLOCKS_HEAD_LENGTH) == 0;
}

static void keep_verdict(struct link_block *block, enum framing framing, const uint8_t *frame,
                         us_t now)
{
    if (framing == FRAMING_MBAP) {
        memcpy(block->judged_head, frame + TRANSACTION_LENGTH, LINK_BLOCKS_HEAD_LENGTH);
        block->judged_at = now;
    }
}

static bool is_block_believed(struct link *link, const uint8_t *frame, size_t length, us_t now,
                              uint16_t ret_words[static FRAME_WORDS_MAX])
{
    struct link_block *block = &link->block[link->current];
    if (is_verdict_known(block, link->framing, frame, now)) {
        frame_words(&link->request, link->framing, frame, ret_words);
        return true;
    }
    if (!is_frame_believed(link, frame, length, ret_words)) {
        return false;
    }
    keep_verdict(block, link->framing, frame, now);
    return true;
}

static void take_block_reply(struct link *link, const uint16_t *words, us_t now)
{
    const struct link_block *block = &link->block[link->current];
    const struct link_device *device = link_device_of(link, block);
    struct decode_block decoded = {
        .read = block->read, .count = link->request.count, .word = words};
    struct decode_value values[PROFILE_POINTS_MAX] UNINITIALIZED; /* only the points are cleared */
    memset(values, 0, (size_t) device->profile->point_count * sizeof values[0]);
    decode_block(device->profile, &decoded, values);
    decode_calibrate(device, block->read, values);
    plausibility_judge(link->plausibility, block->device, block->read, now, values);
    link->counters.replies++;
    link_note_answered(link, block->device, now);
    schedule_accepted(link->schedule, link->current);
    struct link_result result = {
        .at = now, .is_answered = true, .rtt_us = now - link->sent_at, .values = values};
    link_pace_answered(link, now);
    link_end_answered(link, now); /* callbacks find the new state */
    link_writes_show(link->writes, block->device, &device->profile->read[block->read], words, now);
    link_report_values(link, block, &result);
}

enum exception_class { CLASS_FAILURE, CLASS_REFUSAL, CLASS_BUSY, CLASS_UNREACHABLE };

static enum exception_class classify_exception(uint8_t code)
{
    static const uint8_t class_of[] = {
        [1] = CLASS_REFUSAL, /* function, address or value: asking again will not help */
        [2] = CLASS_REFUSAL, [3] = CLASS_REFUSAL,      [5] = CLASS_BUSY,
        [6] = CLASS_BUSY,    [10] = CLASS_UNREACHABLE, [11] = CLASS_UNREACHABLE,
    };
    return code < sizeof class_of ? class_of[code] : CLASS_FAILURE;
}

/* A device that refuses is alive. A gateway that says its target is silent is believed. */
static enum exception_class note_exception(struct link *link, uint8_t code, us_t now)
{
    enum exception_class class = classify_exception(code);
    struct link_counters *counters = &link->counters;
    counters->exceptions++;
    uint64_t *const count_of[] = {[CLASS_FAILURE] = &counters->failures,
                                  [CLASS_REFUSAL] = &counters->refusals,
                                  [CLASS_BUSY] = &counters->busy,
                                  [CLASS_UNREACHABLE] = &counters->unreachable};
    ++*count_of[class];
    if (class == CLASS_UNREACHABLE) {
        link_note_missed(link, link->device, now);
    } else {
        link_note_answered(link, link->device, now);
    }
    return class;
}

/* A busy device is asked again; a block that does not exist is left alone for a while. */
static void take_exception(struct link *link, uint8_t code, us_t now)
{
    struct link_block *block = &link->block[link->current];
    enum exception_class class = note_exception(link, code, now);
    bool is_dead = class == CLASS_UNREACHABLE;
    struct link_result result = {.at = now,
                                 .reason = is_dead ? REASON_TIMEOUT : REASON_EXCEPTION,
                                 .exception = code,
                                 .rtt_us = now - link->sent_at};
    if (is_dead) { /* says the gateway; its device may be only late */
        link_expect_late(link, now);
    } else if (class == CLASS_REFUSAL) {
        block->exception = code;
        schedule_refused(link->schedule, link->current, now);
    } else {
        link_expect(link, true, now);
    }
    if (class == CLASS_BUSY) {
        schedule_retry(link->schedule, link->current, now);
    }
    link_end_answered(link, now);
    link_report_nothing(link, block, &result);
}

static void take_block_frame(struct link *link, enum frame_verdict verdict, const uint8_t *frame,
                             size_t length, us_t now)
{
    uint16_t words[FRAME_WORDS_MAX] UNINITIALIZED;
    if (verdict == FRAME_EXCEPTION) {
        take_exception(link, frame_exception(link->framing, frame), now);
    } else if (is_block_believed(link, frame, length, now, words)) {
        take_block_reply(link, words, now);
    } else {
        link->stream.damaged_frames++;
    }
}

static void take_output_frame(struct link *link, enum frame_verdict verdict, const uint8_t *frame,
                              size_t length, us_t now)
{
    uint16_t words[FRAME_WORDS_MAX] UNINITIALIZED;
    if (verdict == FRAME_EXCEPTION) {
        uint8_t code = frame_exception(link->framing, frame);
        bool is_dead = note_exception(link, code, now) == CLASS_UNREACHABLE;
        link_end_answered(link, now);
        enum write_outcome outcome = is_dead ? WRITE_NO_ANSWER : WRITE_REFUSED;
        link_writes_end(link->writes, outcome, code, NULL, now);
    } else if (is_frame_believed(link, frame, length, words)) {
        link->counters.replies++;
        link_note_answered(link, link->device, now);
        link_end_answered(link, now);
        link_writes_end(link->writes, WRITE_DONE, 0, words, now);
    } else {
        link->stream.damaged_frames++;
    }
}

/* Looks through the stream until the transaction has ended or nothing more is in it. */
static void look_for_answer(struct link *link, us_t now)
{
    uint8_t frame[MBAP_FRAME_MAX] UNINITIALIZED;
    size_t length = 0;
    while (link->state == LINK_STATE_WAITING) {
        enum frame_verdict verdict = frame_find(&link->stream, &link->request, frame, &length);
        if (verdict == FRAME_MORE) {
            return;
        }
        if (link->current == LINK_NO_BLOCK) {
            take_output_frame(link, verdict, frame, length, now);
        } else {
            take_block_frame(link, verdict, frame, length, now);
        }
    }
}

/* A truncated reply and the bytes after it can look like one valid frame. So on a line that had
 * noise an answer is believed only when the line has been silent behind it. */
static void hold_back_answer(struct link *link, us_t now)
{
    bool is_held_back = link->state == LINK_STATE_WAITING && link->stream.is_held_back;
    link->settles_at = is_held_back ? now + link->silence : 0;
}

bool link_settles(struct link *link, us_t *ret_at, us_t now)
{
    if (link->settles_at == 0) {
        return false;
    }
    if (now < link->settles_at && now < link->until) {
        *ret_at = min_us(link->settles_at, link->until);
        return true;
    }
    link->settles_at = 0;
    link->stream.waits_for_end = false;
    look_for_answer(link, now);
    return true;
}

/* A damaged reply was here: the rest of the timeout brings nothing but a good copy. On a line that
 * echoes it may have been our own request. */
static void hasten_damage(struct link *link, us_t now)
{
    bool is_hopeless = link->state == LINK_STATE_WAITING && link->settings->kind == LINK_RTU &&
                       link->stream.damaged_frames > 0 &&
                       !(link->has_echoed && link_may_echo(link));
    if (is_hopeless && now + DAMAGE_WAIT < link->until) {
        link->until = now + DAMAGE_WAIT;
    }
}

/* Bytes that were not asked for: returns how many were taken. MBAP keeps its borders, so a frame is
 * skipped whole. */
static size_t take_unasked(struct link *link, const uint8_t *bytes, size_t length, us_t now)
{
    if (link->framing == FRAMING_MBAP) {
        size_t taken = frame_feed(&link->stream, bytes, length);
        frame_skip(&link->stream);
        return taken;
    }
    link_hear_unasked(link, length, now);
    return length;
}

void link_take_bytes(struct link *link, const uint8_t *bytes, size_t length, us_t now)
{
    link->counters.bytes_in += length;
    while (length > 0 && link->state != LINK_STATE_DOWN) {
        size_t part = length < FEED_MAX ? length : FEED_MAX;
        if (link->state == LINK_STATE_WAITING) {
            part = frame_feed(&link->stream, bytes, part);
            link->stream.waits_for_end = link->doubts > 0;
            look_for_answer(link, now);
            hold_back_answer(link, now);
        } else {
            part = take_unasked(link, bytes, part, now);
        }
        bytes += part;
        length -= part;
    }
    hasten_damage(link, now);
    if (link->state == LINK_STATE_WAITING) {
        link_pace_heard(link, now);
    }
}
