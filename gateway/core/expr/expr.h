/* expr.h - the small language of rules: value >= 40 and avg(temperature, 24h) > 35.
 *
 *   names      value (the point itself), a quantity (temperature, humidity, gap), site.max_people
 *   arithmetic + - * / ( ) and unary -         comparison < <= > >= == !=       logic and or not
 *   windows    avg min max (name, span)        age(name) seconds since the last good sample
 *
 * From loose to tight: or, and, not, comparisons, + -, * /, unary minus. Logic takes comparisons,
 * not numbers. range, change, rate, count, time, coverage and dewpoint are reserved and refused.
 *
 * Three-valued after Kleene. Unknown is a name without a usable value, a window with less coverage
 * than the rule asks, and a division by zero. Unknown neither raises nor clears. age is known once
 * there was a good sample. An expression is compiled once; evaluating it allocates nothing and
 * cannot fail. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "gateway/base/arena.h"
#include "gateway/base/error.h"
#include "gateway/base/units.h"
#include "gateway/core/expr/window.h"

enum {
    EXPR_TEXT_MAX = 1000,
    EXPR_DEPTH_MAX = 32,
    EXPR_OPS_MAX = 256,
    EXPR_NAME_MAX = 64
}; /* bytes */

enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN };

enum truth truth_not(enum truth truth); /* unknown stays unknown */

struct expr;

/* How names become indexes; asked only while compiling. Each call gets the caller's `context`. */
struct expr_scope {
    void *context;
    /* The point that a quantity names for this subject, or a sentence why there is none. "value"
     * may give -1, the subject itself. find_window and the world get the same index. */
    bool (*find_point)(void *context, const char *name, int32_t *ret_point, struct error *error);
    /* The window of that point and span; the same pair gives the same index. */
    bool (*find_window)(void *context, int32_t point, ms_t span_ms, int32_t *ret_window,
                        struct error *error);
    /* site.NAME as a constant; asked with the part after the point. */
    bool (*find_parameter)(void *context, const char *name, double *ret_value, struct error *error);
};

/* An error has its column in characters, from 1: "column 12: unknown name 'temprature', ...". */
MUST_CHECK bool expr_compile(struct arena *arena, const char *text, const struct expr_scope *scope,
                             const struct expr **ret_expr, struct error *error);

/* `known` (may be NULL) when it is the same expression, else a copy in `arena`. So a rule over
 * 20,000 points is one expression and stays in the cache. */
const struct expr *expr_share(struct arena *arena, const struct expr *expr,
                              const struct expr *known);

/* The values of an evaluation. */
struct expr_world {
    const void *context;
    double min_coverage;
    /* True and the value when the point has a usable, fresh value. */
    bool (*value)(const void *context, int32_t point, double *ret_value);
    /* Seconds since the last good sample; false when there never was one. */
    bool (*age)(const void *context, int32_t point, double *ret_seconds);
    /* The summary of a window now. */
    struct window_summary (*window)(const void *context, int32_t window);
};

enum truth expr_judge(const struct expr *expr, const struct expr_world *world);

/* The plain limit, which texts and curves show: the constant of the first comparison of one point
 * with one constant, alone or below `and`. False: there is none. The point is as find_point gave
 * it. */
bool expr_limit(const struct expr *expr, int32_t *ret_point, double *ret_limit, bool *ret_is_upper);

/* An interval, both ends included, of the subject's values for which the expression is never true.
 * The subject is `subject`, or -1 as find_point gave it. False: the expression contains more than
 * comparisons of the subject with constants, or no interval was found. */
struct expr_range {
    double from, until;
};
bool expr_false_range(const struct expr *expr, int32_t subject, struct expr_range *ret_range);

/* The direction in which a value must change for an expression to become true: up, down, or
 * both. */
enum { EXPR_UP = 1, EXPR_DOWN = 2 };

struct expr_side {
    int32_t point;
    unsigned sides;
};

/* How indexes map to points: the point of -1, and the point of each window. */
struct expr_names {
    int32_t subject;
    int32_t (*point_of)(const void *context, int32_t window);
    const void *context;
};

/* Each point whose values the expression uses, once. Returns how many. */
int32_t expr_sides(const struct expr *expr, const struct expr_names *names,
                   struct expr_side ret_side[static EXPR_OPS_MAX]);

/* Does time alone change the outcome, because it contains a window or an age? */
bool expr_is_timed(const struct expr *expr);
