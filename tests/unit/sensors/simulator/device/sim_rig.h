/* sim_rig.h - two simulated devices and how to ask them. For the tests of sim_line.h and
 * sim_unit.h. */
#pragma once

#include <string.h>

#include "sensors/simulator/device/sim_line.h"
#include "tests/unit/expect.h"

static const struct sim_moment rise[] = {
    {0, 25.0}, {20 * US_PER_SECOND, 25.0}, {30 * US_PER_SECOND, 45.0}};
static const struct sim_moment cold[] = {{0, -12.5}};
static const struct sim_moment on[] = {{0, 1.0}};
static const struct sim_moment pi[] = {{0, 3.14159274101257324}};

static const struct sim_register registers[] = {
    {.function = 4,
     .address = 1,
     .type = TYPE_INT16,
     .scale = 0.1,
     .moment_count = 3,
     .moment = rise},
    {.function = 4,
     .address = 2,
     .type = TYPE_INT16,
     .scale = 0.1,
     .moment_count = 1,
     .moment = cold},
    {.function = 3,
     .address = 0,
     .type = TYPE_FLOAT32,
     .order = ORDER_CDAB,
     .scale = 1,
     .moment_count = 1,
     .moment = pi},
    {.function = 2, .address = 9, .type = TYPE_BOOL, .scale = 1, .moment_count = 1, .moment = on},
};

enum { WORDS = 32 };

struct bench {
    struct sim_unit unit[2];
    struct sim_word word[2][WORDS];
    struct sim_line line;
    struct sim_port port;
    struct sim_answer answer;
};

static inline void setup(struct bench *bench, enum framing framing)
{
    *bench = (struct bench){0};
    bench->unit[0] =
        (struct sim_unit){.unit = 1, .fill = -1, .register_count = 4, .registers = registers};
    bench->unit[1] = (struct sim_unit){.unit = 2, .fill = 7};
    for (int i = 0; i < 2; i++) {
        bench->unit[i].word = bench->word[i];
        bench->unit[i].word_max = WORDS;
    }
    bench->line =
        (struct sim_line){.framing = framing, .unit_count = 2, .unit = bench->unit, .random = 1};
}

/* Asks and returns how many pieces came; -1: the devices saw no request. */
static inline int32_t ask(struct bench *bench, const struct frame_request *request, us_t now)
{
    uint8_t bytes[MBAP_FRAME_MAX];
    size_t length = frame_encode(request, bench->line.framing, bytes);
    sim_line_feed(&bench->port, bytes, length);
    if (!sim_line_next(&bench->line, &bench->port, now, &bench->answer)) {
        return -1;
    }
    return bench->answer.piece_count;
}

/* A fault by hand. False: no such unit. */
static inline bool force(struct bench *bench, uint8_t unit, enum sim_fault fault)
{
    return sim_line_force(&bench->line, unit, &(struct sim_trouble){.fault = fault});
}

/* What the gateway's framer sees of the answer. */
static inline enum frame_verdict verdict(const struct bench *bench,
                                         const struct frame_request *request, uint8_t *frame)
{
    struct frame_stream stream;
    uint8_t room[FRAME_STREAM_MAX];
    size_t length = 0;
    frame_init(&stream, bench->line.framing, room, sizeof room);
    frame_feed(&stream, bench->answer.bytes, bench->answer.length);
    return frame_find(&stream, request, frame, &length);
}

static inline int word(const uint8_t *frame, size_t at)
{
    return frame[at] << 8 | frame[at + 1];
}
