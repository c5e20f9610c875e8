#include "gateway/core/message/reply.h"

#include <string.h>

#include "gateway/base/utf8.h"

enum { PARTS_MAX = 4, PART_MAX = 24 }; /* a verb, a code, and room to notice more words */

/* The text as words of plain characters. */
struct words {
    int32_t count; /* above PARTS_MAX: too many */
    bool is_long;  /* some word does not fit */
    char word[PARTS_MAX][PART_MAX];
};

/* Full-width forms stand 0xFEE0 above their ASCII twins. */
static uint32_t plain_of(uint32_t code)
{
    return code >= 0xFF01 && code <= 0xFF5E ? code - 0xFEE0 : code;
}

static bool is_between_words(uint32_t code)
{
    if (code <= ' ' || (code < 0x7F && strchr(",.;:!?'\"()[]-_+/*~#", (int) code) != NULL)) {
        return true;
    }
    return (code >= 0x3000 && code <= 0x3003) || (code >= 0x3008 && code <= 0x3011) ||
           code == 0xA0 || (code >= 0x2000 && code <= 0x206F) || code == 0xFEFF || code == 0xFFFD;
}

static bool is_digit_code(uint32_t code)
{
    return code >= '0' && code <= '9';
}

static void add_character(struct words *words, bool is_new, uint32_t code)
{
    words->count += is_new ? 1 : 0;
    if (words->count > PARTS_MAX) {
        return;
    }
    char *word = words->word[words->count - 1];
    size_t length = strlen(word);
    if (length + 5 > PART_MAX) {
        words->is_long = true;
        return;
    }
    size_t step = utf8_encode(code, word + length);
    word[length + step] = '\0';
}

/* A word ends at punctuation, and where digits and letters meet: 1收到 is two. */
static void split_words(const char *text, struct words *ret_words)
{
    size_t length = strlen(text);
    bool is_inside = false;
    bool was_digit = false;
    for (size_t at = 0; at < length;) {
        uint32_t code = 0;
        size_t step = utf8_decode(text + at, length - at, &code);
        at += step == 0 ? 1 : step;
        code = step == 0 ? ' ' : plain_of(code);
        if (is_between_words(code)) {
            is_inside = false;
            continue;
        }
        add_character(ret_words, !is_inside || was_digit != is_digit_code(code), code);
        is_inside = true;
        was_digit = is_digit_code(code);
    }
}

static enum reply_verb verb_of(const char *word)
{
    static const struct {
        const char *word;
        enum reply_verb verb;
    } verbs[] = {
        {"1", REPLY_RECEIVED},      {"一", REPLY_RECEIVED},    {"收到", REPLY_RECEIVED},
        {"2", REPLY_FALSE_ALARM},   {"二", REPLY_FALSE_ALARM}, {"误报", REPLY_FALSE_ALARM},
        {"3", REPLY_DONE},          {"三", REPLY_DONE},        {"完成", REPLY_DONE},
        {"已完成", REPLY_DONE},     {"整改完成", REPLY_DONE},  {"4", REPLY_ON_SITE},
        {"四", REPLY_ON_SITE},      {"到场", REPLY_ON_SITE},   {"已到场", REPLY_ON_SITE},
        {"已收到", REPLY_RECEIVED}, {"收", REPLY_RECEIVED},
    };
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].word, word) == 0) {
            return verbs[i].verb;
        }
    }
    return REPLY_NOT_UNDERSTOOD;
}

static bool is_code(const char *word)
{
    size_t length = strlen(word);
    return (length == 4 || length == 5) && strspn(word, "0123456789") == length;
}

static bool take_reply_word(struct reply *reply, const char *word)
{
    enum reply_verb verb = verb_of(word);
    if (verb != REPLY_NOT_UNDERSTOOD) {
        bool agrees = reply->verb == REPLY_NOT_UNDERSTOOD || reply->verb == verb;
        reply->verb = verb;
        return agrees;
    }
    if (is_code(word) && reply->code[0] == '\0') {
        memcpy(reply->code, word, strlen(word) + 1);
        return true;
    }
    /* "收 到" is one word to its writer. */
    return strcmp(word, "编号") == 0 || strcmp(word, "回复") == 0 || strcmp(word, "到") == 0;
}

struct reply reply_parse(const char *text)
{
    struct words words = {0};
    split_words(text, &words);
    struct reply reply = {0};
    if (words.is_long || words.count > PARTS_MAX) {
        return reply;
    }
    for (int32_t i = 0; i < words.count; i++) {
        if (!take_reply_word(&reply, words.word[i])) {
            return (struct reply){0};
        }
    }
    if (reply.verb == REPLY_NOT_UNDERSTOOD) {
        reply.code[0] = '\0'; /* a code alone says nothing */
    }
    return reply;
}
