/* expr_lexer.h - splits the text of an expression into tokens; used by expr_compile. */
#pragma once

#include "gateway/core/expr/expr_ops.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_SPAN, /* 24h */
    TOKEN_NAME, /* temperature, site.max_people; also a function's */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_OPERATOR, /* also and, or, not */
};

struct token {
    enum token_kind kind;
    int32_t column;           /* in characters, from 1 */
    char word[EXPR_NAME_MAX]; /* as written; "the end" of TOKEN_END */
    double number;            /* of TOKEN_NUMBER */
    ms_t span;                /* of TOKEN_SPAN */
    struct op op;             /* of TOKEN_OPERATOR; a minus has two operands */
    int tightness;            /* of TOKEN_OPERATOR: how tightly it binds; of the others 0 */
};

struct expr_lexer {
    const char *text, *at;
};

/* Reads the next token. */
MUST_CHECK bool expr_lexer_next(struct expr_lexer *tokens, struct token *ret_token,
                                struct error *error);
