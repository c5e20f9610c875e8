/* link_stats.h - statistics of a device's and a link's recent transactions, for the technician.
 * Pure.
 *
 * Nothing here decides: health is schedule.h's, counters are link.h's. Times are in microseconds of
 * the monotonic clock; a us_t of 0 means never. A device's struct is some 60 bytes: there are
 * thousands. */
#pragma once

#include "sensors/link/link.h"

enum {
    LINK_STATS_OUTCOMES = 64,  /* results that the share of good ones looks back on */
    LINK_STATS_BYTES_MAX = 48, /* kept of it: a reply of 20 registers */
};

#define LINK_STATS_SHARE_US (10 * US_PER_SECOND) /* a link's share is measured over at least this */
#define LINK_STATS_SLOWEST_US (300 * US_PER_SECOND)

/* What came in after one request, with noise and damage, in the order of arrival. */
struct last_bytes {
    us_t sent_at;    /* the request; 0: none is in hand */
    us_t at;         /* of the result; 0: this block was never asked */
    uint16_t length; /* of all that came; LINK_STATS_BYTES_MAX are kept */
    uint8_t byte[LINK_STATS_BYTES_MAX];
};

/* One device. All zero is a device that was never asked. */
struct device_stats {
    us_t failed_at;             /* the last result that was no good reply */
    us_t failing_since;         /* the first of the present row; 0: the last one was good */
    us_t turned_at;             /* the beginning of the span of rtt_max_us */
    uint64_t outcomes;          /* a bit a result, the newest lowest, 1: good */
    uint32_t rtt_mean_us;       /* smoothed: each good reply counts an eighth */
    uint32_t rtt_max_us;        /* the slowest of a span of LINK_STATS_SLOWEST_US, */
    uint32_t rtt_max_before_us; /* and of the one before */
    uint32_t retries;           /* requests sent while the one before had failed */
    uint8_t outcome_count;      /* of the bits, at most LINK_STATS_OUTCOMES */
    uint8_t failed_reason;      /* enum reason at failed_at */
    uint8_t failed_exception;   /* its Modbus exception code, 0: none */
};

/* One link: the time it was busy with transactions. */
struct link_stats {
    us_t since, busy_us;
    bool has_share;
    double share; /* 0...1 over the last whole span, once one has passed */
};

/* Takes in a result. `sent_at`: when its request left; 0: nothing was asked (device or link
 * down). */
void link_stats_take(struct device_stats *stats, const struct link_result *result, us_t sent_at);

/* The slowest good reply of the last 5 to 10 minutes, 0 without one. */
us_t link_stats_slowest(const struct device_stats *stats);

/* Good ones among the last LINK_STATS_OUTCOMES results, 0...1; negative before the first. */
double link_stats_success(const struct device_stats *stats);

/* A transaction took the time from `sent_at` (0: none) until `now`. */
void link_stats_busy(struct link_stats *stats, us_t sent_at, us_t now);

/* Bytes came in: the first ones are kept. */
void link_stats_hear(struct last_bytes *stats, const uint8_t *bytes, size_t length);
