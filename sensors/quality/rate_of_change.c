#include "sensors/quality/rate_of_change.h"

struct rate_last rate_of_change_figures(const struct link_device *device, int32_t point)
{
    const struct profile_point *figures = &device->profile->point[point];
    double scale = device->calibration != NULL ? fabs(device->calibration[point].scale) : 1.0;
    double step = decode_is_integer(figures->type) ? fabs(figures->scale) * scale : 0;
    return (struct rate_last){
        .per_us = (float) (figures->fault.roc_per_s * scale / (double) US_PER_SECOND),
        .slack = (float) step};
}

bool rate_of_change_is_away(const struct rate_point *point, double value)
{
    if (point->memory->given_count == 0 || point->danger == NULL) {
        return false;
    }
    double given = point->last->given;
    double above = point->danger->above;
    double below = point->danger->below;
    /* A leap from one danger to the other leaves the first: a fire does not end with frost. */
    bool is_up_away = value <= above || (isfinite(below) && given < below);
    bool is_down_away = value >= below || (isfinite(above) && given > above);
    return (value > given && is_up_away) || (value < given && is_down_away);
}

/* Keeps one more sample that waits. Is it enough now? */
static bool is_wait_over(const struct rate_point *point, double value, us_t at)
{
    struct rate_memory *memory = point->memory;
    bool follows =
        memory->waiting_count > 0 &&
        rate_of_change_is_near(point->last, value, memory->waiting, at - memory->waiting_at);
    memory->waiting_count = (uint8_t) (follows ? memory->waiting_count + 1 : 1);
    memory->waiting = value;
    memory->waiting_at = at;
    return memory->waiting_count >= RATE_CONFIRMED;
}

/* As given_count would stand with this sample; 0: it has to wait. */
static int count_with_sample(const struct rate_point *point, double value, us_t at)
{
    if (point->memory->given_count == 0 || point->last->per_us <= 0) {
        return RATE_CONFIRMED;
    }
    us_t span = at - point->memory->given_at;
    if (rate_of_change_is_near(point->last, value, point->last->given, span)) {
        return point->memory->given_count + 1;
    }
    /* Also on the way back from an unconfirmed jump towards danger: the jump may have been the
     * fire. */
    if (!rate_of_change_is_away(point, value)) {
        return 1;
    }
    return is_wait_over(point, value, at) ? RATE_CONFIRMED : 0;
}

void rate_of_change_judge(const struct rate_point *point, us_t at, struct decode_value *value)
{
    int count = count_with_sample(point, value->value, at);
    if (count == 0) {
        decode_reject(value, REASON_RATE);
        return;
    }
    point->last->given = value->value;
    point->memory->given_at = at;
    point->memory->given_count = (uint8_t) (count < RATE_CONFIRMED ? count : RATE_CONFIRMED);
    point->memory->waiting_count = 0;
    if (count < RATE_CONFIRMED) {
        decode_doubt(value, REASON_RATE);
    }
}
