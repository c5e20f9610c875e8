#include "gateway/core/chain/notification.h"

#include <string.h>

#include "gateway/base/text.h"
#include "gateway/core/chain/incident_facts.h"
#include "gateway/core/chain/roster.h"

static struct digest_entry *digest_entry_of(struct digest *digest, const char *phone)
{
    for (int32_t i = 0; i < digest->count; i++) {
        if (strcmp(digest->entry[i].message.phone, phone) == 0) {
            return &digest->entry[i];
        }
    }
    if (digest->count == DIGEST_MAX) {
        return NULL;
    }
    digest->entry[digest->count] = (struct digest_entry){.count = 0};
    return &digest->entry[digest->count++];
}

static void collect(struct engine *engine, const struct incident *incident,
                    const struct effect_message *message)
{
    struct digest_entry *entry = digest_entry_of(engine->digest, message->phone);
    if (entry == NULL) {
        struct effect_message alone = *message;
        engine_post(engine, &alone);
        return;
    }
    if (entry->count == 0 || incident->severity < entry->severity) {
        entry->message = *message;
        entry->severity = incident->severity;
    }
    entry->count++;
}

static void send_one(struct engine *engine, struct incident *incident,
                     const struct chain_member *member, enum message_kind kind, const char *text)
{
    bool may_wait = kind == MESSAGE_REPEAT || kind == MESSAGE_HANDED_ON;
    if (may_wait && outbox_is_waiting(engine->outbox, incident->id, member->phone, kind)) {
        return;
    }
    struct effect_message message = {
        .incident = incident->id, .kind = kind, .level = member->level, .at = engine->now};
    text_copy(message.person, sizeof message.person, member->id);
    text_copy(message.phone, sizeof message.phone, member->phone);
    text_copy(message.text, sizeof message.text, text);
    if (outbox_is_call(kind)) {
        (void) roster_set_told(incident, member->phone, true);
        (void) roster_set_recovered(incident, member->phone, false);
    } else if (kind == MESSAGE_RECOVERY) {
        (void) roster_set_recovered(incident, member->phone, true);
    }
    if (engine->digest != NULL) {
        collect(engine, incident, &message);
    } else {
        engine_post(engine, &message);
    }
}

void notification_send(struct engine *engine, struct incident *incident,
                       const bool marks[static CHAIN_MAX], enum message_kind kind, const char *text)
{
    for (int32_t i = 0; i < incident->member_count; i++) {
        if (marks[i]) {
            send_one(engine, incident, &incident->member[i], kind, text);
        }
    }
}

void notification_miss(struct engine *engine, struct incident *incident, const char *phone)
{
    if (!outbox_was_called(engine->outbox, incident->id, incident->opened_at, phone)) {
        (void) roster_set_told(incident, phone, false);
    }
}

static void cancel_one(struct engine *engine, struct incident *incident,
                       struct outbox_message *message)
{
    outbox_set_state(engine->outbox, message, OUTBOX_CANCELLED);
    engine_effect(engine, EFFECT_CANCEL)->cancel = message->id;
    struct effect_settled *settled = &engine_effect(engine, EFFECT_SETTLED)->settled;
    settled->message = message->id;
    settled->is_cancelled = true;
    settled->at = engine->now;
    struct effect_entry *entry =
        engine_entry(engine, incident, ENTRY_CANCELLED, "%s", "已有人处理,未发出的短信取消");
    text_copy(entry->to, sizeof entry->to, message->person);
    notification_miss(engine, incident, message->phone);
}

void notification_cancel(struct engine *engine, struct incident *incident)
{
    for (struct outbox_message *message = outbox_newest(engine->outbox); message != NULL;
         message = outbox_older(engine->outbox, message)) {
        bool is_step = outbox_is_call(message->kind) || message->kind == MESSAGE_HANDED_ON;
        if (message->incident == incident->id && message->state == OUTBOX_WAITING && is_step) {
            cancel_one(engine, incident, message);
        }
    }
}

void notification_collect(struct engine *engine)
{
    engine->digest = engine->digest_memory;
    engine->digest->count = 0;
}

int32_t notification_collected_effects(const struct engine *engine)
{
    return 2 * engine->digest->count;
}

/* More than one: about the worst, with their number. It asks for an answer, so it must be a call. */
static void merge(struct engine *engine, struct digest_entry *entry)
{
    const struct incident *incident =
        incident_table_find(engine->incidents, entry->message.incident);
    if (entry->count < 2 || incident == NULL) {
        return;
    }
    struct message_facts facts = incident_facts_read(engine, incident);
    message_digest(&facts, entry->count, entry->message.text);
    if (!outbox_is_call(entry->message.kind)) {
        entry->message.kind = MESSAGE_REPEAT;
    }
}

void notification_send_collected(struct engine *engine)
{
    struct digest *digest = engine->digest;
    engine->digest = NULL;
    for (int32_t i = 0; i < digest->count; i++) {
        merge(engine, &digest->entry[i]);
        engine_post(engine, &digest->entry[i].message);
    }
}
