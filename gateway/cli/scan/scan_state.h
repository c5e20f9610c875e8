/* scan_state.h - a scan: its plan, its results and its position. */
#pragma once

#include "gateway/cli/scan/scan_plan.h"
#include "gateway/cli/shared/target.h"
#include "sensors/device/model_match.h"
#include "sensors/wire/probe.h"

enum {
    SCAN_HITS_MAX = 512,
    SCAN_SAMPLE = 16,     /* bytes of noise to show */
    SCAN_LATE_FACTOR = 5, /* times the timeout, for slow units */
};

struct scan_hit {
    struct scan_line line;
    uint8_t unit;
    uint8_t exception; /* its first answer; 0: registers */
    bool is_late;      /* it answered only with more time */
    us_t rtt_us;
    int32_t fit_count; /* models in `fit`, best first */
    int32_t ruled_out; /* number of the other models */
    struct model_match *fit;
};

/* Bytes that were no answer: a device with another baud or parity, or a bad cable. */
struct scan_noise {
    int32_t count;      /* questions with such bytes */
    int32_t damaged;    /* of them answers with a wrong checksum */
    uint8_t first_unit; /* the unit that was asked when the first came */
    size_t length;
    uint8_t sample[SCAN_SAMPLE];
};

struct scan {
    const struct target *target;
    struct scan_plan plan;
    int stop_fd;
    bool wants_first; /* stop at the first answer */
    void *context;
    void (*on_progress)(void *context, const struct scan *scan); /* before each question */
    void (*on_hit)(void *context, const struct scan *scan, const struct scan_hit *hit);

    /* The results and the position: */
    struct arena *arena;
    int64_t asked;  /* questions */
    int64_t absent; /* of them refused by a gateway, because the unit is absent */
    int32_t hit_count;
    struct scan_hit hit[SCAN_HITS_MAX];
    struct scan_noise noise[SCAN_LINES_MAX];
    bool is_stopped, is_echoed;
    struct scan_step step;
    uint8_t identifying; /* the unit whose model is searched; 0: none */
    us_t began_at, ended_at;
    struct probe *probe;
    int32_t open_line; /* of the plan, -1: none */
};
