/* words.h - a line of a story as words: separated by blanks, "in quotes" one word, # begins a comment. */
#pragma once

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { WORDS_MAX = 40, LINE_PROTOCOL_MAX_BYTES = 2000 };

struct words {
    int32_t count;
    int32_t next;  /* of words_take */
    bool has_time; /* the line does not begin with a blank */
    const char *at[WORDS_MAX];
    char bytes[LINE_PROTOCOL_MAX_BYTES];
};

/* Cuts the word that begins at `at` off; returns what follows, NULL when a quote has no end. */
static inline char *words_cut(struct words *words, char *at)
{
    bool is_quoted = *at == '"';
    at += is_quoted ? 1 : 0;
    words->at[words->count++] = at;
    at += is_quoted ? strcspn(at, "\"") : strcspn(at, " \t\r\n");
    if (*at == '\0') {
        return is_quoted ? NULL : at;
    }
    *at = '\0';
    return at + 1;
}

static inline bool words_split(const char *line, struct words *ret_words)
{
    struct words *words = ret_words;
    words->count = 0;
    words->next = 0;
    words->has_time = isdigit((unsigned char) line[0]) != 0 || line[0] == '+';
    (void) snprintf(words->bytes, sizeof words->bytes, "%s", line);
    char *at = words->bytes + strspn(words->bytes, " \t\r\n");
    while (at != NULL && *at != '\0' && *at != '#') {
        if (words->count == WORDS_MAX) {
            return false;
        }
        at = words_cut(words, at);
        if (at != NULL) {
            at += strspn(at, " \t\r\n");
        }
    }
    return at != NULL;
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
