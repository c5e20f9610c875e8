/* expr_lexer.h - splits the text of an expression into tokens; used by expr_compile. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "gateway/base/error.h"
#include "gateway/base/units.h"
#include "gateway/core/expr/expr.h"

enum token_kind {
    TOKEN_END,
    TOKEN_NUMBER,
    TOKEN_SPAN, /* 24h */
    TOKEN_NAME, /* temperature, site.max_people; also a function's */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_PLUS,
    TOKEN_MINUS,
    TOKEN_TIMES,
    TOKEN_DIVIDE,
    TOKEN_LESS,
    TOKEN_LESS_EQUAL,
    TOKEN_GREATER,
    TOKEN_GREATER_EQUAL,
    TOKEN_EQUAL,
    TOKEN_NOT_EQUAL,
    TOKEN_AND,
    TOKEN_OR,
    TOKEN_NOT,
};

struct token {
    enum token_kind kind;
    int32_t column;           /* in characters, from 1 */
    char word[EXPR_NAME_MAX]; /* as written; "the end" of TOKEN_END */
    double number;            /* of TOKEN_NUMBER */
    ms_t span;                /* of TOKEN_SPAN */
};

struct expr_lexer {
    const char *text, *at;
};

/* Reads the next token. */
MUST_CHECK bool expr_lexer_next(struct expr_lexer *tokens, struct token *ret_token,
                                struct error *error);
