#include "sensors/link/link_timing.h"

#include "gateway/base/check.h"

#define NS_PER_SECOND INT64_C(1000000000)
/* A reply that comes twice, the copy in a segment of its own, must not answer the next request. */
#define SILENCE_STREAM (10 * US_PER_MS)
#define QUARANTINE_SERIAL (50 * US_PER_MS)
#define QUARANTINE_CONVERTER (100 * US_PER_MS)
/* Devices were seen to answer seconds late. Then one register's value would pass for another's. */
#define LATENESS (5 * US_PER_SECOND)
#define LATENESS_DTU (10 * US_PER_SECOND)
#define LATENESS_WRITE (300 * US_PER_MS)
#define QUARANTINE_DTU (2 * US_PER_SECOND)

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
    switch (settings->kind) {
    case LINK_TCP:
        break;
    case LINK_RTU:
        CHECK(settings->baud > 0);
        return settings->baud > 19200 ? 1750 : (38500000 + settings->baud - 1) / settings->baud;
    case LINK_RTU_OVER_TCP:
    case LINK_DTU:
        return SILENCE_STREAM;
    }
    return 0;
}

us_t link_timing_quarantine(enum link_kind kind, us_t timeout)
{
    switch (kind) {
    case LINK_TCP:
        break;
    case LINK_RTU:
        return QUARANTINE_SERIAL;
    case LINK_RTU_OVER_TCP:
        return QUARANTINE_CONVERTER;
    case LINK_DTU:
        return max_us(timeout, QUARANTINE_DTU);
    }
    return 0;
}

us_t link_timing_lateness(enum link_kind kind, us_t timeout, bool is_write)
{
    if (is_write && kind != LINK_TCP) {
        return max_us(timeout, LATENESS_WRITE);
    }
    switch (kind) {
    case LINK_TCP: /* has its ids */
        break;
    case LINK_RTU:
    case LINK_RTU_OVER_TCP:
        return max_us(2 * timeout, LATENESS);
    case LINK_DTU:
        return max_us(2 * timeout, LATENESS_DTU);
    }
    return 0;
}

us_t link_timing_lateness_anew(enum link_kind kind, us_t timeout)
{
    return link_timing_lateness(kind, timeout, true);
}

us_t link_timing_lateness_redialled(us_t poll)
{
    return min_us(max_us(poll / 2, LATENESS_WRITE), QUARANTINE_DTU);
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

/* The kernel turns the transceiver round: RTS waits before the first byte and behind the last. */
static double turnaround_ms(const struct link_settings *line)
{
    return line->rs485 == LINK_RS485_ADAPTER ? 0 : 2.0 * line->rts_delay_ms;
}

static struct link_timing_cost cost_on_line(const struct link_settings *line,
                                            const struct profile *profile,
                                            const struct profile_read *read)
{
    const struct frame_request request = {
        .function = read->function, .address = read->address, .count = read->count};
    us_t silence = link_timing_silence(line);
    int64_t character_ns = link_timing_character_ns(line);
    double silence_ms = (double) silence / (double) US_PER_MS;
    double gap_ms = silence_ms > profile->gap_ms ? silence_ms : profile->gap_ms;
    int32_t characters = (int32_t) (frame_request_length(&request, FRAMING_RTU) +
                                    frame_reply_length(&request, FRAMING_RTU));
    return (struct link_timing_cost){
        .characters = characters,
        .characters_ms = (double) (character_ns * characters) / 1e6,
        .gaps_ms = silence_ms + gap_ms + turnaround_ms(line),
        .latency_ms = LINK_TIMING_LATENCY_MS,
    };
}

struct link_timing_cost link_timing_read_cost(const struct link_settings *settings,
                                              const struct link_device *device,
                                              const struct profile_read *read)
{
    struct link_timing_cost cost = {.characters = 0};
    const struct link_settings line = serial_line_of(settings, device);
    switch (settings->kind) {
    case LINK_TCP:
        break;
    case LINK_RTU:
        cost = cost_on_line(&line, device->profile, read);
        break;
    case LINK_RTU_OVER_TCP:
        cost = cost_on_line(&line, device->profile, read);
        cost.latency_ms += LINK_TIMING_NETWORK_MS;
        break;
    case LINK_DTU:
        cost.latency_ms = LINK_TIMING_MOBILE_MS;
        break;
    }
    return cost;
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
