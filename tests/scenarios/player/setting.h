/* setting.h - the first block of a story: its people, places and rules. */
#pragma once

#include "tests/scenarios/player/story.h"

static inline enum severity need_severity(struct story *story)
{
    const char *word = need(story, "a severity");
    for (int i = 0; i < SEVERITY_COUNT; i++) {
        if (strcmp(severity_name((enum severity) i), word) == 0) {
            return (enum severity) i;
        }
    }
    fail(story, "no such severity", word);
}

static inline void add_person(struct story *story)
{
    const char *id = need(story, "an id");
    const char *name = need(story, "a name");
    town_add_person(story->stage.town, id, name, need(story, "a phone"));
}

static inline void add_duty(struct story *story, const char *area)
{
    for (const char *who = words_take(&story->words); who != NULL;
         who = words_take(&story->words)) {
        town_add_duty(story->stage.town, area, who);
    }
}

static inline void add_area(struct story *story)
{
    const char *id = need(story, "an id");
    const char *level = need(story, "a level");
    const char *name = need(story, "a name");
    const char *above = words_skip(&story->words, "under") ? need(story, "an area") : "";
    town_add_area(story->stage.town, id, level, name, above);
    if (words_skip(&story->words, "duty")) {
        add_duty(story, id);
    }
}

/* Of an area of the town that is used: these people and no others. */
static inline void change_duty(struct story *story)
{
    const char *id = need(story, "an area");
    story->stage.town->area[town_area(story->stage.town, id)].duty_count = 0;
    add_duty(story, id);
}

static inline void add_site(struct story *story)
{
    const char *id = need(story, "an id");
    const char *name = need(story, "a name");
    (void) words_skip(&story->words, "in");
    town_add_site(story->stage.town, id, name, need(story, "an area"));
}

static inline void add_contacts(struct story *story)
{
    const char *site = need(story, "a site");
    for (const char *who = words_take(&story->words); who != NULL;
         who = words_take(&story->words)) {
        town_add_contact(story->stage.town, site, who);
    }
}

static inline void add_device(struct story *story)
{
    const char *id = need(story, "an id");
    const char *name = need(story, "a name");
    const char *link = words_skip(&story->words, "link") ? need(story, "a link") : "bus1";
    ms_t poll = words_skip(&story->words, "poll") ? need_span(story) : 5 * MS_PER_SECOND;
    story->silent_after_ms = words_skip(&story->words, "silent") ? need_span(story) : MS_PER_MINUTE;
    town_add_device(story->stage.town, id, name, link, poll);
}

/* Of a device of the town that is used. */
static inline void change_timing(struct story *story)
{
    int32_t device = town_device(story->stage.town, need(story, "a device"));
    (void) words_skip(&story->words, "poll");
    ms_t poll_ms = need_span(story);
    (void) words_skip(&story->words, "silent");
    town_set_timing(story->stage.town, device, poll_ms, need_span(story));
}

static inline void add_point(struct story *story)
{
    const char *quantity = need(story, "a quantity");
    const char *unit = need(story, "a unit");
    (void) town_add_point(story->stage.town, quantity, unit, (int32_t) need_id(story),
                          story->silent_after_ms);
}

static inline void add_output(struct story *story)
{
    struct words *words = &story->words;
    const char *id = need(story, "an id");
    const char *name = need(story, "a name");
    struct policy_output *output =
        town_add_output(story->stage.town, id, name, need_severity(story));
    output->level =
        words_skip(words, "level") ? town_level(story->stage.town, need(story, "a level")) : 0;
    if (words_skip(words, "until")) {
        output->is_until_acked = strcmp(need(story, "acked or cleared"), "acked") == 0;
    }
    output->max_ms = words_skip(words, "max") ? need_span(story) : 0;
}

static inline void add_rule(struct story *story)
{
    struct words *words = &story->words;
    const char *id = need(story, "an id");
    enum severity severity = need_severity(story);
    (void) words_skip(words, "on");
    const char *quantity = need(story, "a quantity");
    (void) words_skip(words, "when");
    const char *when = need(story, "an expression");
    const char *clear = words_skip(words, "clear") ? need(story, "an expression") : NULL;
    struct policy_rule *rule =
        town_add_rule(story->stage.town, id, severity, quantity, when, clear);
    rule->hold_ms = words_skip(words, "hold") ? need_span(story) : 0;
    rule->clear_hold_ms = words_skip(words, "clear_hold") ? need_span(story) : 0;
    rule->is_latched = words_skip(words, "latched");
    if (words_skip(words, "coverage")) {
        rule->min_coverage = need_number(story);
    }
}

static inline void set_times(struct story *story)
{
    struct words *words = &story->words;
    struct town *town = story->stage.town;
    struct policy_escalation *times = &town->policy.escalation[need_severity(story)];
    *times = (struct policy_escalation){0};
    times->tell = words_skip(words, "tell") ? town_level(town, need(story, "a level")) : 0;
    if (words_skip(words, "silence")) {
        for (int32_t i = 0; i < town->policy.level_count; i++) {
            times->silence_ms[i] = need_span(story);
        }
    }
    times->repeat_ms = words_skip(words, "repeat") ? need_span(story) : 0;
    times->arrive_ms = words_skip(words, "arrive") ? need_span(story) : 0;
}

static inline void set_settle(struct story *story)
{
    story->stage.town->policy.settle_ms = need_span(story);
}

static inline void set_group_wait(struct story *story)
{
    story->stage.town->policy.group_wait_ms = need_span(story);
}

static inline void set_signature(struct story *story)
{
    struct town *town = story->stage.town;
    town->policy.signature = arena_copy(town->arena, need(story, "a signature"));
}

/* False: no line of a setting. */
static inline bool setting_build(struct story *story, const char *verb)
{
    static const struct {
        const char *verb;
        void (*build)(struct story *story);
    } lines[] = {{"person", add_person},         {"area", add_area},
                 {"duty", change_duty},          {"site", add_site},
                 {"contacts", add_contacts},     {"device", add_device},
                 {"timing", change_timing},      {"point", add_point},
                 {"output", add_output},         {"rule", add_rule},
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
