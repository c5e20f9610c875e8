#include "tests/scenarios/player/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void story_fail(const struct story *story, const char *what, const char *which)
{
    (void) printf("%s:%d: %s%s%s\n", story->file, (int) story->line, what,
                  which[0] == '\0' ? "" : ": ", which);
    (void) fflush(stdout);
    _Exit(1);
}

const char *story_word(struct story *story, const char *what)
{
    const char *word = words_take(&story->words);
    if (word == NULL) {
        story_fail(story, "the line lacks", what);
    }
    return word;
}

ms_t story_span(struct story *story)
{
    ms_t span = 0;
    const char *word = story_word(story, "a duration");
    if (!parse_duration(word, &span)) {
        story_fail(story, "not a duration", word);
    }
    return span;
}

double story_number(struct story *story)
{
    double number = 0;
    const char *word = story_word(story, "a number");
    if (!parse_double(word, &number)) {
        story_fail(story, "not a number", word);
    }
    return number;
}

int64_t story_id(struct story *story)
{
    int64_t id = 0;
    const char *word = story_word(story, "an id");
    if (!parse_int(word, 0, INT32_MAX, &id)) {
        story_fail(story, "not an id", word);
    }
    return id;
}

ms_t story_time(const struct story *story, const char *word)
{
    ms_t span = 0;
    if (word[0] == '+') {
        if (!parse_duration(word + 1, &span)) {
            story_fail(story, "not a duration", word);
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
        story_fail(story, "not a time HH:MM:SS", word);
    }
    return story->stage.midnight + hour * MS_PER_HOUR + minute * MS_PER_MINUTE +
           second * MS_PER_SECOND;
}

void story_put_codes(struct story *story, const char *text, char *to, size_t size)
{
    size_t used = 0;
    for (; *text != '\0' && used + 8 < size; text++) {
        bool is_code = text[0] == '$' && text[1] >= '1' && text[1] <= '9';
        const struct incident *incident =
            is_code ? engine_incident(story->stage.engine, text[1] - '0') : NULL;
        if (incident == NULL) {
            to[used++] = *text;
            continue;
        }
        used += (size_t) snprintf(to + used, size - used, "%s", incident->code);
        text++;
    }
    to[used] = '\0';
}
