/* scenario - plays a story and fails where it goes otherwise. usage: scenario FILE.scn
 *
 * The first block of a story builds its town, one thing a line. Most stories begin with a town of
 * ../towns and change it:
 *
 *   use lidu                                          (first: the lines of ../towns/lidu.town)
 *   duty g3 wang chen        contacts w3 owner        (duty replaces what the town has)
 *   timing w3/th1 poll 5m silent 1h
 *   signature 李渡应急       settle 60s     group_wait 15s     start 2026-07-18
 *   person wang 王某 +8613800000001
 *   area g3 grid 三组网格 under v1 duty wang chen     (the area above comes first; none at the top)
 *   site w3 3号库 in g3
 *   device th1 东墙温湿度 link bus1 poll 5s silent 60s   (of the site before it)
 *   point temperature degC 1                             (of the device before it)
 *   output siren 警笛 critical level village until acked max 10m     (of the site before it)
 *   rule hot critical on temperature when "value >= 40" clear "value < 39" hold 5m
 *        (then: clear_hold 5m latched coverage 0.5)
 *   times critical tell village silence 5m 5m 10m repeat 2m arrive 10m
 *
 * Then it goes line by line; a line without a time belongs to the time before it:
 *
 *   14:00:00  reading w3/th1/temperature 41.2 | none
 *   14:00:00  readings w3/th1/temperature 38 to 43 every 5s until 14:10:00 (or one value, none)
 *   14:03:00  stop w3/th1/temperature
 *   14:05:00  sms wang "1" key k1       from a person or a number; by default with a new key
 *   14:05:00  command ack 1 by zhao as inspector "note"    or: ... by wang as grid
 *   14:05:00  command maintain w3/th1 until 15:00:00 by tech "reason"    or: ... end by tech
 *   14:05:00  outcome 3 sent | delivered | failed          of message 3
 *   14:05:00  messages wait | leave     from now on they stay unsent | leave at once (the default)
 *   14:05:00  health link bus1 bad "text" | well
 *   14:05:00  output w3/siren failed "text"    the wire reports it: unknown, off, on or failed;
 *                                       "unproved" behind off or on: it could not do the opposite
 *                                       before. From then on each report needs a line; "obeys"
 *                                       ends that (the default)
 *   14:05:00  restart                   or: restart down 3h
 *   +5m       tick                      times may be relative; "next day" puts the clock 24 h on
 *             expect message wang "41.2" "超限40"   receiver; texts in it; "not:x" is not in it
 *             expect opened 1           an entry of incident 1, by its name in timelines, and texts
 *             expect answer ok | no "sentence"
 *             expect incident 1 acked level village condition unknown severity major raised 2
 *             expect none               nothing happened that was not expected
 *
 * $1 in a text is the code of incident 1. Every message, answer and transition needs a line of its
 * time. A happening without a line and a line without a happening fail the story. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenarios/player/acting.h"
#include "tests/scenarios/player/expecting.h"
#include "tests/scenarios/player/setting.h"
#include "tests/scenarios/player/story.h"

enum { PATH_BYTES = 1024 };

/* The town is complete; the engine starts with the time of this line. */
static void begin_play(struct story *story)
{
    struct civil day = {.year = story->year, .month = story->month, .day = story->day};
    story->stage.midnight = zone_utc(&story->stage.town->policy.zone, &day);
    story->is_playing = true;
    (void) town_finish(story->stage.town);
}

static void set_start(struct story *story)
{
    const char *word = story_word(story, "a date");
    /* NOLINTNEXTLINE(cert-err34-c): a story's author sees what comes of it */
    if (sscanf(word, "%4d-%2d-%2d", &story->year, &story->month, &story->day) != 3) {
        story_fail(story, "not a date YYYY-MM-DD", word);
    }
}

/* Moves the clock to the line's time; the first time starts the engine. */
static void move_clock(struct story *story)
{
    const char *word = story_word(story, "a time");
    bool is_first = !story->is_playing;
    if (is_first) {
        begin_play(story);
    }
    ms_t at = story_time(story, word);
    if (is_first) {
        story->stage.now = at;
        stage_start(&story->stage);
        return;
    }
    if (at < story->stage.now) {
        story_fail(story, "this time is over", word);
    }
    if (at > story->stage.now) {
        expecting_nothing(story);
        stage_advance(&story->stage, at);
    }
}

static void end_line(struct story *story)
{
    const char *more = words_take(&story->words);
    if (more != NULL) {
        story_fail(story, "too much on this line", more);
    }
}

/* False: an empty line. */
static bool split_line(struct story *story, const char *line)
{
    if (!words_split(line, &story->words)) {
        story_fail(story, "too many words, or a quote without its end", "");
    }
    return story->words.count > 0;
}

static void build_line(struct story *story, const char *verb)
{
    if (!setting_read_line(story, verb)) {
        story_fail(story, "no such thing in a town (does the time stand first?)", verb);
    }
    end_line(story);
}

/* The path of a town beside the folder of the story. */
static FILE *open_town(const struct story *story, const char *name)
{
    char path[PATH_BYTES];
    const char *slash = strrchr(story->file, '/');
    int length = slash == NULL ? 0 : (int) (slash - story->file + 1);
    (void) snprintf(path, sizeof path, "%.*s../towns/%s.town", length, story->file, name);
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        story_fail(story, "no such town", path);
    }
    return file;
}

static void use_town(struct story *story)
{
    const char *name = story_word(story, "a town");
    FILE *file = open_town(story, name);
    end_line(story);
    char line[WORDS_LINE_BYTES];
    while (fgets(line, sizeof line, file) != NULL) {
        if (split_line(story, line)) {
            build_line(story, story_word(story, "a verb"));
        }
    }
    (void) fclose(file);
}

static void act_line(struct story *story, const char *verb)
{
    if (strcmp(verb, "expect") == 0) {
        expecting_read_line(story);
    } else {
        expecting_nothing(story);
        if (!acting_read_line(story, verb)) {
            story_fail(story, "no such action", verb);
        }
    }
    end_line(story);
}

static void play_line(struct story *story, const char *line)
{
    if (!split_line(story, line)) {
        return;
    }
    if (story->words.has_time) {
        move_clock(story);
    }
    const char *verb = story_word(story, "something to do");
    if (story->is_playing) {
        act_line(story, verb);
    } else if (strcmp(verb, "use") == 0) {
        use_town(story);
    } else if (strcmp(verb, "start") == 0) {
        set_start(story);
        end_line(story);
    } else {
        build_line(story, verb);
    }
}

int main(int count, char **arguments)
{
    FILE *file = count == 2 ? fopen(arguments[1], "rbe") : NULL;
    if (file == NULL) {
        (void) fprintf(stderr, "usage: scenario FILE.scn\n");
        return 2;
    }
    static struct story story;
    story = (struct story){.file = arguments[1], .year = 2026, .month = 7, .day = 18};
    story.silent_after_ms = MS_PER_MINUTE;
    stage_open(&story.stage);
    static char line[WORDS_LINE_BYTES];
    while (fgets(line, sizeof line, file) != NULL) {
        story.line++;
        play_line(&story, line);
    }
    (void) fclose(file);
    story.line++;
    if (!story.is_playing) {
        story_fail(&story, "the story never begins", "");
    }
    expecting_nothing(&story);
    stage_close(&story.stage);
    return 0;
}
