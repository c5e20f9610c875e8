/* suggest.h - "did you mean 'poll'?": the nearest of some words to a mistyped one. */
#pragma once

#include <stddef.h>

enum { SUGGEST_WORD_MAX = 64 }; /* bytes; longer words are no typing mistakes */

/* The best word so far. Start with .word = the mistyped one and the rest zero. */
enum { SUGGEST_TEXT_MAX = SUGGEST_WORD_MAX + 24 };
struct suggest {
    const char *word;
    char best[SUGGEST_WORD_MAX + 1]; /* "": nothing is near enough */
    int distance;
    char text[SUGGEST_TEXT_MAX]; /* of suggest_text */
};

/* Offers one candidate. Near enough is one mistake in three letters: a letter too many, missing,
 * wrong, or two swapped (Damerau-Levenshtein). Of equals the first one stays. */
void suggest_offer(struct suggest *suggest, const char *candidate);

/* ", did you mean 'poll'?" or "". */
const char *suggest_text(struct suggest *suggest);
