/* link_timing.h - how long a link of each kind takes, and how long it must keep silent. Pure.
 *
 * Serial lines by Modbus over serial line 1.02, 2.5.1.1; the quarantines are explained in link.h.
 *
 * The share of its time that a link is asked for, with every device answering at once:
 *   one read = characters of request and reply + gap before the reply + gap behind it + latency
 *   share    = sum over all blocks of read / (poll x every)
 *   rtu           the line's own baud, parity and stop bits; gaps of 3.5 characters, behind the
 *                 reply at least gap_ms, and the delays of RTS; the latency is assumed
 *   rtu_over_tcp  the same for the line behind the converter, at the profile's baud and parity; the
 *                 way through the network is assumed
 *   dtu           a fixed second a read, assumed: mobile networks take 0.2 to 3 s
 *   tcp           nothing: what is behind it is unknown, and many devices answer at once */
#pragma once

#include "sensors/device/link_settings.h"
#include "sensors/modbus/frame.h"

enum framing link_timing_framing(enum link_kind kind);

/* Nanoseconds of one character with start, parity and stop bits; 0 unless the link is a serial
 * line. */
int64_t link_timing_character_ns(const struct link_settings *settings);

/* The silence before a request. On a serial line 3.5 characters of 11 bits, above 19200 baud fixed
 * 1.75 ms; 10 ms where RTU frames come as a stream; 0 over tcp. */
us_t link_timing_silence(const struct link_settings *settings);

/* The silence of the whole link after a request of this timeout stayed without an answer. */
us_t link_timing_quarantine(enum link_kind kind, us_t timeout);

/* And of its unit, while others may be asked: 5 s, of a DTU 10 s, or twice the timeout. After a
 * write, and of any request when the connection was opened anew meanwhile: 300 ms, or the
 * timeout. */
us_t link_timing_lateness(enum link_kind kind, us_t timeout, bool is_write);

/* The same of a DTU that has connected anew: half a poll, 300 ms to 2 s, so a reconnect costs at
 * most one sample. */
us_t link_timing_lateness_redialled(us_t poll);

enum {
    LINK_TIMING_LATENCY_MS = 20,  /* assumed: from request to reply; 5 to 100 are seen */
    LINK_TIMING_NETWORK_MS = 10,  /* assumed: there and back to a serial server in the building */
    LINK_TIMING_MOBILE_MS = 1000, /* assumed: one transaction by DTU, all in all */
};

/* What one read takes of its link, in milliseconds. All 0 for tcp. */
struct link_timing_cost {
    int32_t characters;   /* request and reply; 0 for dtu */
    double characters_ms; /* on the serial line */
    double gaps_ms;
    double latency_ms; /* assumed, see above */
};

struct link_timing_cost link_timing_read_cost(const struct link_settings *settings,
                                              const struct link_device *device,
                                              const struct profile_read *read);

/* The sum of a cost's parts. */
double link_timing_cost_ms(const struct link_timing_cost *cost);

/* One poll of this device, in ms of the link's time. A block with `every` n counts 1/n. */
double link_timing_poll_ms(const struct link_settings *settings, const struct link_device *device);

/* The share of its time that all its devices ask for: 0...1, more when it cannot keep up; tcp 0. */
double link_timing_share(const struct link_settings *settings);
