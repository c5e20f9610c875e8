#include "gateway/core/people/inbox.h"

#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/core/chain/escalation.h"
#include "gateway/core/chain/incident_facts.h"
#include "gateway/core/chain/roster.h"
#include "gateway/core/message/message.h"
#include "gateway/core/message/reply.h"
#include "gateway/core/people/action.h"

/* A text, its sender and its incident. */
struct letter {
    const char *phone;
    const char *text;
    struct reply reply;
    int32_t person; /* the first with this phone, -1: unknown */
    struct incident *incident;
    int32_t member; /* of the incident, at a level before a contact; -1: none */
};

/* The incident of the last call in this state. Calls of closed incidents count for a day: the state
 * database keeps them no longer, and an answer must not mean something else after a restart. */
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
        return incident_table_find(engine->incidents,
                                   incident_codes_find(engine->codes, letter->reply.code));
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
    text_copy(message.person, sizeof message.person, person);
    text_copy(message.phone, sizeof message.phone, letter->phone);
    text_copy(message.text, sizeof message.text, text);
    engine_post(engine, &message);
}

static void send_help(struct engine *engine, const struct letter *letter)
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

static void refuse_letter(struct engine *engine, const struct letter *letter)
{
    bool is_known = letter->person >= 0;
    struct effect_entry *entry =
        engine_entry(engine, NULL, ENTRY_REFUSED, "%s%s：%s", is_known ? "" : "陌生号码",
                     letter->phone, letter->text);
    text_copy(entry->actor, sizeof entry->actor,
              is_known ? engine->policy->person[letter->person].id : "unknown");
    (void) snprintf(entry->channel, sizeof entry->channel, "sms");
    if (is_known) {
        send_help(engine, letter);
    } else {
        engine_note(engine, NOTE_WARNING, letter->phone, "陌生号码的短信，不予理会：%s",
                    letter->text);
    }
}

static void record_letter(struct engine *engine, const struct letter *letter)
{
    const struct incident *incident = letter->incident;
    for (int32_t i = roster_next_with_phone(incident, letter->phone, -1); i >= 0;
         i = roster_next_with_phone(incident, letter->phone, i)) {
        const struct chain_member *member = &incident->member[i];
        const struct action_actor actor = {
            .id = member->id, .name = member->name, .channel = "sms", .note = letter->text};
        action_record(engine, incident, ENTRY_REPLY, &actor);
    }
}

static bool act_on_reply(struct engine *engine, const struct letter *letter,
                         const struct action_actor *actor)
{
    struct incident *incident = letter->incident;
    bool is_claimed = incident->state == INCIDENT_FALSE_CLAIM;
    bool is_above =
        incident->member[letter->member].level > roster_level_of(incident, incident->acked_by);
    switch (letter->reply.verb) {
    case REPLY_RECEIVED:
        return (!is_claimed || is_above) &&
               action_perform(engine, incident, MOVE_ACKNOWLEDGE, actor);
    case REPLY_FALSE_ALARM:
        return is_claimed ? is_above && action_perform(engine, incident, MOVE_CONFIRM_FALSE, actor)
                          : action_perform(engine, incident, MOVE_CLAIM_FALSE, actor);
    case REPLY_DONE:
        return action_perform(engine, incident, MOVE_RECTIFY, actor);
    case REPLY_ON_SITE:
        /* A person on site has received the call: one text is enough for both. */
        if (incident->state == INCIDENT_OPEN) {
            (void) action_perform(engine, incident, MOVE_ACKNOWLEDGE, actor);
        }
        return action_perform(engine, incident, MOVE_ARRIVE, actor);
    case REPLY_NOT_UNDERSTOOD:
        break;
    }
    return false;
}

static void obey_letter(struct engine *engine, const struct letter *letter)
{
    struct incident *incident = letter->incident;
    const struct chain_member *member = &incident->member[letter->member];
    char names[WHO_MAX];
    roster_names(incident, member->level, letter->phone, names);
    record_letter(engine, letter);
    const struct action_actor actor = {
        .id = member->id, .name = names, .channel = "sms", .note = names};
    bool was_taken = member->level >= 0 && act_on_reply(engine, letter, &actor);

    struct message_facts facts = incident_facts_read(engine, incident);
    char text[MESSAGE_TEXT_MAX];
    message_confirmation(&facts, letter->reply.verb, names, was_taken, text);
    post_to(engine, letter, member->id, MESSAGE_CONFIRMATION, text);
}

void inbox_hear(struct engine *engine, const struct event_reply *reply)
{
    /* Also for a text that comes again: its sender may delete it once the key is stored. */
    struct effect_reply *stored = &engine_effect(engine, EFFECT_REPLY)->reply;
    stored->at = engine->now;
    text_copy(stored->key, sizeof stored->key, reply->key);
    if (reply->key[0] != '\0' && !dedup_add(engine->dedup, reply->key)) {
        return;
    }

    char phone[PHONE_MAX];
    if (!parse_phone(reply->from, phone)) {
        text_copy(phone, sizeof phone, reply->from);
    }
    struct letter letter = {.phone = phone,
                            .text = reply->text,
                            .reply = reply_parse(reply->text),
                            .person = policy_find_phone(engine->policy, phone)};
    find_subject(engine, &letter);
    if (letter.member < 0) {
        refuse_letter(engine, &letter);
    } else {
        obey_letter(engine, &letter);
    }
}
