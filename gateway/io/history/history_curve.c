/* A curve has three sources, and each sample comes from exactly one: the file, the open hour in
 * memory, the buffer. Memory is copied first, together with the last row's sequence at that time;
 * later rows are ignored, because their samples are in the copy. (A sample that is hours late and
 * committed at this moment may count twice in this one answer.) */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/thread.h"
#include "gateway/io/history/history_parts.h"

/* Beyond it a curve of single samples would take too long. */
#define FINE_SPAN_MAX (3 * MS_PER_HOUR)

struct curve {
    int32_t point, number;
    ms_t from, to, width; /* `from` on a full minute when is_coarse */
    bool is_coarse;       /* from minutes, not from single samples */
    struct history_bucket *buckets;
    int32_t count;
    /* Copied from memory. */
    int64_t sequence, hour;
    struct minute_aggregates open;
};

/* Until finish_curve(), `mean` holds the sum. */
static void take_minute(struct curve *curve, ms_t at, const struct minute_aggregate *minute)
{
    if (at < curve->from || at >= curve->to || (minute->good == 0 && minute->missing == 0)) {
        return;
    }
    struct history_bucket *bucket = &curve->buckets[(at - curve->from) / curve->width];
    if (minute->good > 0) {
        bucket->min = bucket->good == 0 ? minute->min : fmin(bucket->min, minute->min);
        bucket->max = bucket->good == 0 ? minute->max : fmax(bucket->max, minute->max);
        bucket->mean += minute->sum;
    }
    int64_t good = (int64_t) bucket->good + minute->good;
    int64_t missing = (int64_t) bucket->missing + minute->missing;
    bucket->good = good < INT32_MAX ? (int32_t) good : INT32_MAX;
    bucket->missing = missing < INT32_MAX ? (int32_t) missing : INT32_MAX;
}

static void take_hour(struct curve *curve, int64_t hour, const struct minute_aggregates *minutes)
{
    for (int i = 0; i < MINUTES; i++) {
        take_minute(curve, hour * MS_PER_HOUR + i * MS_PER_MINUTE, &minutes->minute[i]);
    }
}

static void take_reading(struct curve *curve, const struct reading *reading)
{
    struct minute_aggregate sample = {.missing = 1};
    if (reading_has_value(reading)) {
        sample = (struct minute_aggregate){reading->value, reading->value, reading->value, 1, 0};
    }
    take_minute(curve, reading->at, &sample);
}

static void copy_memory(struct history *history, struct curve *curve)
{
    thread_lock(&history->lock);
    curve->sequence = history->sequence;
    curve->hour = history->hour;
    if (curve->number >= 0) {
        (void) open_hour_read(&history->open, curve->number, &curve->open);
    }
    for (int64_t i = history->first; i < history->next; i++) {
        const struct reading *reading = &history->ring[i % history->capacity];
        if (reading->point == curve->point) {
            take_reading(curve, reading);
        }
    }
    thread_unlock(&history->lock);
}

static bool take_closed_hours(struct history *history, struct curve *curve, struct error *error)
{
    int64_t hour = 0;
    if (!db_read_int(history->reader, "SELECT coalesce(min(hour), 0) FROM minute", 0, &hour,
                     error)) {
        return false;
    }
    hour = hour > hour_of(curve->from) ? hour : hour_of(curve->from);
    struct db_statement *ask = history->ask_minutes;
    for (; hour < curve->hour && hour * MS_PER_HOUR < curve->to; hour++) {
        struct minute_aggregates minutes;
        db_bind_int(ask, 1, hour);
        db_bind_int(ask, 2, curve->number);
        enum db_step step = db_step(ask, error);
        if (step == DB_FAILED) {
            return false;
        }
        if (step == DB_ROW) {
            history_decode_minutes(ask, &minutes);
            take_hour(curve, hour, &minutes);
        }
        db_reset(ask);
    }
    return true;
}

static void take_row_samples(struct curve *curve, struct db_statement *row)
{
    struct reading_codec_decoder decoder = history_decode(row, 0);
    struct reading reading;
    while (reading_codec_next(&decoder, &reading)) {
        if (reading.point == curve->number) {
            take_reading(curve, &reading);
        }
    }
}

static bool take_samples(struct history *history, struct curve *curve, struct error *error)
{
    struct db_statement *ask = history->ask_journal;
    db_bind_int(ask, 1, curve->from);
    db_bind_int(ask, 2, curve->to + READING_CODEC_SPAN_MAX);
    db_bind_int(ask, 3, curve->sequence);
    enum db_step step = DB_ROW;
    while ((step = db_step(ask, error)) == DB_ROW) {
        take_row_samples(curve, ask);
    }
    return step == DB_DONE;
}

/* With the read lock. */
static bool prepare_questions(struct history *history, struct error *error)
{
    return history->ask_minutes != NULL ||
           (db_prepare(history->reader,
                       "SELECT blob FROM journal WHERE at >= ? AND at < ? AND sequence <= ?",
                       &history->ask_journal, error) &&
            db_prepare(history->reader, "SELECT blob FROM minute WHERE hour = ? AND point = ?",
                       &history->ask_minutes, error));
}

static bool take_file(struct history *history, struct curve *curve, struct error *error)
{
    thread_lock(&history->read_lock);
    bool is_ok = prepare_questions(history, error) &&
                 (curve->is_coarse ? take_closed_hours(history, curve, error)
                                   : take_samples(history, curve, error));
    thread_unlock(&history->read_lock);
    return is_ok;
}

/* Turns sums into means and leaves out empty buckets. */
static int32_t finish_curve(struct curve *curve)
{
    int32_t kept = 0;
    for (int32_t i = 0; i < curve->count; i++) {
        struct history_bucket bucket = curve->buckets[i];
        if (bucket.good == 0 && bucket.missing == 0) {
            continue;
        }
        bucket.at = curve->from + i * curve->width;
        if (bucket.good > 0) { /* a sum is rounded, and the mean must lie between the extremes */
            bucket.mean = fmax(bucket.min, fmin(bucket.max, bucket.mean / bucket.good));
        }
        curve->buckets[kept++] = bucket;
    }
    return kept;
}

static ms_t round_up(ms_t span, ms_t unit)
{
    return (span + unit - 1) / unit * unit;
}

static struct curve plan_curve(struct history *history, int32_t point, ms_t from, ms_t to,
                               int32_t max)
{
    struct curve curve = {
        .point = point, .number = history->number_of[point], .from = from, .to = to};
    curve.width = round_up(to - from, max) / max;
    curve.is_coarse = curve.width >= MS_PER_MINUTE || to - from > FINE_SPAN_MAX;
    if (curve.is_coarse) { /* whole minutes: a minute cannot be split between buckets */
        curve.from = from - from % MS_PER_MINUTE;
        curve.to = round_up(to, MS_PER_MINUTE);
        curve.width = round_up(round_up(curve.to - curve.from, max) / max, MS_PER_MINUTE);
    }
    curve.count = (int32_t) (round_up(curve.to - curve.from, curve.width) / curve.width);
    return curve;
}

int32_t history_curve(/* NOLINT(readability-function-size): seven parameters */
                      struct history *history, int32_t point, ms_t from, ms_t to, int32_t max,
                      struct history_bucket *buckets, struct error *error)
{
    CHECK(point >= 0 && point < history->point_count && max > 0 && max <= HISTORY_CURVE_MAX);
    from = max_ms(from, 0);
    to = min_ms(to, HISTORY_TIME_MAX);
    if (from >= to || history->number_of[point] < 0) {
        return 0;
    }
    struct curve curve = plan_curve(history, point, from, to, max);
    CHECK(curve.count <= max);
    curve.buckets = buckets;
    memset(buckets, 0, (size_t) max * sizeof *buckets);
    copy_memory(history, &curve);
    if (!take_file(history, &curve, error)) {
        return -1;
    }
    if (curve.is_coarse) {
        take_hour(&curve, curve.hour, &curve.open);
    }
    return finish_curve(&curve);
}
