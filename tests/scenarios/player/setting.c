#include "tests/scenarios/player/setting.h"

#include <string.h>

static enum severity read_severity_word(struct story *story)
{
    const char *word = story_word(story, "a severity");
    for (int i = 0; i < SEVERITY_COUNT; i++) {
        if (strcmp(severity_name((enum severity) i), word) == 0) {
            return (enum severity) i;
        }
    }
    story_fail(story, "no such severity", word);
}

static void add_person(struct story *story)
{
    const char *id = story_word(story, "an id");
    const char *name = story_word(story, "a name");
    town_add_person(story->stage.town, id, name, story_word(story, "a phone"));
}

static void add_duty(struct story *story, const char *area)
{
    for (const char *who = words_take(&story->words); who != NULL;
         who = words_take(&story->words)) {
        town_add_duty(story->stage.town, area, who);
    }
}

static void add_area(struct story *story)
{
    const char *id = story_word(story, "an id");
    const char *level = story_word(story, "a level");
    const char *name = story_word(story, "a name");
    const char *above = words_skip(&story->words, "under") ? story_word(story, "an area") : "";
    town_add_area(story->stage.town, id, level, name, above);
    if (words_skip(&story->words, "duty")) {
        add_duty(story, id);
    }
}

/* Of an area of the town that is used: these people and no others. */
static void change_duty(struct story *story)
{
    const char *id = story_word(story, "an area");
    story->stage.town->area[town_area(story->stage.town, id)].duty_count = 0;
    add_duty(story, id);
}

static void add_site(struct story *story)
{
    const char *id = story_word(story, "an id");
    const char *name = story_word(story, "a name");
    (void) words_skip(&story->words, "in");
    town_add_site(story->stage.town, id, name, story_word(story, "an area"));
}

static void add_contacts(struct story *story)
{
    const char *site = story_word(story, "a site");
    for (const char *who = words_take(&story->words); who != NULL;
         who = words_take(&story->words)) {
        town_add_contact(story->stage.town, site, who);
    }
}

static void read_device_line(struct story *story)
{
    const char *id = story_word(story, "an id");
    const char *name = story_word(story, "a name");
    const char *link = words_skip(&story->words, "link") ? story_word(story, "a link") : "bus1";
    ms_t poll = words_skip(&story->words, "poll") ? story_span(story) : 5 * MS_PER_SECOND;
    story->silent_after_ms =
        words_skip(&story->words, "silent") ? story_span(story) : MS_PER_MINUTE;
    town_add_device(story->stage.town, id, name, link, poll);
}

/* Of a device of the town that is used. */
static void change_timing(struct story *story)
{
    int32_t device = town_device(story->stage.town, story_word(story, "a device"));
    (void) words_skip(&story->words, "poll");
    ms_t poll_ms = story_span(story);
    (void) words_skip(&story->words, "silent");
    town_set_timing(story->stage.town, device, poll_ms, story_span(story));
}

static void add_point(struct story *story)
{
    const char *quantity = story_word(story, "a quantity");
    const char *unit = story_word(story, "a unit");
    (void) town_add_point(story->stage.town, quantity, unit, (int32_t) story_id(story),
                          story->silent_after_ms);
}

static void read_output_line(struct story *story)
{
    struct words *words = &story->words;
    const char *id = story_word(story, "an id");
    const char *name = story_word(story, "a name");
    struct policy_output *output =
        town_add_output(story->stage.town, id, name, read_severity_word(story));
    output->level = words_skip(words, "level")
                        ? town_level(story->stage.town, story_word(story, "a level"))
                        : 0;
    if (words_skip(words, "until")) {
        output->is_until_acked = strcmp(story_word(story, "acked or cleared"), "acked") == 0;
    }
    output->max_ms = words_skip(words, "max") ? story_span(story) : 0;
}

static void add_rule(struct story *story)
{
    struct words *words = &story->words;
    const char *id = story_word(story, "an id");
    enum severity severity = read_severity_word(story);
    (void) words_skip(words, "on");
    const char *quantity = story_word(story, "a quantity");
    (void) words_skip(words, "when");
    const char *when = story_word(story, "an expression");
    const char *clear = words_skip(words, "clear") ? story_word(story, "an expression") : NULL;
    struct policy_rule *rule =
        town_add_rule(story->stage.town, id, severity, quantity, when, clear);
    rule->hold_ms = words_skip(words, "hold") ? story_span(story) : 0;
    rule->clear_hold_ms = words_skip(words, "clear_hold") ? story_span(story) : 0;
    rule->is_latched = words_skip(words, "latched");
    if (words_skip(words, "coverage")) {
        rule->min_coverage = story_number(story);
    }
}

static void set_times(struct story *story)
{
    struct words *words = &story->words;
    struct town *town = story->stage.town;
    struct policy_escalation *times = &town->policy.escalation[read_severity_word(story)];
    *times = (struct policy_escalation){0};
    times->tell = words_skip(words, "tell") ? town_level(town, story_word(story, "a level")) : 0;
    if (words_skip(words, "silence")) {
        for (int32_t i = 0; i < town->policy.level_count; i++) {
            times->silence_ms[i] = story_span(story);
        }
    }
    times->repeat_ms = words_skip(words, "repeat") ? story_span(story) : 0;
    times->arrive_ms = words_skip(words, "arrive") ? story_span(story) : 0;
}

static void set_settle(struct story *story)
{
    story->stage.town->policy.settle_ms = story_span(story);
}

static void set_group_wait(struct story *story)
{
    story->stage.town->policy.group_wait_ms = story_span(story);
}

static void set_signature(struct story *story)
{
    struct town *town = story->stage.town;
    town->policy.signature = arena_copy(town->arena, story_word(story, "a signature"));
}

bool setting_read_line(struct story *story, const char *verb)
{
    static const struct {
        const char *verb;
        void (*build)(struct story *story);
    } lines[] = {{"person", add_person},         {"area", add_area},
                 {"duty", change_duty},          {"site", add_site},
                 {"contacts", add_contacts},     {"device", read_device_line},
                 {"timing", change_timing},      {"point", add_point},
                 {"output", read_output_line},   {"rule", add_rule},
                 {"times", set_times},           {"settle", set_settle},
                 {"group_wait", set_group_wait}, {"signature", set_signature}};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        if (strcmp(lines[i].verb, verb) == 0) {
            lines[i].build(story);
            return true;
        }
    }
    return false;
}
