/* expr_range.c - the interval of the subject in which an expression is certainly false. */
#include <math.h>

#include "gateway/base/check.h"
#include "gateway/core/expr/expr_ops.h"

enum operand_kind { OPERAND_CONSTANT, OPERAND_SUBJECT, OPERAND_RANGE };

struct operand {
    enum operand_kind kind;
    double constant;
    struct expr_range range; /* of OPERAND_RANGE: where it is never true */
};

struct operands {
    int32_t count;
    struct operand item[EXPR_DEPTH_MAX];
};

static bool push_range(struct operands *operands, const struct operand *operand)
{
    CHECK(operands->count < EXPR_DEPTH_MAX);
    operands->item[operands->count++] = *operand;
    return true;
}

static struct operand pop_range(struct operands *operands)
{
    CHECK(operands->count > 0);
    return operands->item[--operands->count];
}

/* Where `value comparison limit` is false; is_mirrored: `limit comparison value`. False when that
 * is no interval. */
static bool range_of(enum comparison comparison, bool is_mirrored, double limit,
                     struct expr_range *ret_range)
{
    bool is_greater = comparison == COMPARE_GREATER || comparison == COMPARE_GREATER_EQUAL;
    bool has_equal = comparison == COMPARE_LESS_EQUAL || comparison == COMPARE_GREATER_EQUAL;
    *ret_range = (struct expr_range){.from = -HUGE_VAL, .until = HUGE_VAL};
    if (is_greater != is_mirrored) {
        ret_range->until = has_equal ? nextafter(limit, -HUGE_VAL) : limit;
    } else {
        ret_range->from = has_equal ? nextafter(limit, HUGE_VAL) : limit;
    }
    return comparison != COMPARE_EQUAL && comparison != COMPARE_NOT_EQUAL;
}

static bool compare_ranges(struct operands *operands, enum comparison comparison)
{
    struct operand right = pop_range(operands);
    struct operand left = pop_range(operands);
    bool is_mirrored = left.kind == OPERAND_CONSTANT && right.kind == OPERAND_SUBJECT;
    if (!is_mirrored && !(left.kind == OPERAND_SUBJECT && right.kind == OPERAND_CONSTANT)) {
        return false;
    }
    struct operand truth = {.kind = OPERAND_RANGE};
    double limit = is_mirrored ? left.constant : right.constant;
    return range_of(comparison, is_mirrored, limit, &truth.range) && push_range(operands, &truth);
}

/* `and` is false where one operand is false, so one range is enough; `or` needs both at once. */
static bool combine_ranges(struct operands *operands, bool is_or)
{
    struct operand right = pop_range(operands);
    struct operand left = pop_range(operands);
    CHECK(left.kind == OPERAND_RANGE && right.kind == OPERAND_RANGE);
    if (is_or) {
        left.range.from = fmax(left.range.from, right.range.from);
        left.range.until = fmin(left.range.until, right.range.until);
    }
    return push_range(operands, &left);
}

static bool narrow_by_op(struct operands *operands, const struct op *op, int32_t subject)
{
    switch (op->kind) {
    case OP_NUMBER:
        return push_range(operands,
                          &(struct operand){.kind = OPERAND_CONSTANT, .constant = op->number});
    case OP_POINT:
        return (op->index < 0 || op->index == subject) &&
               push_range(operands, &(struct operand){.kind = OPERAND_SUBJECT});
    case OP_COMPARE:
        return compare_ranges(operands, op->comparison);
    case OP_AND:
    case OP_OR:
        return combine_ranges(operands, op->kind == OP_OR);
    case OP_AGE:
    case OP_WINDOW:
    case OP_NEGATE:
    case OP_ARITHMETIC:
    case OP_NOT:
        return false;
    }
    CHECK(false);
    return false;
}

bool expr_false_range(const struct expr *expr, int32_t subject, struct expr_range *ret_range)
{
    struct operands operands UNINITIALIZED;
    operands.count = 0;
    for (int32_t i = 0; i < expr->op_count; i++) {
        if (!narrow_by_op(&operands, &expr->op[i], subject)) {
            return false;
        }
    }
    CHECK(operands.count == 1 && operands.item[0].kind == OPERAND_RANGE);
    *ret_range = operands.item[0].range;
    return ret_range->from <= ret_range->until;
}
