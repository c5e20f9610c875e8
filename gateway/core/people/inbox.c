#include "gateway/core/people/inbox.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/base/utf8.h"
#include "gateway/core/chain/escalation.h"
#include "gateway/core/chain/incident_facts.h"
#include "gateway/core/chain/roster.h"
#include "gateway/core/message/message.h"
#include "gateway/core/message/reply.h"
#include "gateway/core/people/action.h"

/* Who wrote what about which incident. */
struct letter {
    const char *phone;
    const char *text;
    struct reply reply;
    int32_t person; /* first of the policy's with this phone, -1: unknown */
    struct incident *incident;
    int32_t member; /* of the incident: at a level if there is one, else a contact; -1: none */
};

static int32_t person_of(const struct policy *policy, const char *phone)
{
    for (int32_t i = 0; i < policy->person_count; i++) {
        if (strcmp(policy->person[i].phone, phone) == 0) {
            return i;
        }
    }
    return -1;
}

/* The incident that the last call in this state named. Of a closed one a call is forgotten after a day: the state
 * database keeps no longer either, and an answer must not mean something else after a restart. */
static struct incident *last_called(struct engine *engine, const char *phone,
                                    enum outbox_state state)
{
    const struct outbox_message *call = outbox_find_call(engine->outbox, phone, state, NULL);
    for (; call != NULL; call = outbox_find_call(engine->outbox, phone, state, call)) {
        struct incident *incident = incident_table_find(engine->incidents, call->incident);
        bool is_open = incident != NULL && incident->state != INCIDENT_CLOSED;
        ms_t age_ms = engine->now - call->at;
        if (age_ms < (is_open ? INBOX_MEMORY_MS : MS_PER_DAY)) {
            return incident;
        }
    }
    return NULL;
}

static struct incident *find_incident(struct engine *engine, const struct letter *letter)
{
    if (letter->reply.code[0] != '\0') {
        int64_t id = incident_codes_find(engine->codes, letter->reply.code);
        return id == 0 ? NULL : incident_table_find(engine->incidents, id);
    }
    struct incident *incident = last_called(engine, letter->phone, OUTBOX_LEFT);
    return incident != NULL ? incident : last_called(engine, letter->phone, OUTBOX_WAITING);
}

static void find_subject(struct engine *engine, struct letter *letter)
{
    letter->member = -1;
    if (letter->reply.verb == REPLY_NOT_UNDERSTOOD) {
        return;
    }
    letter->incident = find_incident(engine, letter);
    if (letter->incident != NULL) {
        letter->member = roster_find_phone(letter->incident, letter->phone, 0);
        if (letter->member < 0) {
            letter->member = roster_find_phone(letter->incident, letter->phone, LEVEL_CONTACT);
        }
    }
}

static void post_to(struct engine *engine, const struct letter *letter, const char *person,
                    enum message_kind kind, const char *text)
{
    struct effect_message message = {.kind = kind};
    if (kind == MESSAGE_CONFIRMATION) {
        message.incident = letter->incident->id;
        message.level = letter->incident->level;
    }
    (void) snprintf(message.person, sizeof message.person, "%s", person);
    (void) snprintf(message.phone, sizeof message.phone, "%s", letter->phone);
    (void) snprintf(message.text, sizeof message.text, "%s", text);
    engine_post(engine, &message);
}

static void help(struct engine *engine, const struct letter *letter)
{
    ms_t *helped_at = &engine->helped_at[letter->person];
    if (*helped_at != 0 && engine->now - *helped_at < INBOX_HELP_EVERY_MS) {
        return;
    }
    *helped_at = engine->now;
    char text[MESSAGE_TEXT_MAX];
    message_help(engine->policy, text);
    post_to(engine, letter, engine->policy->person[letter->person].id, MESSAGE_HELP, text);
}

static void refuse(struct engine *engine, const struct letter *letter)
{
    bool is_known = letter->person >= 0;
    struct effect_entry *entry =
        engine_entry(engine, NULL, ENTRY_REFUSED, "%s%s: %s", is_known ? "" : "陌生号码",
                     letter->phone, letter->text);
    (void) snprintf(entry->actor, sizeof entry->actor, "%s",
                    is_known ? engine->policy->person[letter->person].id : "unknown");
    (void) snprintf(entry->channel, sizeof entry->channel, "sms");
    if (is_known) {
        help(engine, letter);
    } else {
        engine_note(engine, NOTE_WARNING, letter->phone, "陌生号码的短信,不予理会: %s",
                    letter->text);
    }
}

/* All who share the phone: 王某、李某. */
static void write_names(const struct letter *letter, char names[static WHO_MAX])
{
    struct text text = text_over(names, WHO_MAX);
    const struct incident *incident = letter->incident;
    int8_t level = incident->member[letter->member].level;
    for (int32_t i = 0; i < incident->member_count; i++) {
        if (incident->member[i].level == level &&
            strcmp(incident->member[i].phone, letter->phone) == 0) {
            text_add(&text, "%s%s", text.length == 0 ? "" : "、", incident->member[i].name);
        }
    }
}

/* Was this person met earlier in the chain? One may be contact and on duty. */
static bool is_met(const struct incident *incident, int32_t member)
{
    for (int32_t i = 0; i < member; i++) {
        if (strcmp(incident->member[i].id, incident->member[member].id) == 0) {
            return true;
        }
    }
    return false;
}

static void record(struct engine *engine, const struct letter *letter)
{
    const struct incident *incident = letter->incident;
    for (int32_t i = 0; i < incident->member_count; i++) {
        const struct chain_member *member = &incident->member[i];
        if (strcmp(member->phone, letter->phone) == 0 && !is_met(incident, i)) {
            const struct action_actor actor = {
                .id = member->id, .name = member->name, .channel = "sms", .note = letter->text};
            action_record(engine, incident, ENTRY_REPLY, &actor);
        }
    }
}

static bool on_site(struct engine *engine, struct incident *incident,
                    const struct action_actor *actor)
{
    /* Who is there has seen it: one text is enough. */
    if (incident->state == INCIDENT_OPEN) {
        (void) action_acknowledge(engine, incident, actor);
    }
    return action_arrive(engine, incident, actor);
}

static bool act(struct engine *engine, const struct letter *letter,
                const struct action_actor *actor)
{
    struct incident *incident = letter->incident;
    bool is_claimed = incident->state == INCIDENT_FALSE_CLAIM;
    bool is_above = incident->member[letter->member].level > escalation_claimer(incident);
    switch (letter->reply.verb) {
    case REPLY_RECEIVED:
        return (!is_claimed || is_above) && action_acknowledge(engine, incident, actor);
    case REPLY_FALSE_ALARM:
        return is_claimed ? is_above && action_confirm_false(engine, incident, actor)
                          : action_claim_false(engine, incident, actor);
    case REPLY_DONE:
        return action_rectify(engine, incident, actor);
    case REPLY_ON_SITE:
        return on_site(engine, incident, actor);
    case REPLY_NOT_UNDERSTOOD:
        break;
    }
    return false;
}

static void obey(struct engine *engine, const struct letter *letter)
{
    struct incident *incident = letter->incident;
    const struct chain_member *member = &incident->member[letter->member];
    char names[WHO_MAX];
    write_names(letter, names);
    record(engine, letter);
    const struct action_actor actor = {
        .id = member->id, .name = names, .channel = "sms", .note = names};
    bool was_taken = member->level >= 0 && act(engine, letter, &actor);

    struct message_facts facts = incident_facts_read(engine, incident);
    char text[MESSAGE_TEXT_MAX];
    message_confirmation(&facts, letter->reply.verb, names, was_taken, text);
    post_to(engine, letter, member->id, MESSAGE_CONFIRMATION, text);
}

void inbox_hear(struct engine *engine, const struct event_reply *reply)
{
    /* Said of a text that comes again too: whoever still holds it may let it go. */
    struct effect_reply *stored = &engine_effect(engine, EFFECT_REPLY)->reply;
    stored->at = engine->now;
    (void) snprintf(stored->key, sizeof stored->key, "%s", reply->key);
    if (reply->key[0] != '\0' && !dedup_add(engine->seen, reply->key)) {
        return;
    }

    char phone[PHONE_MAX];
    if (!parse_phone(reply->from, phone)) {
        (void) snprintf(phone, sizeof phone, "%s", reply->from);
        utf8_trim(phone);
    }
    struct letter letter = {.phone = phone,
                            .text = reply->text,
                            .reply = reply_parse(reply->text),
                            .person = person_of(engine->policy, phone)};
    find_subject(engine, &letter);
    if (letter.member < 0) {
        refuse(engine, &letter);
    } else {
        obey(engine, &letter);
    }
}

/* What became of a message. */

static enum outbox_state state_of(enum outcome outcome)
{
    return outcome == OUTCOME_FAILED ? OUTBOX_FAILED : OUTBOX_LEFT;
}

static enum entry_kind entry_of(enum outcome outcome)
{
    switch (outcome) {
    case OUTCOME_SENT:
        return ENTRY_SENT;
    case OUTCOME_DELIVERED:
        return ENTRY_DELIVERED;
    case OUTCOME_FAILED:
        return ENTRY_FAILED;
    }
    CHECK(false);
    return ENTRY_FAILED;
}

/* True when somebody counts as told who did not before: it left although it was cancelled. */
static bool mark_told(struct incident *incident, const char *phone)
{
    bool is_new = false;
    for (int32_t i = 0; i < incident->member_count; i++) {
        struct chain_member *member = &incident->member[i];
        if (strcmp(member->phone, phone) == 0) {
            is_new = is_new || !member->was_told;
            member->was_told = true;
        }
    }
    return is_new;
}

/* A recovery that failed may go again the next time. */
static bool mark_recovery(struct incident *incident, const char *phone, bool has_failed)
{
    bool has_changed = false;
    for (int32_t i = 0; has_failed && i < incident->member_count; i++) {
        struct chain_member *member = &incident->member[i];
        if (strcmp(member->phone, phone) == 0 && member->knows_recovery) {
            member->knows_recovery = false;
            has_changed = true;
        }
    }
    return has_changed;
}

static void settle_in_incident(struct engine *engine, struct incident *incident,
                               const struct outbox_message *message,
                               const struct event_outcome *outcome)
{
    struct effect_entry *entry =
        engine_entry(engine, incident, entry_of(outcome->outcome), "%s", outcome->why);
    (void) snprintf(entry->to, sizeof entry->to, "%s", message->person);
    entry->level = message->level;
    bool is_recovery = message->kind == MESSAGE_RECOVERY;
    if ((!outbox_is_call(message->kind) && !is_recovery) || incident->state == INCIDENT_CLOSED) {
        return;
    }
    bool has_changed = true;
    if (is_recovery) {
        has_changed = mark_recovery(incident, message->phone, message->state == OUTBOX_FAILED);
    } else if (message->state == OUTBOX_FAILED) {
        escalation_unreached(engine, incident, message->level, message->phone);
    } else {
        has_changed = mark_told(incident, message->phone);
    }
    if (has_changed) {
        escalation_commit(engine, incident);
    }
}

void inbox_settle(struct engine *engine, const struct event_outcome *outcome)
{
    struct effect_settled *settled = &engine_effect(engine, EFFECT_SETTLED)->settled;
    settled->message = outcome->message;
    settled->outcome = outcome->outcome;
    settled->at = engine->now;
    (void) snprintf(settled->why, sizeof settled->why, "%s", outcome->why);
    utf8_trim(settled->why);

    struct outbox_message *message = outbox_find(engine->outbox, outcome->message);
    if (message == NULL) {
        return;
    }
    outbox_set_state(engine->outbox, message, state_of(outcome->outcome));
    int32_t person = person_of(engine->policy, message->phone);
    if (message->kind == MESSAGE_HELP && message->state == OUTBOX_FAILED && person >= 0) {
        engine->helped_at[person] = 0; /* it helped nobody */
    }
    struct incident *incident =
        message->incident == 0 ? NULL : incident_table_find(engine->incidents, message->incident);
    if (incident != NULL) {
        settle_in_incident(engine, incident, message, outcome);
    }
}
