#include "sensors/quality/flatline.h"

#include <math.h>

#include "gateway/base/check.h"

struct memory {
    double anchor; /* where it stands */
    ms_t anchor_at;
    double low, high; /* of the good values since `moving_from` */
    ms_t moving_from;
    ms_t seen_at; /* 0: never */
};

struct flatline {
    int32_t point_count;
    struct flatline_point *point;
    struct memory *memory;
    ms_t *moved_from; /* by group: when the youngest whole move of one of its points began */
};

struct flatline *flatline_new(struct arena *arena, const struct flatline_point *point,
                              int32_t point_count, int32_t group_count)
{
    struct flatline *flatline = arena_take(arena, 1, sizeof *flatline);
    flatline->point_count = point_count;
    flatline->point = arena_take(arena, (size_t) point_count, sizeof *point);
    flatline->memory = arena_take(arena, (size_t) point_count, sizeof flatline->memory[0]);
    flatline->moved_from = arena_take(arena, (size_t) group_count, sizeof flatline->moved_from[0]);
    for (int32_t i = 0; i < point_count; i++) {
        CHECK(point[i].group < group_count);
        CHECK(point[i].group < 0 || point[i].move > 2 * point[i].tolerance);
        flatline->point[i] = point[i];
    }
    return flatline;
}

static void begin_move(struct memory *memory, double value, ms_t at)
{
    memory->low = memory->high = value;
    memory->moving_from = at;
}

static void begin_flat(struct memory *memory, double value, ms_t at)
{
    memory->anchor = value;
    memory->anchor_at = at;
}

/* Keeps a good value; the group learns of a whole move. */
static void take_move(const struct flatline_point *point, struct memory *memory, ms_t *moved_from,
                      const struct reading *reading)
{
    memory->low = fmin(memory->low, reading->value);
    memory->high = fmax(memory->high, reading->value);
    if (memory->high - memory->low < point->move) {
        return;
    }
    *moved_from = max_ms(*moved_from, memory->moving_from);
    begin_move(memory, reading->value, reading->at);
}

static void take_value(const struct flatline_point *point, struct memory *memory, ms_t *moved_from,
                       const struct reading *reading)
{
    if (memory->seen_at == 0 || reading->at - memory->seen_at > FLATLINE_GAP_MS) {
        begin_move(memory, reading->value, reading->at);
        begin_flat(memory, reading->value, reading->at);
    }
    memory->seen_at = reading->at;
    if (fabs(reading->value - memory->anchor) > point->tolerance) {
        begin_flat(memory, reading->value, reading->at);
    }
    if (reading->quality == QUALITY_GOOD) {
        take_move(point, memory, moved_from, reading);
    }
}

/* Rails come out of the same arithmetic as values; only a rounding error may lie between. */
static bool is_at_rail(const struct flatline_point *point, double value)
{
    return point->has_rails &&
           (fabs(value - point->rail[0]) < 1e-9 || fabs(value - point->rail[1]) < 1e-9);
}

static void write_verdict(const struct flatline_point *point, const struct memory *memory,
                          ms_t moved_from, struct reading *reading)
{
    ms_t span = reading->at - memory->anchor_at;
    bool has_witness = point->suspect_ms > 0 && moved_from >= memory->anchor_at;
    bool is_stuck = is_at_rail(point, memory->anchor) && span >= FLATLINE_RAIL_MS;
    if (has_witness && span >= FLATLINE_FAULT * point->suspect_ms) {
        reading->quality = QUALITY_BAD;
        reading->reason = REASON_FLAT;
        reading->value = 0;
    } else if (((has_witness && span >= point->suspect_ms) || is_stuck) &&
               reading->quality == QUALITY_GOOD) {
        reading->quality = QUALITY_UNCERTAIN;
        reading->reason = REASON_FLAT;
    }
}

void flatline_judge(struct flatline *flatline, struct reading *reading, int32_t count)
{
    for (int32_t i = 0; i < count; i++) {
        CHECK(reading[i].point >= 0 && reading[i].point < flatline->point_count);
        const struct flatline_point *point = &flatline->point[reading[i].point];
        struct memory *memory = &flatline->memory[reading[i].point];
        if (point->group < 0 || !reading_has_value(&reading[i]) ||
            reading[i].at < memory->seen_at) {
            continue;
        }
        ms_t *moved_from = &flatline->moved_from[point->group];
        take_value(point, memory, moved_from, &reading[i]);
        write_verdict(point, memory, *moved_from, &reading[i]);
    }
}
