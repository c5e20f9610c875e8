#include "sensors/device/model_match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/check.h"
#include "gateway/base/quantity.h"
#include "sensors/modbus/frame.h"

enum {
    EXCEPTION_FUNCTION = 1, /* these three mean: the map is another one */
    EXCEPTION_VALUE = 3,
};

/* A possible value: the narrower its usual range, the more it proves to be inside. */
static double weigh_possible(const struct profile_point *point, double value)
{
    const struct quantity *known = quantity_find(point->quantity);
    if (known == NULL || known->usual.min >= known->usual.max) {
        return 0.9;
    }
    return value >= known->usual.min && value <= known->usual.max ? 1.0 : 0.6;
}

static bool is_bit(const struct profile_point *point)
{
    return point->type == TYPE_BOOL || point->type == TYPE_BIT;
}

/* 0...1, see the header. */
static double weigh_value(const struct profile_point *point, const struct decode_value *value)
{
    switch (value->quality) {
    case QUALITY_GOOD:
        if (is_bit(point)) {
            return 0.5;
        }
        if (value->raw == 0) {
            return 0.3;
        }
        return weigh_possible(point, value->value);
    case QUALITY_UNCERTAIN:
        return value->reason == REASON_RATED ? 0.4 : 0.2;
    case QUALITY_BAD:
        return value->reason == REASON_SENTINEL ? 0.25 : 0.0;
    case QUALITY_NO_ANSWER:
        break;
    }
    return 0.2;
}

/* The factor for a line that is not as the device left the factory. */
static double get_line_factor(const struct profile *profile, const struct model_match_line *line)
{
    if (line->baud == 0) {
        return 1.0;
    }
    double factor = line->baud == profile->baud ? 1.0 : 0.9;
    return line->parity == profile->parity ? factor : factor * 0.95;
}

/* Busy or broken says nothing about the map. */
static bool rules_out(const struct model_match_answer *answer)
{
    return answer->said == MODEL_MATCH_SILENT ||
           (answer->said == MODEL_MATCH_REFUSED && answer->exception >= EXCEPTION_FUNCTION &&
            answer->exception <= EXCEPTION_VALUE);
}

static void decode_all(const struct model_match_answer *answer, struct model_match *fit)
{
    const struct profile *profile = fit->profile;
    for (int32_t i = 0; i < profile->read_count; i++) {
        if (rules_out(&answer[i])) {
            fit->failed = i;
            fit->exception = answer[i].exception;
            return;
        }
        if (answer[i].said == MODEL_MATCH_WORDS) {
            const struct decode_block block = {
                .read = i, .count = profile->read[i].count, .word = answer[i].words};
            decode_block(profile, &block, fit->value);
        } else {
            decode_nothing(profile, i, QUALITY_NO_ANSWER, REASON_EXCEPTION, fit->value);
        }
    }
}

void model_match_judge(const struct profile *profile, const struct model_match_answer *answer,
                       const struct model_match_line *line, struct model_match *ret_fit)
{
    *ret_fit = (struct model_match){.profile = profile, .line = *line, .failed = -1};
    decode_all(answer, ret_fit);
    if (ret_fit->failed >= 0 || profile->point_count == 0) {
        return;
    }
    double sum = 0;
    for (int32_t i = 0; i < profile->point_count; i++) {
        double weight = weigh_value(&profile->point[i], &ret_fit->value[i]);
        ret_fit->is_usual[i] = weight > 0.85;
        ret_fit->usual += ret_fit->is_usual[i] ? 1 : 0;
        sum += weight;
    }
    double certainty = profile->status == PROFILE_RECALLED ? 0.9 : 1.0;
    ret_fit->score = 100 * sum / profile->point_count * get_line_factor(profile, line) * certainty;
}

int model_match_compare(const void *one, const void *other)
{
    const struct model_match *a = one;
    const struct model_match *b = other;
    if (fabs(a->score - b->score) > 1e-9) {
        return a->score > b->score ? -1 : 1;
    }
    if (a->profile->point_count != b->profile->point_count) {
        return a->profile->point_count > b->profile->point_count ? -1 : 1;
    }
    if (a->profile->status != b->profile->status) {
        return a->profile->status < b->profile->status ? -1 : 1;
    }
    return strcmp(a->profile->id, b->profile->id);
}

static bool is_same_point(const struct profile_point *one, const struct profile_point *other)
{
    bool is_same_scale =
        fabs(one->scale - other->scale) < 1e-12 && fabs(one->offset - other->offset) < 1e-12;
    return strcmp(one->key, other->key) == 0 && one->at == other->at && one->type == other->type &&
           one->order == other->order && one->bit == other->bit && is_same_scale;
}

bool model_match_is_same(const struct model_match *one, const struct model_match *other)
{
    const struct profile *a = one->profile;
    const struct profile *b = other->profile;
    if (a->read_count != b->read_count || a->point_count != b->point_count) {
        return false;
    }
    for (int32_t i = 0; i < a->point_count; i++) {
        const struct profile_read *first = &a->read[a->point[i].read];
        const struct profile_read *second = &b->read[b->point[i].read];
        if (first->function != second->function || first->address != second->address ||
            !is_same_point(&a->point[i], &b->point[i])) {
            return false;
        }
    }
    return true;
}

static const char *parity_text(char parity)
{
    if (parity == 'N') {
        return "无校验";
    }
    return parity == 'E' ? "偶校验" : "奇校验";
}

static void explain_failure(const struct model_match *fit, struct text *text)
{
    const struct profile_read *read = &fit->profile->read[fit->failed];
    text_add(text, "数据块 %s（功能码 %d 地址 %d）：%s", read->name, (int) read->function,
             (int) read->address,
             fit->exception == 0 ? "无应答" : frame_exception_text(fit->exception));
}

/* One value that costs points. */
static void explain_point(const struct model_match *fit, int32_t i, struct text *text)
{
    const struct profile_point *point = &fit->profile->point[i];
    const struct decode_value *value = &fit->value[i];
    if (value->quality != QUALITY_GOOD) {
        text_add(text, "；%s %s", point->key, reason_text(value->reason));
    } else if (value->raw == 0) {
        text_add(text, "；%s 为 0，说明不了什么", point->key);
    } else {
        text_add(text, "；%s 少见", point->key);
    }
}

static void explain_points(const struct model_match *fit, struct text *text)
{
    int32_t bits = 0;
    for (int32_t i = 0; i < fit->profile->point_count; i++) {
        if (is_bit(&fit->profile->point[i])) {
            bits++;
        } else if (!fit->is_usual[i]) {
            explain_point(fit, i, text);
        }
    }
    if (fit->usual > 0) {
        text_add(text, "；%d 个量在常见范围", (int) fit->usual);
    }
    if (bits > 0) {
        text_add(text, "；%d 个开关量，什么应答都读得出来", (int) bits);
    }
}

static void explain_line(const struct model_match *fit, struct text *text)
{
    const struct profile *profile = fit->profile;
    if (fit->line.baud == 0) {
        return;
    }
    if (fit->line.baud == profile->baud && fit->line.parity == profile->parity) {
        text_add(text, "；波特率和校验与出厂一致");
    } else {
        text_add(text, "；出厂是 %d %s", (int) profile->baud, parity_text(profile->parity));
    }
}

void model_match_explain(const struct model_match *fit, struct text *text)
{
    if (fit->failed >= 0) {
        explain_failure(fit, text);
        return;
    }
    text_add(text, "%d 个数据块全部有应答", (int) fit->profile->read_count);
    explain_points(fit, text);
    explain_line(fit, text);
    if (fit->profile->status == PROFILE_RECALLED) {
        text_add(text, "；这个型号的寄存器表未经证实");
    }
}
