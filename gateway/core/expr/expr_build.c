#include "gateway/core/expr/expr_build.h"

#include <math.h>
#include <string.h>

static bool refuse_token(struct builder *builder, const struct token *token, const char *why)
{
    return error_set(builder->error, "column %d: %s", (int) token->column, why);
}

static bool emit_op(struct builder *builder, const struct token *token, struct op op)
{
    if (builder->op_count == EXPR_OPS_MAX) {
        return refuse_token(builder, token, "the expression is too long, split the rule");
    }
    builder->op[builder->op_count++] = op;
    return true;
}

bool build_operand(struct builder *builder, const struct token *token, struct op op)
{
    if (builder->operand_count == EXPR_DEPTH_MAX) {
        return refuse_token(builder, token, "the expression is nested too deeply, split the rule");
    }
    builder->operand[builder->operand_count++] = (struct operand){.op = op};
    return emit_op(builder, token, op);
}

static bool is_truth(const struct operand *operand)
{
    return operand->op.kind >= OP_COMPARE;
}

static bool want_numbers(struct builder *builder, const struct token *token,
                         const struct operand *left, const struct operand *right)
{
    if (!is_truth(left) && !is_truth(right)) {
        return true;
    }
    return error_set(builder->error,
                     "column %d: '%s' works on numbers, not on comparisons; a range is written "
                     "'value > 1 and value < 3'",
                     (int) token->column, token->word);
}

static bool want_truth(struct builder *builder, const struct token *token,
                       const struct operand *operand)
{
    if (is_truth(operand)) {
        return true;
    }
    return error_set(builder->error,
                     "column %d: '%s' joins comparisons like 'value > 40', not numbers",
                     (int) token->column, token->word);
}

static bool build_negation(struct builder *builder, const struct token *token)
{
    struct operand *operand = &builder->operand[builder->operand_count - 1];
    if (!want_numbers(builder, token, operand, operand)) {
        return false;
    }
    if (operand->op.kind == OP_NUMBER) {
        operand->op.number = -operand->op.number;
        builder->op[builder->op_count - 1] = operand->op;
        return true;
    }
    operand->op = token->op;
    return emit_op(builder, token, token->op);
}

static bool build_inversion(struct builder *builder, const struct token *token)
{
    struct operand *operand = &builder->operand[builder->operand_count - 1];
    if (!want_truth(builder, token, operand)) {
        return false;
    }
    *operand = (struct operand){.op = token->op};
    return emit_op(builder, token, token->op);
}

/* Two constants become one: their ops are the last two, each alone. */
static bool fold_constants(struct builder *builder, const struct token *token, double right)
{
    struct operand *left = &builder->operand[builder->operand_count - 1];
    left->op.number = expr_calculate(token->op.arithmetic, left->op.number, right);
    builder->op_count--;
    builder->op[builder->op_count - 1] = left->op;
    return isfinite(left->op.number) || refuse_token(builder, token, "this gives no finite number");
}

static bool build_arithmetic(struct builder *builder, const struct token *token)
{
    struct operand right = builder->operand[--builder->operand_count];
    struct operand *left = &builder->operand[builder->operand_count - 1];
    if (!want_numbers(builder, token, left, &right)) {
        return false;
    }
    if (left->op.kind == OP_NUMBER && right.op.kind == OP_NUMBER) {
        return fold_constants(builder, token, right.op.number);
    }
    left->op = token->op;
    return emit_op(builder, token, token->op);
}

/* `value > 40` and `40 < value` have a plain limit. */
static struct expr_limit limit_of(const struct op *left, enum comparison comparison,
                                  const struct op *right)
{
    bool is_limit = comparison != COMPARE_EQUAL && comparison != COMPARE_NOT_EQUAL;
    bool is_greater = comparison == COMPARE_GREATER || comparison == COMPARE_GREATER_EQUAL;
    if (is_limit && left->kind == OP_POINT && right->kind == OP_NUMBER) {
        return (struct expr_limit){true, is_greater, left->index, right->number};
    }
    if (is_limit && left->kind == OP_NUMBER && right->kind == OP_POINT) {
        return (struct expr_limit){true, !is_greater, right->index, left->number};
    }
    return (struct expr_limit){.is_known = false};
}

static bool build_comparison(struct builder *builder, const struct token *token)
{
    struct operand right = builder->operand[--builder->operand_count];
    struct operand *left = &builder->operand[builder->operand_count - 1];
    if (!want_numbers(builder, token, left, &right)) {
        return false;
    }
    left->limit = limit_of(&left->op, token->op.comparison, &right.op);
    left->op = token->op;
    return emit_op(builder, token, token->op);
}

static bool build_junction(struct builder *builder, const struct token *token)
{
    struct operand right = builder->operand[--builder->operand_count];
    struct operand *left = &builder->operand[builder->operand_count - 1];
    if (!want_truth(builder, token, left) || !want_truth(builder, token, &right)) {
        return false;
    }
    if (token->op.kind == OP_OR) {
        left->limit.is_known = false; /* the other operand may raise without the limit */
    } else if (!left->limit.is_known) {
        left->limit = right.limit;
    }
    left->op = token->op;
    return emit_op(builder, token, token->op);
}

bool build_operator(struct builder *builder, const struct token *token)
{
    bool is_prefix = token->op.kind == OP_NEGATE || token->op.kind == OP_NOT;
    CHECK(builder->operand_count >= (is_prefix ? 1 : 2));
    switch (token->op.kind) {
    case OP_NEGATE:
        return build_negation(builder, token);
    case OP_NOT:
        return build_inversion(builder, token);
    case OP_ARITHMETIC:
        return build_arithmetic(builder, token);
    case OP_COMPARE:
        return build_comparison(builder, token);
    case OP_AND:
    case OP_OR:
        return build_junction(builder, token);
    case OP_NUMBER:
    case OP_POINT:
    case OP_AGE:
    case OP_WINDOW:
        break;
    }
    CHECK(false); /* these are no operators */
    return false;
}

bool build_finish(const struct builder *builder, struct arena *arena, const struct expr **ret_expr)
{
    CHECK(builder->operand_count == 1);
    const struct operand *result = &builder->operand[0];
    if (!is_truth(result)) {
        return error_set(builder->error, "column 1: this is a number, a rule needs a comparison "
                                         "like 'value > 40'");
    }
    size_t count = (size_t) builder->op_count;
    struct expr *expr = arena_take(arena, 1, sizeof *expr + count * sizeof expr->op[0]);
    expr->limit = result->limit;
    expr->op_count = builder->op_count;
    memcpy(expr->op, builder->op, count * sizeof expr->op[0]);
    *ret_expr = expr;
    return true;
}
