#include "tests/scenarios/player/stage.h"

#include <stdlib.h>

/* A transition that a story must expect. Messages are expected as messages, and the other entries
 * of a timeline follow from them. */
static bool is_transition_entry(enum entry_kind kind)
{
    return kind != ENTRY_MESSAGE && kind != ENTRY_SENT && kind != ENTRY_DELIVERED &&
           kind != ENTRY_REPLY && kind != ENTRY_COMMENT;
}

static struct happening *add_happening(struct stage *stage)
{
    CHECK(stage->happening_count < HAPPENINGS_MAX);
    struct happening *happening = &stage->happening[stage->happening_count++];
    *happening = (struct happening){.at = stage->now};
    return happening;
}

static void notice_effect(struct stage *stage, const struct effect *effect)
{
    if (effect->kind == EFFECT_MESSAGE) {
        struct happening *happening = add_happening(stage);
        happening->is_message = true;
        happening->message = effect->message;
    } else if (effect->kind == EFFECT_ANSWER) {
        struct happening *happening = add_happening(stage);
        happening->is_answer = true;
        happening->answer = effect->answer;
    } else if (effect->kind == EFFECT_OUTPUT) {
        struct stage_output *output = &stage->output[effect->output.output];
        output->is_wanted = effect->output.is_on;
        output->must_report = !output->is_by_hand;
    } else if (effect->kind == EFFECT_ENTRY && is_transition_entry(effect->entry.kind)) {
        add_happening(stage)->entry = effect->entry;
    }
}

static void take_stage_effects(struct stage *stage)
{
    notebook_write(&stage->book, stage->effects);
    for (int32_t i = 0; i < stage->effects->count; i++) {
        notice_effect(stage, &stage->effects->item[i]);
    }
}

static void apply_event(struct stage *stage, const struct event *event)
{
    engine_step(stage->engine, event, stage->effects);
    take_stage_effects(stage);
}

void stage_report(struct stage *stage, int32_t output, enum output_state state, bool has_failed,
                  const char *text)
{
    stage->output[output].must_report = false;
    const struct event event = {.kind = EVENT_OUTPUT_STATE,
                                .at = stage->now,
                                .output_state = {.output = output,
                                                 .state = state,
                                                 .is_wanted = stage->output[output].is_wanted,
                                                 .has_failed = has_failed,
                                                 .text = text}};
    apply_event(stage, &event);
}

void stage_obey(struct stage *stage)
{
    for (int32_t i = 0; i < stage->town->policy.output_count; i++) {
        if (stage->output[i].must_report) {
            stage_report(stage, i, stage->output[i].is_wanted ? OUTPUT_ON : OUTPUT_OFF, false, "");
        }
    }
}

void stage_send(struct stage *stage)
{
    for (int32_t i = 0; i < stage->book.message_count; i++) {
        if (!stage->book.message[i].is_settled) {
            const struct event event = {.kind = EVENT_OUTCOME,
                                        .at = stage->now,
                                        .outcome = {.message = stage->book.message[i].message.id,
                                                    .outcome = OUTCOME_SENT,
                                                    .why = ""}};
            apply_event(stage, &event);
        }
    }
}

void stage_step(struct stage *stage, const struct event *event)
{
    apply_event(stage, event);
    stage_obey(stage);
    if (!stage->must_wait) {
        stage_send(stage);
    }
}

void stage_start(struct stage *stage)
{
    stage->arena = arena_new();
    stage->engine = notebook_restore(&stage->book, stage->arena, &stage->town->policy);
    arena_freeze(stage->arena);
    engine_start(stage->engine, stage->now, stage->effects);
    take_stage_effects(stage);
    stage_obey(stage);
    if (!stage->must_wait) {
        stage_send(stage);
    }
}

void stage_restart(struct stage *stage, ms_t down_ms)
{
    arena_free(stage->arena);
    stage->now += down_ms;
    stage_start(stage);
}

void stage_read(struct stage *stage, int32_t point, bool has_value, double value)
{
    const struct reading reading = {.point = point,
                                    .quality = has_value ? QUALITY_GOOD : QUALITY_NO_ANSWER,
                                    .reason = has_value ? REASON_NONE : REASON_TIMEOUT,
                                    .at = stage->now,
                                    .value = has_value ? value : 0};
    const struct event event = {
        .kind = EVENT_READINGS, .at = stage->now, .readings = {.reading = &reading, .count = 1}};
    stage_step(stage, &event);
    notebook_put_readings(&stage->book, &reading, 1);
}

static struct stream *find_next_stream(struct stage *stage)
{
    struct stream *first = NULL;
    for (int i = 0; i < STREAMS_MAX; i++) {
        struct stream *stream = &stage->stream[i];
        if (stream->point >= 0 && (first == NULL || stream->next < first->next)) {
            first = stream;
        }
    }
    return first;
}

void stage_pour(struct stage *stage, struct stream *stream)
{
    ms_t span_ms = stream->until - stream->start;
    double share = span_ms == 0 ? 1 : (double) (stream->next - stream->start) / (double) span_ms;
    stage_read(stage, stream->point, stream->has_value,
               stream->from + (stream->to - stream->from) * share);
    stream->next += stream->every_ms;
    if (stream->next > stream->until) {
        stream->point = -1;
    }
}

void stage_advance(struct stage *stage, ms_t until)
{
    for (;;) {
        struct stream *stream = find_next_stream(stage);
        ms_t poured_at = stream == NULL ? INT64_MAX : stream->next;
        ms_t tick_at = max_ms(stage->now, engine_deadline(stage->engine));
        ms_t next = min_ms(poured_at, tick_at);
        if (next > until) {
            break;
        }
        stage->now = next;
        if (poured_at <= tick_at) {
            stage_pour(stage, stream);
        } else {
            const struct event event = {.kind = EVENT_TICK, .at = next};
            stage_step(stage, &event);
        }
    }
    stage->now = until;
}

void stage_open(struct stage *stage)
{
    stage->town = town_new();
    stage->effects = malloc(sizeof *stage->effects);
    stage->happening = calloc(HAPPENINGS_MAX, sizeof *stage->happening);
    CHECK(stage->effects != NULL && stage->happening != NULL);
    for (int i = 0; i < STREAMS_MAX; i++) {
        stage->stream[i].point = -1;
    }
}

void stage_close(struct stage *stage)
{
    notebook_close(&stage->book);
    free(stage->effects);
    free(stage->happening);
    arena_free(stage->arena);
    town_free(stage->town);
}
