#include "gateway/core/expr/expr_lexer.h"

#include <string.h>

#include "gateway/base/parse.h"
#include "gateway/base/utf8.h"

static bool is_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_word(char c)
{
    return is_letter(c) || is_ascii_digit(c) || c == '.';
}

static int32_t column_of(const struct expr_lexer *tokens)
{
    int32_t column = 1;
    for (const char *at = tokens->text; at < tokens->at; at++) {
        column += ((unsigned char) *at & 0xC0U) == 0x80U ? 0 : 1;
    }
    return column;
}

/* The bytes of a number or a name; of a number with an exponent its sign too. */
static size_t word_length(const char *text)
{
    bool is_number = is_ascii_digit(text[0]) || text[0] == '.';
    size_t length = 0;
    while (is_word(text[length])) {
        bool has_sign = is_number && (text[length] == 'e' || text[length] == 'E') &&
                        (text[length + 1] == '-' || text[length + 1] == '+') &&
                        is_ascii_digit(text[length + 2]);
        length += has_sign ? 2 : 1;
    }
    return length;
}

static bool copy_word(struct expr_lexer *tokens, struct token *token, size_t length,
                      struct error *error)
{
    if (length >= sizeof token->word) {
        return error_set(error, "column %d: a word of more than %d bytes", (int) token->column,
                         EXPR_NAME_MAX - 1);
    }
    memcpy(token->word, tokens->at, length);
    token->word[length] = '\0';
    tokens->at += length;
    return true;
}

static bool read_number_token(struct token *token, struct error *error)
{
    if (parse_double(token->word, &token->number)) {
        token->kind = TOKEN_NUMBER;
        return true;
    }
    if (parse_duration(token->word, &token->span)) {
        token->kind = TOKEN_SPAN;
        return true;
    }
    return error_set(error, "column %d: '%s' is neither a number nor a span like 10m or 24h",
                     (int) token->column, token->word);
}

static const struct sign {
    const char *word;
    enum token_kind kind;
    int tightness;
    struct op op;
} signs[] = {
    {.word = "(", .kind = TOKEN_OPEN},
    {.word = ")", .kind = TOKEN_CLOSE},
    {.word = ",", .kind = TOKEN_COMMA},
    {"or", TOKEN_OPERATOR, 1, {.kind = OP_OR}},
    {"and", TOKEN_OPERATOR, 2, {.kind = OP_AND}},
    {"not", TOKEN_OPERATOR, 3, {.kind = OP_NOT}},
    {"<", TOKEN_OPERATOR, 4, {.kind = OP_COMPARE, .comparison = COMPARE_LESS}},
    {"<=", TOKEN_OPERATOR, 4, {.kind = OP_COMPARE, .comparison = COMPARE_LESS_EQUAL}},
    {">", TOKEN_OPERATOR, 4, {.kind = OP_COMPARE, .comparison = COMPARE_GREATER}},
    {">=", TOKEN_OPERATOR, 4, {.kind = OP_COMPARE, .comparison = COMPARE_GREATER_EQUAL}},
    {"==", TOKEN_OPERATOR, 4, {.kind = OP_COMPARE, .comparison = COMPARE_EQUAL}},
    {"!=", TOKEN_OPERATOR, 4, {.kind = OP_COMPARE, .comparison = COMPARE_NOT_EQUAL}},
    {"+", TOKEN_OPERATOR, 5, {.kind = OP_ARITHMETIC, .arithmetic = ARITHMETIC_ADD}},
    {"-", TOKEN_OPERATOR, 5, {.kind = OP_ARITHMETIC, .arithmetic = ARITHMETIC_SUBTRACT}},
    {"*", TOKEN_OPERATOR, 6, {.kind = OP_ARITHMETIC, .arithmetic = ARITHMETIC_MULTIPLY}},
    {"/", TOKEN_OPERATOR, 6, {.kind = OP_ARITHMETIC, .arithmetic = ARITHMETIC_DIVIDE}},
};

/* Are these `length` bytes a sign? */
static bool find_sign(const char *text, size_t length, struct token *token)
{
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        const struct sign *sign = &signs[i];
        if (strlen(sign->word) == length && strncmp(text, sign->word, length) == 0) {
            token->kind = sign->kind;
            token->op = sign->op;
            token->tightness = sign->tightness;
            return true;
        }
    }
    return false;
}

/* Frequent mistakes, also from a Chinese keyboard. */
static const struct {
    const char *word, *instead;
} mistakes[] = {
    {"&&", "and"}, {"||", "or"}, {"!", "not"}, {"=", "=="}, {"≥", ">="}, {"≤", "<="},
    {"≠", "!="},   {"＞", ">"},  {"＜", "<"},  {"（", "("}, {"）", ")"}, {"，", ","},
    {"×", "*"},    {"÷", "/"},   {"＋", "+"},  {"－", "-"}, {"−", "-"},
};

static bool refuse_character(const struct expr_lexer *tokens, int32_t column, struct error *error)
{
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        if (strncmp(tokens->at, mistakes[i].word, strlen(mistakes[i].word)) == 0) {
            return error_set(error, "column %d: '%s' is not known here, write '%s'", (int) column,
                             mistakes[i].word, mistakes[i].instead);
        }
    }
    uint32_t code = 0;
    size_t length = utf8_decode(tokens->at, strlen(tokens->at), &code);
    if (length == 0 || code < 0x20) {
        return error_set(error, "column %d: a character that is no text", (int) column);
    }
    return error_set(error, "column %d: '%.*s' means nothing here", (int) column, (int) length,
                     tokens->at);
}

static bool read_sign(struct expr_lexer *tokens, struct token *token, struct error *error)
{
    for (size_t length = 2; length > 0; length--) { /* "<=" is not "<" */
        if (find_sign(tokens->at, length, token)) {
            return copy_word(tokens, token, length, error);
        }
    }
    return refuse_character(tokens, token->column, error);
}

bool expr_lexer_next(struct expr_lexer *tokens, struct token *ret_token, struct error *error)
{
    tokens->at += strspn(tokens->at, " \t");
    struct token token = {.kind = TOKEN_END, .column = column_of(tokens), .word = "the end"};
    char first = tokens->at[0];
    bool is_done = true;
    if (is_ascii_digit(first) || (first == '.' && is_ascii_digit(tokens->at[1]))) {
        is_done = copy_word(tokens, &token, word_length(tokens->at), error) &&
                  read_number_token(&token, error);
    } else if (is_letter(first)) {
        token.kind = TOKEN_NAME;
        is_done = copy_word(tokens, &token, word_length(tokens->at), error);
        (void) find_sign(token.word, strlen(token.word), &token); /* and, or, not */
    } else if (first != '\0') {
        is_done = read_sign(tokens, &token, error);
    }
    if (is_done) {
        *ret_token = token;
    }
    return is_done;
}
