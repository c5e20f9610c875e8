#include "gateway/core/expr/expr.h"

#include <math.h>
#include <string.h>

#include "gateway/base/check.h"
#include "gateway/core/expr/expr_ops.h"

#define UNKNOWN ((double) NAN) /* an unknown number; it travels through arithmetic by itself */

/* An entry of the stack: the ops know which of the two it is. */
union value {
    double number;
    enum truth truth;
};

struct stack {
    int32_t count;
    union value value[EXPR_DEPTH_MAX];
};

static void push_number(struct stack *stack, double number)
{
    CHECK(stack->count < EXPR_DEPTH_MAX);
    stack->value[stack->count++].number = number;
}

static union value pop_value(struct stack *stack)
{
    CHECK(stack->count > 0);
    return stack->value[--stack->count];
}

static union value *top_of(struct stack *stack)
{
    CHECK(stack->count > 0);
    return &stack->value[stack->count - 1];
}

double expr_calculate(enum arithmetic arithmetic, double left, double right)
{
    double result = UNKNOWN;
    switch (arithmetic) {
    case ARITHMETIC_ADD:
        result = left + right;
        break;
    case ARITHMETIC_SUBTRACT:
        result = left - right;
        break;
    case ARITHMETIC_MULTIPLY:
        result = left * right;
        break;
    case ARITHMETIC_DIVIDE:
        result = fabs(right) > 0 ? left / right : UNKNOWN;
        break;
    }
    return isfinite(result) ? result : UNKNOWN;
}

static enum truth truth_of(bool is_true)
{
    return is_true ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth compare_two(enum comparison comparison, double left, double right)
{
    if (isnan(left) || isnan(right)) {
        return TRUTH_UNKNOWN;
    }
    bool is_less = left < right;
    bool is_greater = left > right;
    switch (comparison) {
    case COMPARE_LESS:
        return truth_of(is_less);
    case COMPARE_LESS_EQUAL:
        return truth_of(!is_greater);
    case COMPARE_GREATER:
        return truth_of(is_greater);
    case COMPARE_GREATER_EQUAL:
        return truth_of(!is_less);
    case COMPARE_EQUAL:
        return truth_of(!is_less && !is_greater);
    case COMPARE_NOT_EQUAL:
        return truth_of(is_less || is_greater);
    }
    CHECK(false);
    return TRUTH_UNKNOWN;
}

/* The tables of Kleene, with TRUTH_FALSE 0, TRUTH_TRUE 1, TRUTH_UNKNOWN 2. */
static enum truth truth_and(enum truth left, enum truth right)
{
    if (left == TRUTH_FALSE || right == TRUTH_FALSE) {
        return TRUTH_FALSE;
    }
    return left == TRUTH_TRUE ? right : TRUTH_UNKNOWN;
}

enum truth truth_not(enum truth truth)
{
    static const enum truth opposite[] = {TRUTH_TRUE, TRUTH_FALSE, TRUTH_UNKNOWN};
    return opposite[truth];
}

static enum truth truth_or(enum truth left, enum truth right)
{
    return truth_not(truth_and(truth_not(left), truth_not(right)));
}

static double value_of_point(const struct op *op, const struct expr_world *world)
{
    double value = 0;
    bool is_known = world->value(world->context, op->index, &value);
    return is_known && isfinite(value) ? value : UNKNOWN;
}

static double age_of(const struct op *op, const struct expr_world *world)
{
    double seconds = 0;
    return world->age(world->context, op->index, &seconds) ? seconds : UNKNOWN;
}

static double statistic_of(const struct op *op, const struct expr_world *world)
{
    struct window_summary summary = world->window(world->context, op->index);
    if (!(summary.coverage > 0 && summary.coverage >= world->min_coverage)) {
        return UNKNOWN;
    }
    switch (op->statistic) {
    case STATISTIC_MEAN:
        return summary.mean;
    case STATISTIC_MIN:
        return summary.min;
    case STATISTIC_MAX:
        return summary.max;
    }
    CHECK(false);
    return UNKNOWN;
}

static void run_op(const struct op *op, const struct expr_world *world, struct stack *stack)
{
    union value right;
    switch (op->kind) {
    case OP_NUMBER:
        push_number(stack, op->number);
        break;
    case OP_POINT:
        push_number(stack, value_of_point(op, world));
        break;
    case OP_AGE:
        push_number(stack, age_of(op, world));
        break;
    case OP_WINDOW:
        push_number(stack, statistic_of(op, world));
        break;
    case OP_NEGATE:
        top_of(stack)->number = -top_of(stack)->number;
        break;
    case OP_ARITHMETIC:
        right = pop_value(stack);
        top_of(stack)->number = expr_calculate(op->arithmetic, top_of(stack)->number, right.number);
        break;
    case OP_COMPARE:
        right = pop_value(stack);
        top_of(stack)->truth = compare_two(op->comparison, top_of(stack)->number, right.number);
        break;
    case OP_NOT:
        top_of(stack)->truth = truth_not(top_of(stack)->truth);
        break;
    case OP_AND:
        right = pop_value(stack);
        top_of(stack)->truth = truth_and(top_of(stack)->truth, right.truth);
        break;
    case OP_OR:
        right = pop_value(stack);
        top_of(stack)->truth = truth_or(top_of(stack)->truth, right.truth);
        break;
    }
}

enum truth expr_judge(const struct expr *expr, const struct expr_world *world)
{
    struct stack stack UNINITIALIZED;
    stack.count = 0;
    for (int32_t i = 0; i < expr->op_count; i++) {
        run_op(&expr->op[i], world, &stack);
    }
    CHECK(stack.count == 1);
    return stack.value[0].truth;
}

static bool is_same_op(const struct op *one, const struct op *other)
{
    return one->kind == other->kind && one->statistic == other->statistic &&
           one->index == other->index && !islessgreater(one->number, other->number);
}

static bool is_same_expr(const struct expr *one, const struct expr *other)
{
    bool is_same_limit = one->limit.is_known == other->limit.is_known &&
                         one->limit.is_upper == other->limit.is_upper &&
                         one->limit.point == other->limit.point;
    if (!is_same_limit || one->op_count != other->op_count) {
        return false;
    }
    for (int32_t i = 0; i < one->op_count; i++) {
        if (!is_same_op(&one->op[i], &other->op[i])) {
            return false;
        }
    }
    return true;
}

const struct expr *expr_share(struct arena *arena, const struct expr *expr,
                              const struct expr *known)
{
    if (known != NULL && is_same_expr(expr, known)) {
        return known;
    }
    size_t size = sizeof *expr + (size_t) expr->op_count * sizeof expr->op[0];
    struct expr *copy = arena_take(arena, 1, size);
    memcpy(copy, expr, size);
    return copy;
}

bool expr_limit(const struct expr *expr, int32_t *ret_point, double *ret_limit, bool *ret_is_upper)
{
    if (!expr->limit.is_known) {
        return false;
    }
    *ret_point = expr->limit.point;
    *ret_limit = expr->limit.value;
    *ret_is_upper = expr->limit.is_upper;
    return true;
}

bool expr_is_timed(const struct expr *expr)
{
    bool is_timed = false;
    for (int32_t i = 0; i < expr->op_count; i++) {
        enum op_kind kind = expr->op[i].kind;
        is_timed = is_timed || kind == OP_AGE || kind == OP_WINDOW;
    }
    return is_timed;
}
