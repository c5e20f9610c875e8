/* story.h - a story as it is read: its place in the file, its words, its stage. */
#pragma once

#include "tests/scenarios/player/stage.h"
#include "tests/scenarios/player/words.h"

struct story {
    const char *file;
    int32_t line;
    int year, month, day; /* of its first midnight */
    bool is_playing;
    ms_t silent_after_ms; /* of the newest device */
    struct words words;
    struct stage stage;
};

/* Prints the place in the story and the sentence, and ends the program with 1. */
/* cppcheck 2.10 takes the attribute, not _Noreturn. */
__attribute__((noreturn)) void story_fail(const struct story *story, const char *what,
                                          const char *which);

/* The next word of the line, each as its kind. A line that lacks it fails; `what` names it. */
const char *story_word(struct story *story, const char *what);
ms_t story_span(struct story *story);
double story_number(struct story *story);
int64_t story_id(struct story *story);

/* "14:05:00" of the story's day, or "+5m" from now. */
ms_t story_time(const struct story *story, const char *word);

/* Copies `text`; $1 in it becomes the code of incident 1. */
void story_put_codes(struct story *story, const char *text, char *to, size_t size);
