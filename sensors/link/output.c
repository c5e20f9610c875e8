#include "sensors/link/output.h"

#include "gateway/base/check.h"

#define RENEW_AFTER (30 * US_PER_SECOND)
#define RETRY_AFTER (500 * US_PER_MS)
#define REASSERT_AFTER (5 * US_PER_SECOND)
#define READ_AGAIN_AFTER (100 * US_PER_MS)

/* On is a pulse of the board's own clock, so the output falls off when the gateway is gone. Off,
 * and the safe state of a stop, must not end by themselves. */
static bool is_pulsed(const struct output *output)
{
    return output->pulse_ms > 0 && output->is_wanted && !output->is_final;
}

static uint16_t pulse_units(const struct output *output)
{
    int32_t units = output->pulse_ms / output->profile->pulse.unit_ms;
    return (uint16_t) (units < output->profile->pulse.max ? units : output->profile->pulse.max);
}

void output_start(struct output *output, const struct profile_output *profile, int32_t pulse_ms)
{
    *output = (struct output){.profile = profile, .due_at = OUTPUT_NEVER};
    if (!profile->has_pulse || pulse_ms < profile->pulse.unit_ms) {
        return;
    }
    output->pulse_ms = pulse_ms;
    /* What the board will really do decides when the pulse is renewed. */
    int64_t whole_ms = (int64_t) pulse_units(output) * profile->pulse.unit_ms;
    output->pulse_ms = whole_ms < pulse_ms ? (int32_t) whole_ms : pulse_ms;
}

static void set_phase(struct output *output, enum output_phase phase, us_t at)
{
    output->phase = phase;
    output->due_at = at;
}

/* * -> WRITE, from the beginning. */
static void begin_write(struct output *output, us_t now)
{
    output->tries = 0;
    output->is_refuted = false;
    output->is_renewal = false;
    output->is_overtaken = output->is_under_way; /* that was for the old want */
    set_phase(output, OUTPUT_WRITE, now);
}

/* WRITE, VERIFY or CHECK -> WRITE or CHECK, later: it is as wanted. */
static void settle_write(struct output *output, us_t now)
{
    /* A fault outlives its state. Only a read-back of the state that failed proves the repair: off
     * proves nothing of a mute siren. */
    output->needs_on = output->needs_on && !output->is_wanted;
    output->needs_off = output->needs_off && output->is_wanted;
    output->has_failed = output->has_failed && (output->needs_on || output->needs_off);
    output->is_refuted = false;
    output->tries = 0;
    output->state = output->is_wanted ? OUTPUT_ON : OUTPUT_OFF;
    output->is_renewal = true;
    if (is_pulsed(output)) {
        /* Renewed several times in its length, so that one lost write leaves no gap. */
        us_t part = (us_t) output->pulse_ms * US_PER_MS / OUTPUT_PULSE_PARTS;
        set_phase(output, OUTPUT_WRITE, output->written_at + part);
    } else if (output->profile->has_verify) {
        set_phase(output, OUTPUT_CHECK, now + RENEW_AFTER);
    } else {
        /* A relay board that lost power comes back off, and nothing else would show it. */
        set_phase(output, OUTPUT_WRITE, now + RENEW_AFTER);
    }
}

/* WRITE, VERIFY or CHECK -> WRITE: it is not as wanted, or cannot be read back. */
static void fail_write(struct output *output, bool is_answered, us_t now)
{
    output->tries++;
    output->is_renewal = false;
    output->is_refuted = output->is_refuted || is_answered;
    output->is_unanswered = !is_answered;
    bool has_failed = output->tries >= OUTPUT_TRIES;
    if (has_failed) {
        /* Answered wrongly it is the output; unanswered it may be the line only. */
        output->state = OUTPUT_FAILED;
        output->has_failed = true;
        output->needs_on = output->needs_on || (output->is_refuted && output->is_wanted);
        output->needs_off = output->needs_off || (output->is_refuted && !output->is_wanted);
    }
    output->failed_at = now;
    set_phase(output, OUTPUT_WRITE, now + (has_failed ? RENEW_AFTER : RETRY_AFTER));
}

static void end_write(struct output *output, enum write_outcome outcome, us_t now)
{
    if (outcome == WRITE_REFUSED || outcome == WRITE_WRONG_ECHO) {
        fail_write(output, true, now);
        return;
    }
    /* An answer is no success, and without one the write may have been done all the same: the state
     * that reads back decides. */
    output->written_at = now;
    if (output->profile->has_verify) {
        set_phase(output, OUTPUT_VERIFY, now);
    } else if (outcome == WRITE_DONE) {
        settle_write(output, now);
    } else {
        fail_write(output, false, now);
    }
}

static void end_read(struct output *output, enum write_outcome outcome, uint16_t word, us_t now)
{
    const struct profile_verify *verify = &output->profile->verify;
    us_t within = (us_t) verify->within_ms * US_PER_MS;
    if (outcome == WRITE_DONE && word == (output->is_wanted ? verify->on : verify->off)) {
        settle_write(output, now);
    } else if (output->phase == OUTPUT_CHECK) {
        /* It fell by itself, perhaps with its board's power: that is no failed write. */
        output->state = OUTPUT_UNKNOWN;
        begin_write(output, now);
    } else if (now - output->written_at >= within) {
        fail_write(output, outcome == WRITE_DONE, now);
    } else {
        /* Relays and voice boxes take their time; the last look is when the time is over. */
        us_t again = now + READ_AGAIN_AFTER;
        us_t last = output->written_at + within;
        set_phase(output, OUTPUT_VERIFY, min_us(again, last));
    }
}

void output_want(struct output *output, bool is_on, us_t now)
{
    if (output->has_want && output->is_wanted == is_on) {
        return;
    }
    output->has_want = true;
    output->is_wanted = is_on;
    begin_write(output, now);
}

void output_make_safe(struct output *output, us_t now)
{
    output->is_final = true; /* a pulse would end some time after the gateway */
    output->has_want = true;
    output->is_wanted = output->profile->is_safe_on;
    begin_write(output, now);
}

void output_lose(struct output *output)
{
    /* A fault is not repaired by losing the line. */
    output->state = output->state == OUTPUT_FAILED ? OUTPUT_FAILED : OUTPUT_UNKNOWN;
    output->is_overtaken = output->is_under_way;
    set_phase(output, OUTPUT_LOST, OUTPUT_NEVER);
}

void output_find(struct output *output, us_t now)
{
    if (output->has_want) {
        begin_write(output, now);
    }
}

us_t output_due_at(const struct output *output)
{
    return output->is_under_way ? OUTPUT_NEVER : output->due_at;
}

struct frame_request output_take(struct output *output)
{
    CHECK(output->phase != OUTPUT_LOST && !output->is_under_way);
    const struct profile_output *profile = output->profile;
    struct frame_request request = {.count = 1};
    if (output->phase != OUTPUT_WRITE) {
        request.function = profile->verify.function;
        request.address = profile->verify.address;
    } else if (is_pulsed(output)) {
        request.function = profile->pulse.function;
        request.address = profile->pulse.address;
        request.value = pulse_units(output);
    } else {
        request.function = profile->write.function;
        request.address = profile->write.address;
        request.value = output->is_wanted ? profile->write.on : profile->write.off;
    }
    output->is_under_way = true;
    output->is_overtaken = false;
    return request;
}

void output_answer(struct output *output, enum write_outcome outcome, uint16_t word, us_t now)
{
    CHECK(output->is_under_way);
    output->is_under_way = false;
    if (output->is_overtaken) { /* begin_write has set what comes next */
        return;
    }
    if (outcome == WRITE_NO_LINK) {
        output_lose(output);
    } else if (output->phase == OUTPUT_WRITE) {
        end_write(output, outcome, now);
    } else if (output->phase == OUTPUT_CHECK && outcome != WRITE_DONE) {
        fail_write(output, false, now); /* unknown: written again, then read back again */
    } else {
        end_read(output, outcome, word, now);
    }
}

void output_show(struct output *output, uint16_t word, us_t now)
{
    const struct profile_verify *verify = &output->profile->verify;
    bool is_on = word == verify->on; /* both false: a word that means neither */
    bool is_off = word == verify->off;
    /* It was as wanted, and the next request only keeps it so: else that request decides. */
    bool is_being_kept =
        output->phase == OUTPUT_CHECK || (output->phase == OUTPUT_WRITE && output->is_renewal);
    if (output->is_under_way || !is_being_kept || (output->is_wanted ? is_on : is_off)) {
        return;
    }
    enum output_state dropped_to = is_off ? OUTPUT_OFF : OUTPUT_UNKNOWN;
    output->state = is_on ? OUTPUT_ON : dropped_to;
    /* At once the first time; one that falls again and again must not fill the link. */
    begin_write(output, max_us(now, output->reassert_at));
    output->reassert_at = output->due_at + REASSERT_AFTER;
}

void output_hear(struct output *output, us_t now)
{
    /* The device is there: no reason to wait out the 30 s. */
    us_t again_at = output->failed_at + REASSERT_AFTER;
    bool has_given_up = output->state == OUTPUT_FAILED && output->phase == OUTPUT_WRITE &&
                        output->tries >= OUTPUT_TRIES && !output->is_under_way;
    if (has_given_up && output->is_unanswered && again_at < output->due_at) {
        output->due_at = max_us(now, again_at);
    }
}

bool output_is_settled(const struct output *output)
{
    bool is_so = output->state == (output->is_wanted ? OUTPUT_ON : OUTPUT_OFF);
    bool is_busy = output->phase == OUTPUT_VERIFY ||
                   (output->phase == OUTPUT_WRITE && !output->is_renewal) || output->is_under_way;
    bool has_failed = output->state == OUTPUT_FAILED && output->tries >= OUTPUT_TRIES;
    return has_failed || output->phase == OUTPUT_LOST || (is_so && !is_busy);
}

const char *output_state_text(enum output_state state)
{
    static const char *const texts[] = {[OUTPUT_UNKNOWN] = "未知",
                                        [OUTPUT_OFF] = "关",
                                        [OUTPUT_ON] = "开",
                                        [OUTPUT_FAILED] = "控制失败"};
    CHECK((size_t) state < sizeof texts / sizeof texts[0]);
    return texts[state];
}

const char *write_outcome_text(enum write_outcome outcome)
{
    static const char *const texts[] = {[WRITE_DONE] = "已应答",
                                        [WRITE_REFUSED] = "设备拒绝",
                                        [WRITE_WRONG_ECHO] = "应答与命令不符",
                                        [WRITE_NO_ANSWER] = "无应答",
                                        [WRITE_NO_LINK] = "链路断开"};
    CHECK((size_t) outcome < sizeof texts / sizeof texts[0]);
    return texts[outcome];
}
