/* expr_build.h - checks the types of an expression and writes its ops; used by expr_compile.
 *
 * Operands and operators come in the order of evaluation. Operations on constants are calculated at
 * once, plain limits are found on the way. A function that returns false has set `error`, with the
 * column. */
#pragma once

#include "gateway/base/arena.h"
#include "gateway/core/expr/expr_lexer.h"

/* An entry of the stack after the ops so far. */
struct operand {
    struct op op;            /* that gives it */
    struct expr_limit limit; /* of a truth */
};

/* Starts as zero but for `error`. */
struct builder {
    struct error *error;
    int32_t op_count, operand_count;
    struct op op[EXPR_OPS_MAX];
    struct operand operand[EXPR_DEPTH_MAX];
};

/* A number, point, age or window. An error has the column of `token`. */
MUST_CHECK bool build_operand(struct builder *builder, const struct token *token, struct op op);

/* The token's op over the newest operand or two, which must be there. */
MUST_CHECK bool build_operator(struct builder *builder, const struct token *token);

/* The one operand left must be a comparison. The expression is the arena's. */
MUST_CHECK bool build_finish(const struct builder *builder, struct arena *arena,
                             const struct expr **ret_expr);
