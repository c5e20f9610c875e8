/* scan_plan.h - in which order a bus is searched, and how long that takes. Pure.
 *
 * First the first unit of the list (1) at every baud and parity, since that is how devices leave the factory; then the
 * other units, line by line, first at the lines where somebody has answered. Each unit is asked every question until
 * it answers one, and never two in a row: a late reply of RTU must not answer the next question. A line is a baud and
 * a parity; over TCP there is one, with baud 0. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/error.h"
#include "sensors/device/link_settings.h"

enum {
    SCAN_LINES_MAX = 24,     /* 8 bauds by 3 parities */
    SCAN_UNITS_MAX = 248,    /* 1...247, and 255 over TCP */
    SCAN_QUESTIONS_MAX = 32, /* blocks of all models; more are left out */
};

struct scan_line {
    int32_t baud;
    char parity;
};

struct scan_question { /* a read block; as many models begin with it as it is early in the list */
    uint8_t function;
    uint16_t address, count;
};

struct scan_plan {
    enum link_kind kind;
    int32_t stop_bits;
    us_t timeout;
    int32_t line_count, unit_count, question_count;
    struct scan_line line[SCAN_LINES_MAX];
    uint8_t unit[SCAN_UNITS_MAX];
    struct scan_question question[SCAN_QUESTIONS_MAX];
    /* Where it stands: */
    enum { SCAN_NOT_BEGUN, SCAN_FIRST, SCAN_SWEEP, SCAN_OVER } round;
    struct scan_step {
        int32_t line, unit, question; /* indexes */
    } at;
    bool is_line_done[SCAN_LINES_MAX];
    bool has_answered[SCAN_LINES_MAX];
    bool is_answered[SCAN_LINES_MAX][SCAN_UNITS_MAX]; /* nothing more to ask */
};

/* "9600,4800": each must be a baud of Modbus lines. "none,even". "1-32,80". Doubles are dropped. The sentence is for
 * the command line. */
MUST_CHECK bool scan_parse_lines(const char *bauds, const char *parities, struct scan_plan *plan,
                                 struct error *error);
MUST_CHECK bool scan_parse_units(const char *units, struct scan_plan *plan, struct error *error);

/* The bauds of the models as a list for scan_parse_lines, the most frequent first. */
enum { SCAN_BAUDS_TEXT = 80 };
void scan_list_bauds(const struct profile *const *profile, int32_t count,
                     char to[static SCAN_BAUDS_TEXT]);

/* What to ask: the most frequent first block of a model for each of the functions 3 and 4, or `is_thorough` every
 * block of every model. */
void scan_choose_questions(struct scan_plan *plan, const struct profile *const *profile,
                           int32_t count, bool is_thorough);

/* The next question, or false: all was asked. */
bool scan_plan_next(struct scan_plan *plan, struct scan_step *ret_step);

/* The unit of this step has answered: its other questions are left out, and its line goes first. */
void scan_plan_answered(struct scan_plan *plan, const struct scan_step *step);

/* A gateway says that nobody is there: the other questions are left out. */
void scan_plan_absent(struct scan_plan *plan, const struct scan_step *step);

/* What is left when nobody answers any more: questions, and microseconds. Before the first step it is the whole. */
int64_t scan_plan_left(const struct scan_plan *plan, us_t *ret_us);
