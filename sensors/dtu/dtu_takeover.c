#include "sensors/dtu/dtu_takeover.h"

#include <string.h>

#include "gateway/base/check.h"
#include "sensors/modbus/frame.h"

#define DIAL_ANSWER_LEAST (500 * US_PER_MS)

enum { NONE = -1 };

static us_t poll_of(const struct link_settings *settings)
{
    int32_t poll_ms = settings->device[0].poll_ms;
    for (int32_t i = 1; i < settings->device_count; i++) {
        poll_ms = settings->device[i].poll_ms < poll_ms ? settings->device[i].poll_ms : poll_ms;
    }
    return (us_t) poll_ms * US_PER_MS;
}

static us_t idle_of(const struct link_settings *settings)
{
    us_t polls = 3 * poll_of(settings);
    us_t idle = (us_t) settings->dtu->idle_ms * US_PER_MS;
    return polls > idle ? polls : idle;
}

static us_t answer_of(const struct link_settings *settings)
{
    us_t poll = poll_of(settings);
    us_t at_most = poll < DIAL_ANSWER_US ? poll : DIAL_ANSWER_US;
    return at_most > DIAL_ANSWER_LEAST ? at_most : DIAL_ANSWER_LEAST;
}

struct dial *dial_new(struct arena *arena, const struct link_settings *settings)
{
    CHECK(settings->kind == LINK_DTU && settings->dtu != NULL && settings->device_count > 0);
    struct dial *dial = arena_take(arena, 1, sizeof *dial);
    dial->settings = settings->dtu;
    dial->idle_us = idle_of(settings);
    dial->answer_us = answer_of(settings);
    dial->fd = dial->rival = NONE;
    dial->disputed_until = INT64_MIN;
    dial->proved_at = INT64_MIN / 2;
    for (int i = 0; i < DIAL_TAKEOVERS; i++) {
        dial->takeover_at[i] = INT64_MIN / 2; /* never; a span can still be taken off */
    }
    return dial;
}

static struct frame_request first_poll(const struct link_settings *settings)
{
    const struct link_device *device = &settings->device[0];
    const struct profile_read *read = &device->profile->read[0];
    return (struct frame_request){.unit = device->unit,
                                  .function = read->function,
                                  .address = read->address,
                                  .count = read->count};
}

size_t dial_question(const struct link_settings *settings, uint8_t to[static MBAP_FRAME_MAX])
{
    const struct frame_request request = first_poll(settings);
    return frame_encode(&request, FRAMING_RTU, to);
}

/* Would an answer of one of this device's polls do for the request too? */
static bool is_like_poll(const struct link_device *device, const struct frame_request *request)
{
    for (int32_t i = 0; i < device->profile->read_count; i++) {
        const struct profile_read *read = &device->profile->read[i];
        const struct frame_request poll = {
            .unit = device->unit, .function = read->function, .count = read->count};
        if (poll.unit == request->unit && poll.function == request->function &&
            frame_reply_length(&poll, FRAMING_RTU) == frame_reply_length(request, FRAMING_RTU)) {
            return true;
        }
    }
    return false;
}

size_t dial_rival_question(const struct link_settings *settings, uint8_t to[static MBAP_FRAME_MAX],
                           bool *ret_is_own)
{
    struct frame_request request = first_poll(settings);
    request.count = request.count > 1 ? (uint16_t) (request.count - 1) : 1;
    *ret_is_own = true;
    for (int32_t i = 0; i < settings->device_count && *ret_is_own; i++) {
        *ret_is_own = !is_like_poll(&settings->device[i], &request);
    }
    return frame_encode(&request, FRAMING_RTU, to);
}

int dial_offer(struct dial *dial, int fd, const uint8_t *bytes, size_t length, us_t now)
{
    CHECK(fd >= 0 && length <= sizeof dial->bytes);
    int before = dial->fd;
    dial->fd = fd;
    dial->length = length;
    dial->heard_at = now;
    if (length > 0) {
        memcpy(dial->bytes, bytes, length);
    }
    return before;
}

static void dispute(struct dial *dial, us_t now)
{
    dial->disputed_until = now + DIAL_CALM_US;
}

bool dial_count_takeover(struct dial *dial, us_t now)
{
    int32_t last = (dial->takeover_next + DIAL_TAKEOVERS - 1) % DIAL_TAKEOVERS;
    bool is_suspicious = now - dial->takeover_at[last] <= DIAL_MEMORY_US;
    dial->takeover_at[dial->takeover_next] = now;
    dial->takeover_next = (dial->takeover_next + 1) % DIAL_TAKEOVERS;
    us_t oldest = dial->takeover_at[dial->takeover_next];
    if (dial_is_disputed(dial, now) || now - oldest <= DIAL_SPAN_US) {
        dispute(dial, now);
    }
    return is_suspicious;
}

/* --- the rival ------------------------------------------------------------ */

void dial_suspect(struct dial *dial, int fd, bool is_own, us_t now)
{
    CHECK(dial->rival == NONE);
    dial->rival = fd;
    dial->is_rival_asked = false;
    dial->rival_ask_at = now + (dial->asked_at != 0 && !is_own ? DIAL_LATE_US : 0);
}

/* What it says unasked is of the time before. */
void dial_hear_rival(struct dial *dial, const uint8_t *bytes, size_t length, us_t now)
{
    uint8_t passed[DTU_OUT_MAX];
    if (dial_is_rival_over(dial, now) || !dial->is_rival_asked ||
        dtu_filter_take(&dial->filter, bytes, length, passed) == 0) {
        return;
    }
    if (now - dial->proved_at <= DIAL_MEMORY_US) {
        dispute(dial, now);
    }
    dial->proved_at = now;
    dial->rival_ask_at = now - dial->answer_us; /* enough is known */
}

bool dial_must_ask_rival(const struct dial *dial, us_t now)
{
    return dial->rival != NONE && !dial->is_rival_asked && now >= dial->rival_ask_at;
}

void dial_rival_asked(struct dial *dial, const uint8_t *question, size_t length)
{
    dial->is_rival_asked = true;
    dtu_filter_reset(&dial->filter, dial->settings);
    dtu_filter_ask(&dial->filter, question, length);
}

bool dial_is_rival_over(const struct dial *dial, us_t now)
{
    return dial->rival == NONE || now >= dial->rival_ask_at + dial->answer_us;
}

bool dial_is_disputed(const struct dial *dial, us_t now)
{
    return now < dial->disputed_until;
}

us_t dial_next(const struct dial *dial, us_t now)
{
    if (dial_is_disputed(dial, now)) {
        return dial->disputed_until;
    }
    if (dial->rival != NONE) {
        return now + DIAL_STEP_US;
    }
    return dial->fd == NONE ? INT64_MAX : now;
}

int dial_take(struct dial *dial, us_t now)
{
    int fd = dial->fd;
    dial->fd = NONE;
    dial_heard(dial, now);
    dtu_filter_reset(&dial->filter, dial->settings);
    return fd;
}

void dial_asked(struct dial *dial, us_t now)
{
    dial->asked_at = dial->asked_at == 0 ? now : dial->asked_at;
}

void dial_heard(struct dial *dial, us_t now)
{
    dial->heard_at = now;
    dial->asked_at = 0;
}

bool dial_is_alive(const struct dial *dial, us_t now)
{
    bool owes_answer = dial->asked_at != 0 && now - dial->asked_at >= DIAL_ANSWER_US;
    return now - dial->heard_at < DIAL_ALIVE_US && !owes_answer;
}

us_t dial_idle_at(const struct dial *dial)
{
    return dial->heard_at + dial->idle_us;
}
