#include "sensors/link/link_timing.h"

#include <math.h>

#include "gateway/base/check.h"

#define NS_PER_SECOND INT64_C(1000000000)
#define LATENESS_WRITE (300 * US_PER_MS)

static const struct kind_times {
    us_t silence;    /* of a stream */
    us_t quarantine; /* at least */
    us_t lateness;   /* at least */
} times_of[] = {
    [LINK_TCP] = {0}, /* has its ids */
    /* Devices were seen to answer seconds late. Then one register's value would pass for
     * another's. */
    [LINK_RTU] = {.quarantine = 50 * US_PER_MS, .lateness = 5 * US_PER_SECOND},
    /* A reply that comes twice, the copy in a segment of its own, must not answer the next
     * request. */
    [LINK_RTU_OVER_TCP] = {.silence = 10 * US_PER_MS,
                           .quarantine = 100 * US_PER_MS,
                           .lateness = 5 * US_PER_SECOND},
    /* Behind a radio all of it takes longer. */
    [LINK_DTU] = {.silence = 10 * US_PER_MS,
                  .quarantine = 2 * US_PER_SECOND,
                  .lateness = 10 * US_PER_SECOND},
};

enum framing link_timing_framing(enum link_kind kind)
{
    return kind == LINK_TCP ? FRAMING_MBAP : FRAMING_RTU;
}

int64_t link_timing_character_ns(const struct link_settings *settings)
{
    if (settings->kind != LINK_RTU) {
        return 0;
    }
    CHECK(settings->baud > 0);
    int64_t bits = 1 + 8 + (settings->parity == 'N' ? 0 : 1) + settings->stop_bits;
    return bits * NS_PER_SECOND / settings->baud;
}

us_t link_timing_silence(const struct link_settings *settings)
{
    if (settings->kind != LINK_RTU) {
        return times_of[settings->kind].silence;
    }
    CHECK(settings->baud > 0);
    return settings->baud > 19200 ? 1750 : (38500000 + settings->baud - 1) / settings->baud;
}

us_t link_timing_quarantine(enum link_kind kind, us_t timeout)
{
    us_t least = times_of[kind].quarantine;
    return kind == LINK_DTU ? max_us(timeout, least) : least;
}

us_t link_timing_lateness(enum link_kind kind, us_t timeout, bool is_write)
{
    if (kind == LINK_TCP) {
        return 0;
    }
    /* The answer to a write names its address and value: it passes for no other. */
    return is_write ? max_us(timeout, LATENESS_WRITE)
                    : max_us(2 * timeout, times_of[kind].lateness);
}

us_t link_timing_lateness_redialled(us_t poll)
{
    return min_us(max_us(poll / 2, LATENESS_WRITE), times_of[LINK_DTU].quarantine);
}

/* The serial line that the device hangs on: the link's own, or the one behind a converter. */
static struct link_settings serial_line_of(const struct link_settings *settings,
                                           const struct link_device *device)
{
    struct link_settings line = *settings;
    if (settings->kind == LINK_RTU_OVER_TCP) {
        line.kind = LINK_RTU;
        line.rs485 = LINK_RS485_ADAPTER;
        line.baud = device->profile->baud;
        line.parity = device->profile->parity;
        line.stop_bits = device->profile->stop_bits;
    }
    return line;
}

struct link_timing_cost link_timing_read_cost(const struct link_settings *settings,
                                              const struct link_device *device,
                                              const struct profile_read *read)
{
    if (settings->kind == LINK_TCP || settings->kind == LINK_DTU) {
        return (struct link_timing_cost){
            .latency_ms = settings->kind == LINK_DTU ? LINK_TIMING_MOBILE_MS : 0};
    }
    const struct link_settings line = serial_line_of(settings, device);
    const struct frame_request request = {
        .function = read->function, .address = read->address, .count = read->count};
    int32_t characters = (int32_t) (frame_request_length(&request, FRAMING_RTU) +
                                    frame_reply_length(&request, FRAMING_RTU));
    us_t silence = link_timing_silence(&line);
    double silence_ms = (double) silence / (double) US_PER_MS;
    /* The kernel turns the transceiver round: RTS waits before the first byte and behind the
     * last. */
    double rts_ms = line.rs485 == LINK_RS485_ADAPTER ? 0 : 2.0 * line.rts_delay_ms;
    int64_t character_ns = link_timing_character_ns(&line);
    bool has_network = settings->kind == LINK_RTU_OVER_TCP;
    return (struct link_timing_cost){
        .characters = characters,
        .characters_ms = (double) (character_ns * characters) / 1e6,
        .gaps_ms = silence_ms + fmax(silence_ms, device->profile->gap_ms) + rts_ms,
        .latency_ms = LINK_TIMING_LATENCY_MS + (has_network ? LINK_TIMING_NETWORK_MS : 0),
    };
}

double link_timing_cost_ms(const struct link_timing_cost *cost)
{
    return cost->characters_ms + cost->gaps_ms + cost->latency_ms;
}

double link_timing_poll_ms(const struct link_settings *settings, const struct link_device *device)
{
    double ms = 0;
    for (int32_t i = 0; i < device->profile->read_count; i++) {
        const struct profile_read *read = &device->profile->read[i];
        const struct link_timing_cost cost = link_timing_read_cost(settings, device, read);
        ms += link_timing_cost_ms(&cost) / (read->every > 1 ? read->every : 1);
    }
    return ms;
}

double link_timing_share(const struct link_settings *settings)
{
    double share = 0;
    for (int32_t i = 0; i < settings->device_count; i++) {
        const struct link_device *device = &settings->device[i];
        if (device->poll_ms > 0) { /* a config with mistakes is looked at too */
            share += link_timing_poll_ms(settings, device) / device->poll_ms;
        }
    }
    return share;
}
