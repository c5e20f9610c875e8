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

static bool copy_word(struct expr_lexer *tokens, struct token *token, struct error *error)
{
    size_t length = word_length(tokens->at);
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

static void read_name_token(struct token *token)
{
    static const struct {
        const char *word;
        enum token_kind kind;
    } keywords[] = {{"and", TOKEN_AND}, {"or", TOKEN_OR}, {"not", TOKEN_NOT}};
    token->kind = TOKEN_NAME;
    for (size_t i = 0; i < sizeof keywords / sizeof keywords[0]; i++) {
        if (strcmp(token->word, keywords[i].word) == 0) {
            token->kind = keywords[i].kind;
        }
    }
}

/* Longer signs first: "<=" is not "<". */
static const struct sign {
    const char *word;
    enum token_kind kind;
} signs[] = {
    {"<=", TOKEN_LESS_EQUAL}, {">=", TOKEN_GREATER_EQUAL}, {"==", TOKEN_EQUAL},
    {"!=", TOKEN_NOT_EQUAL},  {"<", TOKEN_LESS},           {">", TOKEN_GREATER},
    {"+", TOKEN_PLUS},        {"-", TOKEN_MINUS},          {"*", TOKEN_TIMES},
    {"/", TOKEN_DIVIDE},      {"(", TOKEN_OPEN},           {")", TOKEN_CLOSE},
    {",", TOKEN_COMMA},
};

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
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        size_t length = strlen(signs[i].word);
        if (strncmp(tokens->at, signs[i].word, length) == 0) {
            token->kind = signs[i].kind;
            memcpy(token->word, signs[i].word, length + 1);
            tokens->at += length;
            return true;
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
        is_done = copy_word(tokens, &token, error) && read_number_token(&token, error);
    } else if (is_letter(first)) {
        is_done = copy_word(tokens, &token, error);
        read_name_token(&token);
    } else if (first != '\0') {
        is_done = read_sign(tokens, &token, error);
    }
    if (is_done) {
        *ret_token = token;
    }
    return is_done;
}
