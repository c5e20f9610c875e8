/* dtu_filter.h - removes registrations and heartbeats from what a DTU sends. Pure.
 *
 * A DTU sends heartbeats at any time: before a reply, after it, in the middle of it, in pieces. The
 * filter stands between a registered connection and its link (link.h). While a request is open it
 * holds what arrives until the answer is found in it, in this order:
 *   1. as it came: an answer with a good CRC is never touched, even if its data equal a heartbeat;
 *   2. without one of the texts in it, the first DTU_FILTER_TRIES of them in turn;
 *   3. without all of them.
 * When the request's time is over the link gets the bytes as they came. Without a
 * request the texts are dropped and the other bytes passed on. The link and libmodbus check them
 * afterwards as on any bus. */
#pragma once

#include "sensors/dtu/dtu_settings.h"

enum {
    DTU_FILTER_TRIES = 4,
    DTU_FILTER_TAKE_MAX = 256, /* bytes given to the filter at once */
    DTU_FILTER_HELD_MAX = 512, /* two of the longest replies; more pushes the oldest through */
    DTU_FILTER_OUT_MAX = DTU_FILTER_TAKE_MAX + DTU_FILTER_HELD_MAX,
};

struct dtu_filter {
    const struct dtu_settings *settings;
    bool is_asking;
    uint8_t request[6]; /* unit, function, address, count or value */
    uint16_t length;
    uint8_t held[DTU_FILTER_HELD_MAX];
};

/* A new connection. */
void dtu_filter_reset(struct dtu_filter *filter, const struct dtu_settings *settings);

/* This RTU request goes out: what was held before cannot answer it. */
void dtu_filter_ask(struct dtu_filter *filter, const uint8_t *request, size_t length);

/* Takes in at most DTU_FILTER_TAKE_MAX bytes. Returns how many are written to `to` for the link. */
size_t dtu_filter_take(struct dtu_filter *filter, const uint8_t *bytes, size_t length,
                       uint8_t to[static DTU_FILTER_OUT_MAX]);

/* The request is answered: bytes are no longer held for it. */
void dtu_filter_answered(struct dtu_filter *filter);

/* The request's time is over: writes what was held for it, as it came. Before link_tick. */
size_t dtu_filter_give_up(struct dtu_filter *filter, uint8_t to[static DTU_FILTER_OUT_MAX]);
