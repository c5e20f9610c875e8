/* stage.h - what a story is played on: the engine, its notebook, the clock, the streams of readings
 * beside the lines, and the happenings that no line has expected yet. */
#pragma once

#include "gateway/core/engine.h"
#include "tests/scenarios/player/notebook.h"
#include "tests/scenarios/player/town.h"

enum { STREAMS_MAX = 64, HAPPENINGS_MAX = 4096 };

/* Readings of one point each `every_ms`, from one value to another. */
struct stream {
    int32_t point; /* -1: a free place */
    bool has_value;
    double from, to;
    ms_t start, next, until, every_ms;
};

struct happening {
    bool is_message, is_answer;
    ms_t at;
    struct effect_entry entry;
    struct effect_message message;
    struct effect_answer answer;
};

/* One output as the wire knows it. It obeys at once until a line reports for it. */
struct stage_output {
    bool is_wanted, must_report, is_by_hand;
};

struct stage {
    struct stage_output output[TOWN_OUTPUTS];
    struct town *town;
    struct engine *engine;
    struct arena *arena;
    struct effects *effects;
    struct notebook book;
    ms_t now, midnight;
    bool must_wait; /* messages leave only when a line says so */
    int64_t reply_count;
    struct stream stream[STREAMS_MAX];
    int32_t happening_count;
    struct happening *happening;
};

/* The wire reports the state of an output. */
void stage_report(struct stage *stage, int32_t output, enum output_state state, bool has_failed,
                  const char *text);

/* Outputs that obey are as they shall be, and report it. */
void stage_obey(struct stage *stage);

/* All messages that wait are sent. */
void stage_send(struct stage *stage);

/* One event; then messages are sent at once unless they must wait. */
void stage_step(struct stage *stage, const struct event *event);
void stage_start(struct stage *stage);

/* The process dies; another one reads the notebook after `down_ms`. */
void stage_restart(struct stage *stage, ms_t down_ms);

/* One reading of a point, now; without a value it is no answer. */
void stage_read(struct stage *stage, int32_t point, bool has_value, double value);

/* The next reading of the stream. */
void stage_pour(struct stage *stage, struct stream *stream);

/* Time goes on to `until`: the streams give readings, and the engine gets the ticks it asks for. */
void stage_advance(struct stage *stage, ms_t until);
void stage_open(struct stage *stage);
void stage_close(struct stage *stage);
