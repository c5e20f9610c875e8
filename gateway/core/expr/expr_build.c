#include "gateway/core/expr/expr_build.h"

#include <math.h>
#include <string.h>

/* A number that only evaluation knows. */
static const struct operand a_number = {.kind = OPERAND_NUMBER};

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

static bool push_operand(struct builder *builder, const struct token *token, struct operand operand,
                         struct op op)
{
    if (builder->operand_count == EXPR_DEPTH_MAX) {
        return refuse_token(builder, token, "the expression is nested too deeply, split the rule");
    }
    builder->operand[builder->operand_count++] = operand;
    return emit_op(builder, token, op);
}

bool build_constant(struct builder *builder, const struct token *token, double number)
{
    return push_operand(builder, token,
                        (struct operand){.kind = OPERAND_CONSTANT, .number = number},
                        (struct op){.kind = OP_NUMBER, .number = number});
}

bool build_point(struct builder *builder, const struct token *token, int32_t point)
{
    return push_operand(builder, token, (struct operand){.kind = OPERAND_POINT, .point = point},
                        (struct op){.kind = OP_POINT, .index = point});
}

bool build_age(struct builder *builder, const struct token *token, int32_t point)
{
    builder->is_timed = true;
    return push_operand(builder, token, a_number, (struct op){.kind = OP_AGE, .index = point});
}

bool build_window(struct builder *builder, const struct token *token, enum statistic statistic,
                  int32_t window)
{
    builder->is_timed = true;
    struct op op = {.kind = OP_WINDOW, .statistic = statistic, .index = window};
    return push_operand(builder, token, a_number, op);
}

static bool want_numbers(struct builder *builder, const struct token *token,
                         const struct operand *left, const struct operand *right)
{
    if (left->kind != OPERAND_TRUTH && right->kind != OPERAND_TRUTH) {
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
    if (operand->kind == OPERAND_TRUTH) {
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
    if (operand->kind == OPERAND_CONSTANT) {
        operand->number = -operand->number;
        builder->op[builder->op_count - 1].number = operand->number;
        return true;
    }
    *operand = (struct operand){.kind = OPERAND_NUMBER};
    return emit_op(builder, token, (struct op){.kind = OP_NEGATE});
}

static bool build_inversion(struct builder *builder, const struct token *token)
{
    struct operand *operand = &builder->operand[builder->operand_count - 1];
    if (!want_truth(builder, token, operand)) {
        return false;
    }
    operand->limit.is_known = false;
    return emit_op(builder, token, (struct op){.kind = OP_NOT});
}

static enum arithmetic arithmetic_of(const struct token *token)
{
    switch (token->word[0]) {
    case '+':
        return ARITHMETIC_ADD;
    case '-':
        return ARITHMETIC_SUBTRACT;
    case '*':
        return ARITHMETIC_MULTIPLY;
    default:
        return ARITHMETIC_DIVIDE;
    }
}

static enum comparison comparison_of(const struct token *token)
{
    bool has_equal = token->word[1] == '=';
    switch (token->word[0]) {
    case '<':
        return has_equal ? COMPARE_LESS_EQUAL : COMPARE_LESS;
    case '>':
        return has_equal ? COMPARE_GREATER_EQUAL : COMPARE_GREATER;
    case '=':
        return COMPARE_EQUAL;
    default:
        return COMPARE_NOT_EQUAL;
    }
}

/* Two constants become one: their ops are the last two, each alone. */
static bool fold_constants(struct builder *builder, const struct token *token, double right)
{
    struct operand *left = &builder->operand[builder->operand_count - 1];
    left->number = expr_calculate(arithmetic_of(token), left->number, right);
    builder->op_count--;
    builder->op[builder->op_count - 1].number = left->number;
    return isfinite(left->number) || refuse_token(builder, token, "this gives no finite number");
}

static bool build_arithmetic(struct builder *builder, const struct token *token)
{
    struct operand right = builder->operand[--builder->operand_count];
    struct operand *left = &builder->operand[builder->operand_count - 1];
    if (!want_numbers(builder, token, left, &right)) {
        return false;
    }
    if (left->kind == OPERAND_CONSTANT && right.kind == OPERAND_CONSTANT) {
        return fold_constants(builder, token, right.number);
    }
    *left = (struct operand){.kind = OPERAND_NUMBER};
    return emit_op(builder, token,
                   (struct op){.kind = OP_ARITHMETIC, .arithmetic = arithmetic_of(token)});
}

/* `value > 40` and `40 < value` have a plain limit. */
static struct expr_limit limit_of(const struct operand *left, enum comparison comparison,
                                  const struct operand *right)
{
    bool is_limit = comparison != COMPARE_EQUAL && comparison != COMPARE_NOT_EQUAL;
    bool is_greater = comparison == COMPARE_GREATER || comparison == COMPARE_GREATER_EQUAL;
    if (is_limit && left->kind == OPERAND_POINT && right->kind == OPERAND_CONSTANT) {
        return (struct expr_limit){true, is_greater, left->point, right->number};
    }
    if (is_limit && left->kind == OPERAND_CONSTANT && right->kind == OPERAND_POINT) {
        return (struct expr_limit){true, !is_greater, right->point, left->number};
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
    enum comparison comparison = comparison_of(token);
    *left = (struct operand){.kind = OPERAND_TRUTH, .limit = limit_of(left, comparison, &right)};
    return emit_op(builder, token, (struct op){.kind = OP_COMPARE, .comparison = comparison});
}

static bool build_junction(struct builder *builder, const struct token *token)
{
    struct operand right = builder->operand[--builder->operand_count];
    struct operand *left = &builder->operand[builder->operand_count - 1];
    if (!want_truth(builder, token, left) || !want_truth(builder, token, &right)) {
        return false;
    }
    bool is_and = token->kind == TOKEN_AND;
    if (!is_and) {
        left->limit.is_known = false; /* the other operand may raise without the limit */
    } else if (!left->limit.is_known) {
        left->limit = right.limit;
    }
    return emit_op(builder, token, (struct op){.kind = is_and ? OP_AND : OP_OR});
}

bool build_operator(struct builder *builder, const struct token *token, bool is_prefix)
{
    CHECK(builder->operand_count >= (is_prefix ? 1 : 2));
    switch (token->kind) {
    case TOKEN_NOT:
        return build_inversion(builder, token);
    case TOKEN_AND:
    case TOKEN_OR:
        return build_junction(builder, token);
    case TOKEN_PLUS:
    case TOKEN_MINUS:
    case TOKEN_TIMES:
    case TOKEN_DIVIDE:
        return is_prefix ? build_negation(builder, token) : build_arithmetic(builder, token);
    case TOKEN_LESS:
    case TOKEN_LESS_EQUAL:
    case TOKEN_GREATER:
    case TOKEN_GREATER_EQUAL:
    case TOKEN_EQUAL:
    case TOKEN_NOT_EQUAL:
        return build_comparison(builder, token);
    case TOKEN_END:
    case TOKEN_NUMBER:
    case TOKEN_SPAN:
    case TOKEN_NAME:
    case TOKEN_OPEN:
    case TOKEN_CLOSE:
    case TOKEN_COMMA:
        break;
    }
    CHECK(false); /* these are no operators */
    return false;
}

bool build_finish(const struct builder *builder, struct arena *arena, const struct expr **ret_expr)
{
    CHECK(builder->operand_count == 1);
    const struct operand *result = &builder->operand[0];
    if (result->kind != OPERAND_TRUTH) {
        return error_set(builder->error, "column 1: this is a number, a rule needs a comparison "
                                         "like 'value > 40'");
    }
    size_t count = (size_t) builder->op_count;
    struct expr *expr = arena_take(arena, 1, sizeof *expr + count * sizeof expr->op[0]);
    expr->is_timed = builder->is_timed;
    expr->limit = result->limit;
    expr->op_count = builder->op_count;
    memcpy(expr->op, builder->op, count * sizeof expr->op[0]);
    *ret_expr = expr;
    return true;
}
