#include "tests/scenarios/player/words.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* Cuts the word that begins at `at` off; returns what follows, NULL when a quote has no end. */
static char *cut_word(struct words *words, char *at)
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

bool words_split(const char *line, struct words *ret_words)
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
        at = cut_word(words, at);
        if (at != NULL) {
            at += strspn(at, " \t\r\n");
        }
    }
    return at != NULL;
}

const char *words_take(struct words *words)
{
    return words->next < words->count ? words->at[words->next++] : NULL;
}

bool words_skip(struct words *words, const char *word)
{
    bool is_it = words->next < words->count && strcmp(words->at[words->next], word) == 0;
    words->next += is_it ? 1 : 0;
    return is_it;
}
