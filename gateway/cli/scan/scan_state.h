/* scan_state.h - a scan: what it was asked for, what it has found and where it stands. */
#pragma once

#include "gateway/cli/scan/scan_plan.h"
#include "gateway/cli/shared/target.h"
#include "sensors/device/model_match.h"
#include "sensors/wire/probe.h"

enum {
    SCAN_HITS_MAX = 512,
    SCAN_SAMPLE = 16,     /* bytes of noise that are shown */
    SCAN_LATE_FACTOR = 5, /* of the timeout, for whom it was too short */
};

struct scan_hit {
    struct scan_line line;
    uint8_t unit;
    uint8_t exception; /* what it answered first; 0: words */
    bool is_late;      /* it answered only when it was given more time */
    us_t rtt_us;
    int32_t fit_count; /* models that are not ruled out, best first */
    int32_t ruled_out; /* and how many are */
    struct model_match *fit;
};

/* Bytes that were no answer: somebody is there, at another baud or parity, or the cable is bad. */
struct scan_noise {
    int32_t count;      /* questions that brought some */
    int32_t damaged;    /* of them answers with a wrong check sum */
    uint8_t first_unit; /* that was asked when the first one came */
    size_t length;
    uint8_t sample[SCAN_SAMPLE];
};

struct scan {
    const struct target *target;
    struct scan_plan plan;
    int stop_fd;
    bool wants_first; /* the first one is enough */
    void *context;
    void (*on_progress)(void *context, const struct scan *scan); /* before each question */
    void (*on_hit)(void *context, const struct scan *scan, const struct scan_hit *hit);

    /* The result, and where it stands. */
    struct arena *arena;
    int64_t asked,
        absent; /* questions; of them refused by a gateway for somebody who is not there */
    int32_t hit_count;
    struct scan_hit hit[SCAN_HITS_MAX];
    struct scan_noise noise[SCAN_LINES_MAX];
    bool is_stopped, is_echoed;
    struct scan_step step;
    uint8_t identifying; /* the unit whose model is being looked for, 0: none */
    us_t began_at, ended_at;
    struct probe *probe;
    int32_t open_line; /* of the plan, -1: none */
};
