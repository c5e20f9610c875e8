#include "gateway/cli/scan/scan_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/base/parse.h"
#include "gateway/base/text.h"
#include "gateway/cli/shared/target.h"
#include "sensors/link/link_timing.h"
#include "sensors/modbus/baud.h"

enum { WORD_MAX = 16 };

/* The lists of the command line. */

/* The next word of a list "a,b,c"; false at its end. A word that is too long is cut and then
 * refused as unknown. */
static bool next_list_word(const char **list, char to[static WORD_MAX])
{
    if (*list == NULL) {
        return false;
    }
    size_t length = strcspn(*list, ",");
    size_t kept = length < WORD_MAX - 1 ? length : WORD_MAX - 1;
    memcpy(to, *list, kept);
    to[kept] = '\0';
    *list = (*list)[length] == ',' ? *list + length + 1 : NULL;
    return true;
}

static void add_plan_line(struct scan_plan *plan, int32_t baud, char parity)
{
    for (int32_t i = 0; i < plan->line_count; i++) {
        if (plan->line[i].baud == baud && plan->line[i].parity == parity) {
            return;
        }
    }
    plan->line[plan->line_count++] = (struct scan_line){baud, parity};
}

static bool add_bauds(const char *bauds, char parity, struct scan_plan *plan, struct error *error)
{
    char word[WORD_MAX];
    while (next_list_word(&bauds, word)) {
        int64_t baud = 0;
        if (!parse_int(word, 1, INT32_MAX, &baud) || !baud_is_known((double) baud)) {
            return error_set(error, "--bauds: '%s' is none of " BAUD_NAMES, word);
        }
        add_plan_line(plan, (int32_t) baud, parity);
    }
    return true;
}

bool scan_parse_lines(const char *bauds, const char *parities, struct scan_plan *plan,
                      struct error *error)
{
    char word[WORD_MAX];
    while (next_list_word(&parities, word)) {
        char parity = target_parity(word);
        if (parity == 0) {
            return error_set(error, "--parities: '%s' is none of none even odd", word);
        }
        if (!add_bauds(bauds, parity, plan, error)) {
            return false;
        }
    }
    return true;
}

static bool has_unit(const struct scan_plan *plan, int64_t unit)
{
    for (int32_t i = 0; i < plan->unit_count; i++) {
        if (plan->unit[i] == unit) {
            return true;
        }
    }
    return false;
}

/* "7" or "1-32". */
static bool parse_span(const char word[static WORD_MAX], int64_t *ret_from, int64_t *ret_until)
{
    char first[WORD_MAX];
    const char *dash = strchr(word, '-');
    size_t length = dash != NULL ? (size_t) (dash - word) : strlen(word);
    memcpy(first, word, length);
    first[length] = '\0';
    const char *last = dash != NULL ? dash + 1 : word;
    return parse_int(first, 0, INT32_MAX, ret_from) &&
           parse_int(last, *ret_from, INT32_MAX, ret_until);
}

static bool add_unit(struct scan_plan *plan, int64_t unit, struct error *error)
{
    if (unit < 1 || unit > 255) {
        return error_set(error, "--units: there are units 1 to 247, not %" PRId64, unit);
    }
    if (unit > 247 && (unit < 255 || plan->kind != LINK_TCP)) {
        return error_set(error, "--units: there are units 1 to 247%s, not %d",
                         plan->kind == LINK_TCP ? " and 255" : "", (int) unit);
    }
    if (!has_unit(plan, unit)) {
        plan->unit[plan->unit_count++] = (uint8_t) unit;
    }
    return true;
}

bool scan_parse_units(const char *units, struct scan_plan *plan, struct error *error)
{
    char word[WORD_MAX];
    bool is_good = true;
    while (is_good && next_list_word(&units, word)) {
        int64_t from = 0;
        int64_t until = 0;
        if (!parse_span(word, &from, &until)) {
            return error_set(error, "--units: '%s' is no unit and no span such as 1-32", word);
        }
        for (int64_t unit = from; is_good && unit <= until; unit++) {
            is_good = add_unit(plan, unit, error);
        }
    }
    return is_good;
}

/* Statistics of the models. */

struct stats {
    int64_t key;
    int32_t count;
    int32_t order; /* of the first one; keeps the sort stable */
};

static int compare_tallies(const void *one, const void *other)
{
    const struct stats *a = one;
    const struct stats *b = other;
    if (a->count != b->count) {
        return a->count > b->count ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

static void count_key(struct stats *stats, int32_t *count, int32_t max, int64_t key)
{
    for (int32_t i = 0; i < *count; i++) {
        if (stats[i].key == key) {
            stats[i].count++;
            return;
        }
    }
    if (*count < max) {
        stats[*count] = (struct stats){key, 1, *count};
        (*count)++;
    }
}

void scan_list_bauds(const struct profile *const *profile, int32_t count,
                     char to[static SCAN_BAUDS_TEXT])
{
    struct stats stats[BAUD_COUNT] = {{0}};
    int32_t tallies = 0;
    for (int32_t i = 0; i < count; i++) {
        if (baud_is_known(profile[i]->baud)) {
            count_key(stats, &tallies, BAUD_COUNT, profile[i]->baud);
        }
    }
    qsort(stats, (size_t) tallies, sizeof stats[0], compare_tallies);
    struct text text = text_over(to, SCAN_BAUDS_TEXT);
    for (int32_t i = 0; i < tallies; i++) {
        text_add(&text, "%s%d", i == 0 ? "" : ",", (int) stats[i].key);
    }
    if (tallies == 0) {
        text_add(&text, "9600");
    }
}

static int64_t key_of(const struct profile_read *read)
{
    return (int64_t) read->function << 32 | (int64_t) read->address << 16 | read->count;
}

static struct scan_question question_of(int64_t key)
{
    return (struct scan_question){
        .function = (uint8_t) (key >> 32),
        .address = (uint16_t) (key >> 16 & 0xFFFF),
        .count = (uint16_t) (key & 0xFFFF),
    };
}

static bool has_function(const struct scan_plan *plan, uint8_t function)
{
    for (int32_t i = 0; i < plan->question_count; i++) {
        if (plan->question[i].function == function) {
            return true;
        }
    }
    return false;
}

void scan_choose_questions(struct scan_plan *plan, const struct profile *const *profile,
                           int32_t count, bool is_thorough)
{
    struct stats stats[SCAN_QUESTIONS_MAX] = {{0}};
    int32_t tallies = 0;
    for (int32_t i = 0; i < count; i++) {
        for (int32_t k = 0; k < (is_thorough ? profile[i]->read_count : 1); k++) {
            count_key(stats, &tallies, SCAN_QUESTIONS_MAX, key_of(&profile[i]->read[k]));
        }
    }
    qsort(stats, (size_t) tallies, sizeof stats[0], compare_tallies);
    plan->question_count = 0;
    for (int32_t i = 0; i < tallies; i++) {
        struct scan_question question = question_of(stats[i].key);
        bool is_register = question.function == 3 || question.function == 4;
        if (is_thorough || (is_register && !has_function(plan, question.function))) {
            plan->question[plan->question_count++] = question;
        }
    }
    if (plan->question_count == 0) {
        plan->question[plan->question_count++] = (struct scan_question){3, 0, 1};
    }
}

/* The order. */

/* Moves to the next line of the sweep, first to lines where a unit has answered. False: all are
 * done. */
static bool begin_sweep_line(struct scan_plan *plan)
{
    int32_t chosen = -1;
    for (int32_t i = 0; i < plan->line_count; i++) {
        bool is_better = chosen < 0 || (plan->has_answered[i] && !plan->has_answered[chosen]);
        if (!plan->is_line_done[i] && is_better) {
            chosen = i;
        }
    }
    plan->at = (struct scan_step){.line = chosen, .unit = 1};
    return chosen >= 0;
}

/* Moves to the next line with the same question, then to the next question. False: the round is
 * over. */
static bool advance_first(struct scan_plan *plan)
{
    plan->at.line++;
    if (plan->at.line < plan->line_count) {
        return true;
    }
    plan->at.line = 0;
    plan->at.question++;
    return plan->at.question < plan->question_count;
}

/* Moves to the next unit, then to the next question, then to the next line. */
static bool advance_sweep(struct scan_plan *plan)
{
    plan->at.unit++;
    if (plan->at.unit < plan->unit_count) {
        return true;
    }
    plan->at.unit = 1;
    plan->at.question++;
    if (plan->at.question < plan->question_count) {
        return true;
    }
    plan->is_line_done[plan->at.line] = true;
    return begin_sweep_line(plan);
}

static bool advance_plan(struct scan_plan *plan)
{
    if (plan->round == SCAN_NOT_BEGUN) {
        plan->round = SCAN_FIRST;
        plan->at = (struct scan_step){.line = 0};
        return plan->line_count > 0 && plan->unit_count > 0;
    }
    if (plan->round == SCAN_FIRST && advance_first(plan)) {
        return true;
    }
    if (plan->round == SCAN_FIRST) {
        plan->round = plan->unit_count > 1 ? SCAN_SWEEP : SCAN_OVER;
        return plan->round == SCAN_SWEEP && begin_sweep_line(plan);
    }
    return plan->round == SCAN_SWEEP && advance_sweep(plan);
}

bool scan_plan_next(struct scan_plan *plan, struct scan_step *ret_step)
{
    do {
        if (!advance_plan(plan)) {
            plan->round = SCAN_OVER;
            return false;
        }
    } while (plan->is_answered[plan->at.line][plan->at.unit]);
    *ret_step = plan->at;
    return true;
}

void scan_plan_answered(struct scan_plan *plan, const struct scan_step *step)
{
    plan->has_answered[step->line] = true;
    plan->is_answered[step->line][step->unit] = true;
}

void scan_plan_absent(struct scan_plan *plan, const struct scan_step *step)
{
    plan->is_answered[step->line][step->unit] = true;
}

/* The duration. */

/* The time of one question to a silent unit. */
static us_t question_us(const struct scan_plan *plan, const struct scan_step *step)
{
    const struct scan_question *question = &plan->question[step->question];
    const struct link_settings settings = {.kind = plan->kind,
                                           .baud = plan->line[step->line].baud,
                                           .parity = plan->line[step->line].parity,
                                           .stop_bits = plan->stop_bits};
    const struct frame_request request = {
        .function = question->function, .address = question->address, .count = question->count};
    size_t characters =
        frame_request_length(&request, FRAMING_RTU) + frame_reply_length(&request, FRAMING_RTU);
    return plan->timeout + link_timing_silence(&settings) +
           link_timing_character_ns(&settings) * (int64_t) characters / 1000;
}

int64_t scan_plan_left(const struct scan_plan *plan, us_t *ret_us)
{
    struct scan_plan rest = *plan; /* a copy, walked to its end */
    struct scan_step step;
    int64_t count = 0;
    us_t span = 0;
    while (scan_plan_next(&rest, &step)) {
        count++;
        span += question_us(&rest, &step);
    }
    *ret_us = span;
    return count;
}
