/* expr.h - the small language of rules: value >= 40 and avg(temperature, 24h) > 35.
 *
 *   names      value (the point itself), a quantity (temperature, humidity, gap), site.max_people
 *   arithmetic + - * / ( ) and unary -         comparison < <= > >= == !=       logic and or not
 *   windows    avg min max (name, span)        age(name) seconds since the last good sample
 *
 * From loose to tight: or, and, not, comparisons, + -, * /, unary minus. Logic takes comparisons, not numbers. The other
 * functions of the design (range change rate count time coverage dewpoint) are refused with a sentence.
 *
 * Three-valued after Kleene: a name without a usable value, a window covered less than the rule asks, or a
 * division by zero is unknown, and unknown neither raises nor clears. age is never unknown once a sample was
 * seen. Compiled once, with names already turned into points; evaluating allocates nothing and cannot fail. */
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

/* How names become numbers; asked only while compiling. The caller's `context` comes back in each call. */
struct expr_scope {
    void *context;
    /* The point a quantity names for this subject, or a sentence why there is none. Asked for "value" too, which may
     * be a point or -1 for "the subject itself": what is answered here comes back in find_window and in the world. */
    bool (*find_point)(void *context, const char *name, int32_t *ret_point, struct error *error);
    /* The window of that point with this span; the same pair gives the same index. */
    bool (*find_window)(void *context, int32_t point, ms_t span_ms, int32_t *ret_window,
                        struct error *error);
    /* site.NAME as a constant; asked with the part after the point. */
    bool (*find_parameter)(void *context, const char *name, double *ret_value, struct error *error);
};

/* A mistake is told with its column in characters, from 1: "column 12: unknown name 'temprature', ...". */
MUST_CHECK bool expr_compile(struct arena *arena, const char *text, const struct expr_scope *scope,
                             const struct expr **ret_expr, struct error *error);

/* One memory for what is the same: `known` (may be NULL) when it is the same expression, else a copy in `arena`. A rule
 * over 20,000 points is one expression then, and stays in the cache. */
const struct expr *expr_share(struct arena *arena, const struct expr *expr,
                              const struct expr *known);

/* What evaluating may ask. */
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

/* When the expression is one comparison of one point with one constant (the rest of an `and` is allowed), the
 * constant: the limit that people read and curves show. Of several the first. False when there is no such plain limit.
 * The point is as find_point gave it: -1 is the subject itself. */
bool expr_limit(const struct expr *expr, int32_t *ret_point, double *ret_limit, bool *ret_is_upper);

/* Values of the subject (which is `subject`, or -1 as find_point gave it) for which the expression is false or, without a
 * fresh value, unknown, whatever else is: an interval with both ends. False when it asks for anything but the subject's
 * value beside constants, or no such interval is found; that says nothing of the expression. */
struct expr_range {
    double from, until;
};
bool expr_false_range(const struct expr *expr, int32_t subject, struct expr_range *ret_range);

/* To which side of a point's value an expression may become true: by a rise of the value, by a fall. Whether it is
 * known plays no part, nor how far it has to go. */
enum { EXPR_UP = 1, EXPR_DOWN = 2 };

struct expr_side {
    int32_t point;
    unsigned sides;
};

/* Who is who: the point that find_point gave -1 for, and of which point a window is, by its index as find_window gave it. */
struct expr_names {
    int32_t subject;
    int32_t (*point_of)(const void *context, int32_t window);
    const void *context;
};

/* Each point whose values it looks at, once. Returns how many. */
int32_t expr_sides(const struct expr *expr, const struct expr_names *names,
                   struct expr_side ret_side[static EXPR_OPS_MAX]);

/* Does the outcome change by time alone (a window or an age in it)? Such judgements are judged on ticks too. */
bool expr_is_timed(const struct expr *expr);
