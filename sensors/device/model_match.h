/* model_match.h - how well a device model explains a device's answers. Pure.
 *
 * Reading alone cannot prove a register map: two models may give sensible numbers from the same
 * registers (temperature and humidity swapped, a similar model with two decimals). So this gives
 * points, and keeps the values for a person to compare with the room. 100 points are:
 *   each value        1    inside the physical range and usual for its quantity (base/quantity.h)
 *                     0.9  the same of a quantity without usual values: a distance
 *                     0.6  possible but unusual: 55 degC, 5 %RH
 *                     0.5  a bit: any reply gives one
 *                     0.4  outside the maker's rated range
 *                     0.3  raw 0: what an address without a meaning often holds
 *                     0.25 the model's sentinel for "no value"
 *                     0.2  a sibling of the same reply is impossible (joint); device busy
 *                     0    impossible
 *   averaged over the model's values. A tenth less for another baud rate than from the factory, a
 *   twentieth for another parity, a tenth for a map from memory.
 * A block that the device refuses or does not answer rules the model out: 0 points. */
#pragma once

#include "gateway/base/text.h"
#include "sensors/device/decode.h"

/* The device's answer to one read block of a model. */
enum model_match_said { MODEL_MATCH_WORDS, MODEL_MATCH_REFUSED, MODEL_MATCH_SILENT };

struct model_match_answer {
    enum model_match_said said;
    uint8_t exception;     /* of REFUSED */
    const uint16_t *words; /* of WORDS: as many as the block asks for */
};

/* How the device was reached. */
struct model_match_line {
    int32_t baud; /* 0: not a serial line; baud and parity do not count */
    char parity;
};

struct model_match {
    const struct profile *profile;
    struct model_match_line line;
    double score;      /* 0...100 */
    int32_t failed;    /* the block that rules it out, -1: none */
    uint8_t exception; /* of the refusal; 0: the device stayed silent */
    int32_t usual;     /* values above 0.85 points */
    bool is_usual[PROFILE_POINTS_MAX];
    struct decode_value value[PROFILE_POINTS_MAX];
};

/* `answer` has one for each read block of the profile. */
void model_match_judge(const struct profile *profile, const struct model_match_answer *answer,
                       const struct model_match_line *line, struct model_match *ret_fit);

/* Best first; for qsort. Of equals the one with more values, then the better proved map, then by
 * id. */
int model_match_compare(const void *one, const void *other);

/* Do both read the same values from the same registers? Then either may be chosen. */
bool model_match_is_same(const struct model_match *one, const struct model_match *other);

/* The reason of the points, in Chinese: 2 个数据块全部有应答；2 个量在常见范围 ... */
void model_match_explain(const struct model_match *fit, struct text *text);
