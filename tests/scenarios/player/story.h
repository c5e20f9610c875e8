/* story.h - a story as it is read: where it stands, what its words mean. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenarios/player/stage.h"
#include "tests/scenarios/player/words.h"

struct story {
    const char *file;
    int32_t line;
    int year, month, day; /* of its first midnight */
    bool is_playing;
    ms_t silent_after_ms; /* of the device that was told last */
    struct words words;
    struct stage stage;
};

_Noreturn static inline void fail(const struct story *story, const char *what, const char *which)
{
    (void) printf("%s:%d: %s%s%s\n", story->file, (int) story->line, what,
                  which[0] == '\0' ? "" : ": ", which);
    (void) fflush(stdout);
    _Exit(1);
}

static inline const char *need(struct story *story, const char *what)
{
    const char *word = words_take(&story->words);
    if (word == NULL) {
        fail(story, "the line lacks", what);
    }
    return word;
}

static inline ms_t need_span(struct story *story)
{
    ms_t span = 0;
    const char *word = need(story, "a duration");
    if (!parse_duration(word, &span)) {
        fail(story, "not a duration", word);
    }
    return span;
}

static inline double need_number(struct story *story)
{
    double number = 0;
    const char *word = need(story, "a number");
    if (!parse_double(word, &number)) {
        fail(story, "not a number", word);
    }
    return number;
}

static inline int64_t need_id(struct story *story)
{
    int64_t id = 0;
    const char *word = need(story, "an id");
    if (!parse_int(word, 0, INT32_MAX, &id)) {
        fail(story, "not an id", word);
    }
    return id;
}

static inline ms_t need_time(const struct story *story, const char *word)
{
    ms_t span = 0;
    if (word[0] == '+') {
        if (!parse_duration(word + 1, &span)) {
            fail(story, "not a duration", word);
        }
        return story->stage.now + span;
    }
    int hour = 0;
    int minute = 0;
    int second = 0;
    int length = 0;
    /* NOLINTNEXTLINE(cert-err34-c): the range is checked below */
    if (sscanf(word, "%2d:%2d:%2d%n", &hour, &minute, &second, &length) != 3 ||
        word[length] != '\0' || hour > 23 || minute > 59 || second > 59) {
        fail(story, "not a time HH:MM:SS", word);
    }
    return story->stage.midnight + hour * MS_PER_HOUR + minute * MS_PER_MINUTE +
           second * MS_PER_SECOND;
}
