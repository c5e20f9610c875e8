/* words.h - a line of a story as words: separated by blanks, "in quotes" one word, # begins a comment. */
#pragma once

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 40, LINE_MAX_BYTES = 2000 };

struct words {
    int32_t count;
    int32_t next;       /* of words_take */
    bool has_time;      /* the line does not begin with a blank */
    const char *at[WORDS_MAX];
    char bytes[LINE_MAX_BYTES];
};

static inline bool words_split(const char *line, struct words *ret_words)
{
    struct words *words = ret_words;
    words->count = 0;
    words->next = 0;
    words->has_time = isdigit((unsigned char) line[0]) != 0 || line[0] == '+';
    (void) snprintf(words->bytes, sizeof words->bytes, "%s", line);
    for (char *at = words->bytes; *at != '\0';) {
        if (isspace((unsigned char) *at)) {
            *at++ = '\0';
            continue;
        }
        if (*at == '#') {
            break;
        }
        if (words->count == WORDS_MAX) {
            return false;
        }
        bool is_quoted = *at == '"';
        at += is_quoted ? 1 : 0;
        words->at[words->count++] = at;
        size_t length = is_quoted ? strcspn(at, "\"") : strcspn(at, " \t\r\n");
        if (is_quoted && at[length] == '\0') {
            return false;
        }
        at += length;
        if (*at != '\0') {
            *at++ = '\0';
        }
    }
    return true;
}

/* The next word, or NULL at the end. */
static inline const char *words_take(struct words *words)
{
    return words->next < words->count ? words->at[words->next++] : NULL;
}

/* Takes the next word when it is this one. */
static inline bool words_skip(struct words *words, const char *word)
{
    bool is_it = words->next < words->count && strcmp(words->at[words->next], word) == 0;
    words->next += is_it ? 1 : 0;
    return is_it;
}
