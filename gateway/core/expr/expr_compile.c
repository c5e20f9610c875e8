/* The compiler of expr.h: from tokens to ops by precedence, with two stacks instead of
 * recursion. */
#include <string.h>

#include "gateway/core/expr/expr.h"
#include "gateway/core/expr/expr_build.h"

enum { TIGHTNESS_NEGATE = 7 }; /* above all others: expr_lexer.c */

struct compiler {
    const struct expr_scope *scope;
    struct error *error;
    struct expr_lexer tokens;
    struct token token; /* the present one */
    bool wants_operand; /* else an operator */
    int32_t pending_count;
    struct token pending[EXPR_DEPTH_MAX]; /* operators and '(' whose right side is incomplete */
    struct builder builder;
};

static bool advance_token(struct compiler *compiler)
{
    return expr_lexer_next(&compiler->tokens, &compiler->token, compiler->error);
}

/* Keeps the present operator until its right side is known. */
static bool postpone_operator(struct compiler *compiler)
{
    if (compiler->pending_count == EXPR_DEPTH_MAX) {
        return error_set(compiler->error,
                         "column %d: the expression is nested too deeply, split the rule",
                         (int) compiler->token.column);
    }
    compiler->pending[compiler->pending_count++] = compiler->token;
    compiler->wants_operand = true;
    return true;
}

/* Builds the pending operators that bind at least so tightly, up to the innermost open
 * parenthesis. */
static bool apply_pending(struct compiler *compiler, int tightness)
{
    while (compiler->pending_count > 0) {
        const struct token *pending = &compiler->pending[compiler->pending_count - 1];
        if (pending->kind == TOKEN_OPEN || pending->tightness < tightness) {
            return true;
        }
        compiler->pending_count--;
        if (!build_operator(&compiler->builder, pending)) {
            return false;
        }
    }
    return true;
}

/* The scope's sentence, with the column. */
static bool refuse_scope_name(struct compiler *compiler, const struct token *token,
                              const struct error *why)
{
    return error_set(compiler->error, "column %d: %s", (int) token->column, why->text);
}

static bool find_scope_point(struct compiler *compiler, const struct token *name,
                             int32_t *ret_point)
{
    struct error why = {.text = "unknown name"};
    const struct expr_scope *scope = compiler->scope;
    return scope->find_point(scope->context, name->word, ret_point, &why) ||
           refuse_scope_name(compiler, name, &why);
}

static bool take_name(struct compiler *compiler, const struct token *name)
{
    static const char site[] = "site.";
    const struct expr_scope *scope = compiler->scope;
    if (strncmp(name->word, site, sizeof site - 1) == 0) {
        struct error why = {.text = "unknown parameter"};
        double number = 0;
        if (!scope->find_parameter(scope->context, name->word + sizeof site - 1, &number, &why)) {
            return refuse_scope_name(compiler, name, &why);
        }
        return build_operand(&compiler->builder, name,
                             (struct op){.kind = OP_NUMBER, .number = number});
    }
    int32_t point = -1;
    return find_scope_point(compiler, name, &point) &&
           build_operand(&compiler->builder, name, (struct op){.kind = OP_POINT, .index = point});
}

static const struct function {
    const char *name;
    bool is_supported, has_span;
    enum statistic statistic;
} functions[] = {
    {"avg", true, true, STATISTIC_MEAN},
    {"min", true, true, STATISTIC_MIN},
    {"max", true, true, STATISTIC_MAX},
    {"age", true, false, STATISTIC_MEAN},
    {.name = "range"},
    {.name = "change"},
    {.name = "rate"},
    {.name = "count"},
    {.name = "time"},
    {.name = "coverage"},
    {.name = "dewpoint"},
};

static bool find_function(struct compiler *compiler, const struct token *name,
                          const struct function **ret_function)
{
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (strcmp(functions[i].name, name->word) != 0) {
            continue;
        }
        *ret_function = &functions[i];
        return functions[i].is_supported ||
               error_set(compiler->error,
                         "column %d: '%s' is not yet supported by this version, which has avg, "
                         "min, max and age",
                         (int) name->column, name->word);
    }
    return error_set(compiler->error,
                     "column %d: there is no function '%s', only avg, min, max and age",
                     (int) name->column, name->word);
}

/* Skips a token that must be there. */
static bool expect_token(struct compiler *compiler, enum token_kind kind,
                         const struct token *function, const char *example)
{
    if (compiler->token.kind != kind) {
        return error_set(compiler->error, "column %d: '%s' is written like %s, not with '%s' here",
                         (int) compiler->token.column, function->word, example,
                         compiler->token.word);
    }
    return kind == TOKEN_CLOSE || advance_token(compiler);
}

static bool take_window(struct compiler *compiler, const struct token *name,
                        const struct token *span, int32_t point, enum statistic statistic)
{
    if (span->span < WINDOW_SPAN_MIN || span->span > WINDOW_SPAN_MAX) {
        return error_set(compiler->error, "column %d: a window spans 1s to 7d, not '%s'",
                         (int) span->column, span->word);
    }
    struct error why = {.text = "no such window"};
    const struct expr_scope *scope = compiler->scope;
    int32_t window = -1;
    if (!scope->find_window(scope->context, point, span->span, &window, &why)) {
        return refuse_scope_name(compiler, name, &why);
    }
    struct op op = {.kind = OP_WINDOW, .statistic = statistic, .index = window};
    return build_operand(&compiler->builder, name, op);
}

/* From the opening parenthesis, the present token, to the closing one. */
static bool take_function(struct compiler *compiler, const struct token *function)
{
    const struct function *known = NULL;
    if (!find_function(compiler, function, &known) || !advance_token(compiler)) {
        return false;
    }
    const char *example = known->has_span ? "avg(temperature, 24h)" : "age(temperature)";
    struct token name = compiler->token;
    int32_t point = -1;
    if (!expect_token(compiler, TOKEN_NAME, function, example) ||
        !find_scope_point(compiler, &name, &point)) {
        return false;
    }
    if (!known->has_span) {
        return expect_token(compiler, TOKEN_CLOSE, function, example) &&
               build_operand(&compiler->builder, &name,
                             (struct op){.kind = OP_AGE, .index = point});
    }
    if (!expect_token(compiler, TOKEN_COMMA, function, example)) {
        return false;
    }
    struct token span = compiler->token;
    return expect_token(compiler, TOKEN_SPAN, function, example) &&
           expect_token(compiler, TOKEN_CLOSE, function, example) &&
           take_window(compiler, &name, &span, point, known->statistic);
}

/* A name, or a function when a parenthesis follows. */
static bool take_name_or_function(struct compiler *compiler)
{
    struct token name = compiler->token;
    struct expr_lexer before = compiler->tokens;
    if (!advance_token(compiler)) {
        return false;
    }
    if (compiler->token.kind == TOKEN_OPEN) {
        return take_function(compiler, &name);
    }
    compiler->tokens = before;
    compiler->token = name;
    return take_name(compiler, &name);
}

static bool take_operand(struct compiler *compiler)
{
    struct token *token = &compiler->token;
    if (token->kind == TOKEN_NUMBER) {
        compiler->wants_operand = false;
        return build_operand(&compiler->builder, token,
                             (struct op){.kind = OP_NUMBER, .number = token->number});
    }
    if (token->kind == TOKEN_NAME) {
        compiler->wants_operand = false;
        return take_name_or_function(compiler);
    }
    if (token->word[0] == '-') {
        token->op.kind = OP_NEGATE;
        token->tightness = TIGHTNESS_NEGATE;
        return postpone_operator(compiler);
    }
    if (token->kind == TOKEN_OPEN || token->op.kind == OP_NOT) {
        return postpone_operator(compiler);
    }
    if (token->kind == TOKEN_SPAN) {
        return error_set(compiler->error,
                         "column %d: a span like '%s' stands only in a function, as in "
                         "avg(temperature, 24h)",
                         (int) token->column, token->word);
    }
    return error_set(compiler->error, "column %d: a name or a number is missing before '%s'",
                     (int) token->column, token->word);
}

static bool close_parenthesis(struct compiler *compiler)
{
    if (!apply_pending(compiler, 0)) {
        return false;
    }
    if (compiler->pending_count == 0) {
        return error_set(compiler->error, "column %d: this ')' closes nothing",
                         (int) compiler->token.column);
    }
    compiler->pending_count--;
    return true;
}

static bool take_operator(struct compiler *compiler)
{
    const struct token *token = &compiler->token;
    if (token->kind == TOKEN_CLOSE) {
        return close_parenthesis(compiler);
    }
    if (token->kind != TOKEN_OPERATOR || token->op.kind == OP_NOT) {
        return error_set(compiler->error, "column %d: an operator is missing before '%s'",
                         (int) token->column, token->word);
    }
    return apply_pending(compiler, token->tightness) && postpone_operator(compiler);
}

static bool take_all(struct compiler *compiler)
{
    while (advance_token(compiler)) {
        if (compiler->token.kind == TOKEN_END && !compiler->wants_operand) {
            return apply_pending(compiler, 0);
        }
        bool is_taken = compiler->wants_operand ? take_operand(compiler) : take_operator(compiler);
        if (!is_taken) {
            return false;
        }
    }
    return false;
}

bool expr_compile(struct arena *arena, const char *text, const struct expr_scope *scope,
                  const struct expr **ret_expr, struct error *error)
{
    if (strlen(text) > EXPR_TEXT_MAX) {
        return error_set(error, "column %d: the expression is too long, split the rule",
                         EXPR_TEXT_MAX + 1);
    }
    struct compiler compiler = {.scope = scope, .error = error, .wants_operand = true};
    compiler.tokens = (struct expr_lexer){.text = text, .at = text};
    compiler.builder.error = error;
    if (!take_all(&compiler)) {
        return false;
    }
    if (compiler.pending_count > 0) {
        return error_set(error, "column %d: this '(' is never closed",
                         (int) compiler.pending[compiler.pending_count - 1].column);
    }
    return build_finish(&compiler.builder, arena, ret_expr);
}
