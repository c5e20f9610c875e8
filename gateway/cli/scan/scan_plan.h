/* scan_plan.h - the order in which a bus is searched, and how long that takes. Pure.
 *
 * The first unit of the list (1) is asked at every baud and parity, because devices leave the
 * factory with unit 1. The other units follow line by line; lines where a device has answered go
 * first. Each unit is asked every question until it answers one, but never two in a row: a late RTU
 * reply must not answer the next question. A line is a baud and a parity; over TCP there is one,
 * with baud 0. */
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

struct scan_question { /* a read block; those that more models begin with come first */
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
    /* The position: */
    enum { SCAN_NOT_BEGUN, SCAN_FIRST, SCAN_SWEEP, SCAN_OVER } round;
    struct scan_step {
        int32_t line, unit, question; /* indexes */
    } at;
    bool is_line_done[SCAN_LINES_MAX];
    bool has_answered[SCAN_LINES_MAX];
    bool is_answered[SCAN_LINES_MAX][SCAN_UNITS_MAX]; /* nothing more to ask */
};

/* Lists: "9600,4800", each a baud of Modbus lines; "none,even"; "1-32,80". Duplicates are dropped.
 * The error names the option. */
MUST_CHECK bool scan_parse_lines(const char *bauds, const char *parities, struct scan_plan *plan,
                                 struct error *error);
MUST_CHECK bool scan_parse_units(const char *units, struct scan_plan *plan, struct error *error);

/* The bauds of the models as a list for scan_parse_lines, the most frequent first. */
enum { SCAN_BAUDS_TEXT = 80 };
void scan_list_bauds(const struct profile *const *profile, int32_t count,
                     char to[static SCAN_BAUDS_TEXT]);

/* Chooses the questions: for each of the functions 3 and 4 the most frequent first block of the
 * models, or with `is_thorough` every block of every model. */
void scan_choose_questions(struct scan_plan *plan, const struct profile *const *profile,
                           int32_t count, bool is_thorough);

/* The next question; false at the end. */
bool scan_plan_next(struct scan_plan *plan, struct scan_step *ret_step);

/* The unit of this step has answered: skips its other questions and lets its line go first. */
void scan_plan_answered(struct scan_plan *plan, const struct scan_step *step);

/* A gateway reports that the unit is absent: skips its other questions. */
void scan_plan_absent(struct scan_plan *plan, const struct scan_step *step);

/* The questions that are left if no unit answers any more, and the microseconds they take. Before
 * the first step that is the whole scan. */
int64_t scan_plan_left(const struct scan_plan *plan, us_t *ret_us);
