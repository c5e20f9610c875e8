#include "sensors/dtu/dtu_takeover.h"

#include <string.h>

#include "gateway/base/check.h"
#include "sensors/modbus/frame.h"

#define ANSWER_MIN_US (500 * US_PER_MS)

enum { NONE = -1 };

static us_t get_poll(const struct link_settings *settings)
{
    int32_t poll_ms = settings->device[0].poll_ms;
    for (int32_t i = 1; i < settings->device_count; i++) {
        poll_ms = settings->device[i].poll_ms < poll_ms ? settings->device[i].poll_ms : poll_ms;
    }
    return (us_t) poll_ms * US_PER_MS;
}

struct dtu_takeover *dtu_takeover_new(struct arena *arena, const struct link_settings *settings)
{
    CHECK(settings->kind == LINK_DTU && settings->dtu != NULL && settings->device_count > 0);
    struct dtu_takeover *takeover = arena_take(arena, 1, sizeof *takeover);
    us_t poll = get_poll(settings);
    takeover->settings = settings;
    takeover->idle_us = max_us(3 * poll, (us_t) settings->dtu->idle_ms * US_PER_MS);
    takeover->answer_us = max_us(min_us(poll, DTU_TAKEOVER_ANSWER_US), ANSWER_MIN_US);
    takeover->fd = takeover->rival = NONE;
    takeover->disputed_until = INT64_MIN;
    takeover->proved_at = INT64_MIN / 2;
    for (int i = 0; i < DTU_TAKEOVER_TAKEOVERS; i++) {
        takeover->takeover_at[i] = INT64_MIN / 2; /* never; subtracting a span must not overflow */
    }
    return takeover;
}

static struct frame_request make_first_poll(const struct link_settings *settings)
{
    const struct link_device *device = &settings->device[0];
    const struct profile_read *read = &device->profile->read[0];
    return (struct frame_request){.unit = device->unit,
                                  .function = read->function,
                                  .address = read->address,
                                  .count = read->count};
}

size_t dtu_takeover_question(const struct link_settings *settings,
                             uint8_t to[static MBAP_FRAME_MAX])
{
    const struct frame_request request = make_first_poll(settings);
    return frame_encode(&request, FRAMING_RTU, to);
}

/* Could the answer of one of this device's polls pass for the answer to the request? */
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

size_t dtu_takeover_rival_question(const struct link_settings *settings,
                                   uint8_t to[static MBAP_FRAME_MAX], bool *ret_is_own)
{
    struct frame_request request = make_first_poll(settings);
    /* Not a poll's request: the late answer to a poll, from the same single device, would look like
     * a second device. A count that no poll uses gives an answer of another length. */
    request.count = request.count > 1 ? (uint16_t) (request.count - 1) : 1;
    *ret_is_own = true;
    for (int32_t i = 0; i < settings->device_count && *ret_is_own; i++) {
        *ret_is_own = !is_like_poll(&settings->device[i], &request);
    }
    return frame_encode(&request, FRAMING_RTU, to);
}

int dtu_takeover_offer(struct dtu_takeover *takeover, int fd, const uint8_t *bytes, size_t length,
                       us_t now)
{
    CHECK(fd >= 0 && length <= sizeof takeover->bytes);
    int before = takeover->fd;
    takeover->fd = fd;
    takeover->length = length;
    takeover->heard_at = now;
    if (length > 0) {
        memcpy(takeover->bytes, bytes, length);
    }
    return before;
}

static void start_dispute(struct dtu_takeover *takeover, us_t now)
{
    takeover->disputed_until = now + DTU_TAKEOVER_CALM_US;
}

bool dtu_takeover_count_takeover(struct dtu_takeover *takeover, us_t now)
{
    int32_t last = (takeover->takeover_next + DTU_TAKEOVER_TAKEOVERS - 1) % DTU_TAKEOVER_TAKEOVERS;
    /* The first takeover for a long time is a network that lost the connection: nothing to ask. */
    bool is_suspicious = now - takeover->takeover_at[last] <= DTU_TAKEOVER_MEMORY_US;
    takeover->takeover_at[takeover->takeover_next] = now;
    takeover->takeover_next = (takeover->takeover_next + 1) % DTU_TAKEOVER_TAKEOVERS;
    /* The ring is full of takeovers in a short span: whatever the cause, no poll gets through. */
    us_t oldest = takeover->takeover_at[takeover->takeover_next];
    /* While disputed each takeover extends the dispute: both devices are still there. */
    if (dtu_takeover_is_disputed(takeover, now) || now - oldest <= DTU_TAKEOVER_SPAN_US) {
        start_dispute(takeover, now);
    }
    return is_suspicious;
}

void dtu_takeover_suspect(struct dtu_takeover *takeover, int fd, bool is_own, us_t now)
{
    CHECK(takeover->rival == NONE);
    takeover->rival = fd;
    takeover->is_rival_asked = false;
    /* Where every request looks like a poll's, an answer on its way has to arrive before the rival
     * is asked. */
    takeover->rival_ask_at = now + (takeover->asked_at != 0 && !is_own ? DTU_TAKEOVER_LATE_US : 0);
}

/* What the rival sends before it is asked answers an older request and proves nothing. */
void dtu_takeover_hear_rival(struct dtu_takeover *takeover, const uint8_t *bytes, size_t length,
                             us_t now)
{
    uint8_t passed[DTU_FILTER_OUT_MAX];
    if (dtu_takeover_is_rival_over(takeover, now) || !takeover->is_rival_asked ||
        dtu_filter_take(&takeover->filter, bytes, length, passed) == 0) {
        return;
    }
    /* One answer is no proof: it may be a late one, or the last of a radio that changes over. */
    if (now - takeover->proved_at <= DTU_TAKEOVER_MEMORY_US) {
        start_dispute(takeover, now);
    }
    takeover->proved_at = now;
    takeover->rival_ask_at = now - takeover->answer_us; /* its time is over: the new one is taken */
}

bool dtu_takeover_must_ask_rival(const struct dtu_takeover *takeover, us_t now)
{
    return takeover->rival != NONE && !takeover->is_rival_asked && now >= takeover->rival_ask_at;
}

void dtu_takeover_rival_asked(struct dtu_takeover *takeover, const uint8_t *question, size_t length)
{
    takeover->is_rival_asked = true;
    dtu_filter_reset(&takeover->filter, takeover->settings->dtu);
    dtu_filter_ask(&takeover->filter, question, length);
}

bool dtu_takeover_is_rival_over(const struct dtu_takeover *takeover, us_t now)
{
    return takeover->rival == NONE || now >= takeover->rival_ask_at + takeover->answer_us;
}

bool dtu_takeover_is_disputed(const struct dtu_takeover *takeover, us_t now)
{
    return now < takeover->disputed_until;
}

us_t dtu_takeover_next(const struct dtu_takeover *takeover, us_t now)
{
    if (dtu_takeover_is_disputed(takeover, now)) {
        return takeover->disputed_until;
    }
    if (takeover->rival != NONE) {
        /* The poller has one descriptor for each link, and the rival is none of them: it is looked
         * at in steps. */
        return now + DTU_TAKEOVER_STEP_US;
    }
    return takeover->fd == NONE ? INT64_MAX : now;
}

int dtu_takeover_take(struct dtu_takeover *takeover, us_t now)
{
    int fd = takeover->fd;
    takeover->fd = NONE;
    dtu_takeover_heard(takeover, now);
    dtu_filter_reset(&takeover->filter, takeover->settings->dtu);
    return fd;
}

void dtu_takeover_asked(struct dtu_takeover *takeover, us_t now)
{
    takeover->asked_at = takeover->asked_at == 0 ? now : takeover->asked_at;
}

void dtu_takeover_heard(struct dtu_takeover *takeover, us_t now)
{
    takeover->heard_at = now;
    takeover->asked_at = 0;
}

bool dtu_takeover_is_alive(const struct dtu_takeover *takeover, us_t now)
{
    /* An overdue answer shows a connection that the network lost just after its last bytes. */
    bool owes_answer =
        takeover->asked_at != 0 && now - takeover->asked_at >= DTU_TAKEOVER_ANSWER_US;
    return now - takeover->heard_at < DTU_TAKEOVER_ALIVE_US && !owes_answer;
}

us_t dtu_takeover_idle_at(const struct dtu_takeover *takeover)
{
    return takeover->heard_at + takeover->idle_us;
}
