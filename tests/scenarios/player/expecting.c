#include "tests/scenarios/player/expecting.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"

static void describe_happening(const struct happening *happening, char *to, size_t size)
{
    struct text text = text_over(to, size);
    if (happening->is_message) {
        text_add(&text, "message %lld (%s) to %s: %s", (long long) happening->message.id,
                 message_kind_name(happening->message.kind), happening->message.person,
                 happening->message.text);
    } else if (happening->is_answer) {
        text_add(&text, "answer %s: %s", happening->answer.is_ok ? "ok" : "no",
                 happening->answer.text);
    } else {
        text_add(&text, "%s %lld by %s: %s", entry_kind_name(happening->entry.kind),
                 (long long) happening->entry.incident, happening->entry.actor,
                 happening->entry.text);
    }
}

void expecting_nothing(struct story *story)
{
    if (story->stage.happening_count == 0) {
        return;
    }
    const struct happening *happening = &story->stage.happening[0];
    char happened[1024];
    char at[ZONE_ISO_MAX];
    describe_happening(happening, happened, sizeof happened);
    zone_format_iso(&story->stage.town->policy.zone, happening->at, at);
    char heading[128];
    (void) snprintf(heading, sizeof heading, "before this line, at %s, nobody expected", at);
    story_fail(story, heading, happened);
}

static const char *get_happening_text(const struct happening *happening)
{
    if (happening->is_message) {
        return happening->message.text;
    }
    return happening->is_answer ? happening->answer.text : happening->entry.text;
}

/* The rest of the line are texts that must stand in it ("not:..." must not). */
static bool holds_wanted_texts(struct story *story, const struct happening *happening)
{
    for (int32_t i = story->words.next; i < story->words.count; i++) {
        char wanted[REPLY_TEXT_MAX];
        story_put_codes(story, story->words.at[i], wanted, sizeof wanted);
        bool is_negated = strncmp(wanted, "not:", 4) == 0;
        bool is_there =
            strstr(get_happening_text(happening), is_negated ? wanted + 4 : wanted) != NULL;
        if (is_there == is_negated) {
            return false;
        }
    }
    return true;
}

/* Which happening a line means. */
struct wanted {
    const char *kind;   /* message, answer or an entry's name */
    const char *person; /* of a message */
    bool is_ok;         /* of an answer */
    int64_t incident;   /* of an entry */
};

static bool is_wanted_happening(const struct happening *happening, const struct wanted *wanted)
{
    if (happening->is_message) {
        return strcmp(wanted->kind, "message") == 0 && wanted->person != NULL &&
               strcmp(happening->message.person, wanted->person) == 0;
    }
    if (happening->is_answer) {
        return strcmp(wanted->kind, "answer") == 0 && happening->answer.is_ok == wanted->is_ok;
    }
    return strcmp(wanted->kind, entry_kind_name(happening->entry.kind)) == 0 &&
           happening->entry.incident == wanted->incident;
}

static void meet_wanted(struct story *story, const struct wanted *wanted)
{
    struct stage *stage = &story->stage;
    char nearest[1024] = "nothing of the kind";
    for (int32_t i = 0; i < stage->happening_count; i++) {
        if (!is_wanted_happening(&stage->happening[i], wanted)) {
            continue;
        }
        if (stage->now - stage->happening[i].at < MS_PER_SECOND &&
            holds_wanted_texts(story, &stage->happening[i])) {
            stage->happening_count--;
            memmove(&stage->happening[i], &stage->happening[i + 1],
                    (size_t) (stage->happening_count - i) * sizeof stage->happening[0]);
            story->words.next = story->words.count;
            return;
        }
        describe_happening(&stage->happening[i], nearest, sizeof nearest);
    }
    story_fail(story, "expected here, but there was", nearest);
}

static void check_same_word(struct story *story, const char *what, const char *actual)
{
    const char *wanted = story_word(story, what);
    if (strcmp(wanted, actual) != 0) {
        char text[256];
        (void) snprintf(text, sizeof text, "%s is %s, not %s", what, actual, wanted);
        story_fail(story, "expected otherwise", text);
    }
}

static void check_raised_count(struct story *story, const struct incident *incident)
{
    if (story_id(story) != incident->raised_count) {
        story_fail(story, "it was raised another number of times", "");
    }
}

static void check_incident(struct story *story)
{
    struct words *words = &story->words;
    const struct policy *policy = &story->stage.town->policy;
    const struct incident *incident = engine_incident(story->stage.engine, story_id(story));
    if (incident == NULL) {
        story_fail(story, "there is no such incident", "");
    }
    check_same_word(story, "the state", incident_state_name(incident->state));
    while (words->next < words->count) {
        if (words_skip(words, "level")) {
            check_same_word(story, "the level", policy->level_id[incident->level]);
        } else if (words_skip(words, "condition")) {
            check_same_word(story, "the condition", condition_name(incident->condition));
        } else if (words_skip(words, "severity")) {
            check_same_word(story, "the severity", severity_name(incident->severity));
        } else if (words_skip(words, "raised")) {
            check_raised_count(story, incident);
        } else {
            break;
        }
    }
}

void expecting_read_line(struct story *story)
{
    const char *kind = story_word(story, "what");
    if (strcmp(kind, "none") == 0) {
        expecting_nothing(story);
        return;
    }
    if (strcmp(kind, "incident") == 0) {
        check_incident(story);
        return;
    }
    struct wanted wanted = {.kind = kind};
    if (strcmp(kind, "message") == 0) {
        wanted.person = story_word(story, "a person");
    } else if (strcmp(kind, "answer") == 0) {
        wanted.is_ok = strcmp(story_word(story, "ok or no"), "ok") == 0;
    } else {
        wanted.incident = story_id(story);
    }
    meet_wanted(story, &wanted);
}
