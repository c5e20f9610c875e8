/* words.h - a line of a story as words: separated by blanks, "in quotes" one word, # begins a
 * comment. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { WORDS_MAX = 40, WORDS_LINE_BYTES = 2000 };

struct words {
    int32_t count;
    int32_t next;  /* of words_take */
    bool has_time; /* the line does not begin with a blank */
    const char *at[WORDS_MAX];
    char bytes[WORDS_LINE_BYTES];
};

/* False: too many words, or a quote without its end. */
bool words_split(const char *line, struct words *ret_words);

/* The next word, or NULL at the end. */
const char *words_take(struct words *words);

/* Takes the next word when it is this one. */
bool words_skip(struct words *words, const char *word);
