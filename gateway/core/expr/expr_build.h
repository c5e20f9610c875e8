/* expr_build.h - checks the types of an expression and writes its ops; used by expr_compile.
 *
 * Operands and operators come in the order of evaluation. Operations on constants are calculated at
 * once, plain limits are found on the way. A function that returns false has set `error`, with the
 * column. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/expr/expr_lexer.h"
#include "gateway/core/expr/expr_ops.h"

enum operand_kind { OPERAND_CONSTANT, OPERAND_POINT, OPERAND_NUMBER, OPERAND_TRUTH };

/* An entry of the stack after the ops so far. */
struct operand {
    enum operand_kind kind;
    int32_t point;           /* of OPERAND_POINT */
    double number;           /* of OPERAND_CONSTANT */
    struct expr_limit limit; /* of OPERAND_TRUTH */
};

/* Starts as zero but for `error`. */
struct builder {
    struct error *error;
    bool is_timed;
    int32_t op_count, operand_count;
    struct op op[EXPR_OPS_MAX];
    struct operand operand[EXPR_DEPTH_MAX];
};

/* An error has the column of `token`. */
MUST_CHECK bool build_constant(struct builder *builder, const struct token *token, double number);
MUST_CHECK bool build_point(struct builder *builder, const struct token *token, int32_t point);
MUST_CHECK bool build_age(struct builder *builder, const struct token *token, int32_t point);
MUST_CHECK bool build_window(struct builder *builder, const struct token *token,
                             enum statistic statistic, int32_t window);

/* Over the newest operand or two, which must be there. */
MUST_CHECK bool build_operator(struct builder *builder, const struct token *token, bool is_prefix);

/* The one operand left must be a comparison. The expression is the arena's. */
MUST_CHECK bool build_finish(const struct builder *builder, struct arena *arena,
                             const struct expr **ret_expr);
