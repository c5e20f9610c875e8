/* link_settings.h - one link, its devices and outputs, as config hands them over.
 *
 * A link is a bus or a connection. The settings and all they point to must outlive the link. */
#pragma once

#include <stdint.h>

#include "gateway/base/units.h"
#include "sensors/device/profile.h"

enum { LINKS_MAX = 4096 }; /* of one gateway */

enum link_kind { LINK_TCP, LINK_RTU, LINK_RTU_OVER_TCP, LINK_DTU };

/* "tcp" "rtu" ...: as in the config and the API. */
static inline const char *link_kind_name(enum link_kind kind)
{
    static const char *const kind_names[] = {"tcp", "rtu", "rtu_over_tcp", "dtu"};
    return kind_names[kind];
}

/* The transceiver is turned round by the adapter, or by the kernel: the level of RTS while
 * sending. */
enum link_rs485 { LINK_RS485_ADAPTER, LINK_RS485_RTS_HIGH, LINK_RS485_RTS_LOW };

/* value = value * scale + offset, after the profile's own scale. */
struct link_calibration {
    double scale, offset;
};

/* In values after calibration: a step up to a value above, or down to one below, is towards danger.
 * See plausibility.h. */
struct link_danger {
    double above, below;
};

/* An output that may be written to: declared in the device's profile and listed in the config. */
struct link_output {
    const struct profile_output *output;
    int32_t pulse_ms; /* 0: switched; else kept on by pulses of that length, see output.h */
};

/* One device on a link. */
struct link_device {
    const char *id; /* "w3/th1", for people */
    const struct profile *profile;
    uint8_t unit;
    int32_t poll_ms;
    int32_t first_point; /* index in the policy of its first point; the profile's order */
    const struct link_calibration *calibration; /* one for each point of the profile; NULL: none */
    const struct link_danger *danger;           /* the same; NULL: every step is towards danger */
    int32_t output_count;
    const struct link_output *output;
};

struct link_settings {
    const char *id;
    enum link_kind kind;
    char address[108]; /* tcp: host or IP literal; rtu: the tty's path */
    uint16_t port;
    char parity; /* 'N' 'E' 'O' */
    int32_t baud;
    int32_t stop_bits;
    enum link_rs485 rs485;
    int32_t rts_delay_ms;  /* of rs485: RTS to first byte, last byte to RTS */
    int32_t latency_ms;    /* the way to the device, added to the device's own timeout */
    int32_t start_grid_ms; /* where polls start: see schedule_new */
    int32_t device_count;
    const struct link_device *device;
    const struct dtu_settings *dtu; /* of a LINK_DTU, see dtu_settings.h; else NULL */
};

/* Between two polls of a block of the device. A poll shorter than the profile's min_poll_ms is
 * stretched to it; config refuses it before. */
static inline ms_t link_device_interval_ms(const struct link_device *device, int32_t read)
{
    const struct profile *device_profile = device->profile;
    int32_t every = device_profile->read[read].every > 1 ? device_profile->read[read].every : 1;
    int32_t poll_ms = device->poll_ms > device_profile->min_poll_ms ? device->poll_ms
                                                                    : device_profile->min_poll_ms;
    return (ms_t) poll_ms * every;
}
