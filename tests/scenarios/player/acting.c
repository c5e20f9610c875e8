#include "tests/scenarios/player/acting.h"

#include <stdio.h>
#include <string.h>

static void act_reading(struct story *story)
{
    int32_t point = town_point(story->stage.town, story_word(story, "a point"));
    bool is_none = words_skip(&story->words, "none");
    stage_read(&story->stage, point, !is_none, is_none ? 0 : story_number(story));
}

static struct stream *find_stream_place(struct story *story, int32_t point)
{
    struct stream *place = NULL;
    for (int i = 0; i < STREAMS_MAX; i++) {
        struct stream *stream = &story->stage.stream[i];
        if (stream->point == point) {
            return stream;
        }
        place = stream->point < 0 && place == NULL ? stream : place;
    }
    if (place == NULL) {
        story_fail(story, "too many streams", "");
    }
    return place;
}

static void act_readings(struct story *story)
{
    struct words *words = &story->words;
    int32_t point = town_point(story->stage.town, story_word(story, "a point"));
    struct stream stream = {.point = point, .start = story->stage.now, .next = story->stage.now};
    stream.has_value = !words_skip(words, "none");
    if (stream.has_value) {
        stream.from = story_number(story);
        stream.to = words_skip(words, "to") ? story_number(story) : stream.from;
    }
    (void) words_skip(words, "every");
    stream.every_ms = story_span(story);
    (void) words_skip(words, "until");
    const char *until = story_word(story, "a time");
    stream.until = strcmp(until, "end") == 0 ? INT64_MAX / 2 : story_time(story, until);
    struct stream *place = find_stream_place(story, point);
    *place = stream;
    stage_pour(&story->stage, place); /* the first one now */
}

static void act_stop(struct story *story)
{
    int32_t point = town_point(story->stage.town, story_word(story, "a point"));
    find_stream_place(story, point)->point = -1;
}

static const char *find_sender_phone(struct story *story, const char *who)
{
    int32_t person = policy_find_person(&story->stage.town->policy, who);
    return person < 0 ? who : story->stage.town->person[person].phone;
}

static void act_sms(struct story *story)
{
    const char *from = find_sender_phone(story, story_word(story, "a sender"));
    char text[REPLY_TEXT_MAX];
    story_put_codes(story, story_word(story, "a text"), text, sizeof text);
    char key[32];
    (void) snprintf(key, sizeof key, "sms-%lld", (long long) ++story->stage.reply_count);
    const char *given = words_skip(&story->words, "key") ? story_word(story, "a key") : key;
    const struct event event = {.kind = EVENT_REPLY,
                                .at = story->stage.now,
                                .reply = {.from = from, .text = text, .key = given}};
    stage_step(&story->stage, &event);
}

static enum command_verb read_command_verb(struct story *story)
{
    static const char *const verbs[] = {"ack",   "arrive",  "rectify", "reinspect",
                                        "close", "comment", "test"};
    const char *word = story_word(story, "a verb");
    for (int i = 0; i < 7; i++) {
        if (strcmp(verbs[i], word) == 0) {
            return (enum command_verb) i;
        }
    }
    story_fail(story, "no such command", word);
}

/* maintain w3/th1 until 15:00:00, or: maintain w3/th1 end */
static void read_maintain_command(struct story *story, struct event_command *command)
{
    command->verb = COMMAND_MAINTAIN;
    command->device = story_word(story, "a device");
    if (!words_skip(&story->words, "end")) {
        (void) words_skip(&story->words, "until");
        command->until = story_time(story, story_word(story, "a time"));
    }
}

static void act_command(struct story *story)
{
    struct event event = {.kind = EVENT_COMMAND, .at = story->stage.now};
    event.command.ticket = 1;
    if (words_skip(&story->words, "maintain")) {
        read_maintain_command(story, &event.command);
    } else {
        event.command.verb = read_command_verb(story);
        event.command.incident = story_id(story);
    }
    (void) words_skip(&story->words, "by");
    event.command.actor = story_word(story, "an actor");
    event.command.person = policy_find_person(&story->stage.town->policy, event.command.actor) < 0
                               ? ""
                               : event.command.actor;
    event.command.channel = "web";
    if (words_skip(&story->words, "as")) {
        event.command.is_area_bound = strcmp(story_word(story, "a role"), "grid") == 0;
    }
    const char *note = words_take(&story->words);
    event.command.note = note == NULL ? "" : note;
    stage_step(&story->stage, &event);
}

static void act_outcome(struct story *story)
{
    static const char *const outcomes[] = {"sent", "delivered", "failed"};
    struct event event = {.kind = EVENT_OUTCOME, .at = story->stage.now};
    event.outcome.message = story_id(story);
    const char *word = story_word(story, "an outcome");
    event.outcome.why = "";
    for (int i = 0; i < 3; i++) {
        if (strcmp(outcomes[i], word) == 0) {
            event.outcome.outcome = (enum outcome) i;
            stage_step(&story->stage, &event);
            return;
        }
    }
    story_fail(story, "no such outcome", word);
}

static void act_health(struct story *story)
{
    static const char *const parts[HEALTH_PART_COUNT] = {"link",    "store", "state",
                                                         "history", "sms",   "output"};
    struct event event = {.kind = EVENT_HEALTH, .at = story->stage.now};
    const char *part = story_word(story, "a part");
    event.health.id = story_word(story, "its id");
    event.health.is_ok = !words_skip(&story->words, "bad");
    event.health.may_pass = words_skip(&story->words, "passing");
    (void) words_skip(&story->words, "well");
    const char *text = words_take(&story->words);
    event.health.text = text == NULL ? "" : text;
    for (int i = 0; i < HEALTH_PART_COUNT; i++) {
        if (strcmp(parts[i], part) == 0) {
            event.health.part = (enum health_part) i;
            stage_step(&story->stage, &event);
            return;
        }
    }
    story_fail(story, "no such part", part);
}

static int32_t read_output_id(struct story *story)
{
    const struct policy *policy = &story->stage.town->policy;
    const char *id = story_word(story, "an output");
    for (int32_t i = 0; i < policy->output_count; i++) {
        if (strcmp(policy->output[i].id, id) == 0) {
            return i;
        }
    }
    story_fail(story, "no such output", id);
}

/* output w3/siren failed "回读不符", or: output w3/siren off unproved, or: output w3/siren obeys */
static void act_output(struct story *story)
{
    static const char *const states[] = {"unknown", "off", "on", "failed"};
    struct stage *stage = &story->stage;
    int32_t output = read_output_id(story);
    stage->output[output].is_by_hand = !words_skip(&story->words, "obeys");
    if (!stage->output[output].is_by_hand) {
        stage->output[output].must_report = true;
        stage_obey(stage);
        return;
    }
    const char *word = story_word(story, "a state");
    bool has_failed = words_skip(&story->words, "unproved") || strcmp(word, "failed") == 0;
    const char *text = words_take(&story->words);
    for (int i = 0; i < 4; i++) {
        if (strcmp(states[i], word) == 0) {
            stage_report(stage, output, (enum output_state) i, has_failed,
                         text == NULL ? "" : text);
            return;
        }
    }
    story_fail(story, "no such state of an output", word);
}

static void act_messages(struct story *story)
{
    const char *word = story_word(story, "wait or leave");
    story->stage.must_wait = strcmp(word, "wait") == 0;
    if (!story->stage.must_wait) {
        stage_send(&story->stage);
    }
}

static void act_restart(struct story *story)
{
    stage_restart(&story->stage, words_skip(&story->words, "down") ? story_span(story) : 0);
}

static void act_tick(struct story *story)
{
    const struct event event = {.kind = EVENT_TICK, .at = story->stage.now};
    stage_step(&story->stage, &event);
}

bool acting_read_line(struct story *story, const char *verb)
{
    static const struct {
        const char *verb;
        void (*act)(struct story *story);
    } acts[] = {{"reading", act_reading}, {"readings", act_readings}, {"stop", act_stop},
                {"sms", act_sms},         {"command", act_command},   {"outcome", act_outcome},
                {"health", act_health},   {"output", act_output},     {"messages", act_messages},
                {"restart", act_restart}, {"tick", act_tick}};
    if (strcmp(verb, "next") == 0) {
        (void) words_skip(&story->words, "day");
        story->stage.midnight += MS_PER_DAY;
        return true;
    }
    for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++) {
        if (strcmp(acts[i].verb, verb) == 0) {
            acts[i].act(story);
            return true;
        }
    }
    return false;
}
