#include "gateway/core/chain/notification.h"

#include <string.h>

#include "gateway/base/text.h"
#include "gateway/core/chain/late_digest.h"
#include "gateway/core/chain/roster.h"

static void send_one(struct engine *engine, struct incident *incident,
                     const struct chain_member *member, enum message_kind kind, const char *text)
{
    /* When messages leave slowly, repeats must not queue up behind each other. */
    bool may_wait = kind == MESSAGE_REPEAT || kind == MESSAGE_HANDED_ON;
    if (may_wait && outbox_is_waiting(engine->outbox, incident->id, member->phone, kind)) {
        return;
    }
    struct effect_message message = {
        .incident = incident->id, .kind = kind, .level = member->level, .at = engine->now};
    text_copy(message.person, sizeof message.person, member->id);
    text_copy(message.phone, sizeof message.phone, member->phone);
    text_copy(message.text, sizeof message.text, text);
    /* By phone, since people who share it read the same message. */
    if (outbox_is_call(kind)) {
        (void) roster_set_flag(incident, member->phone, ROSTER_TOLD, true);
        (void) roster_set_flag(incident, member->phone, ROSTER_KNOWS_RECOVERY, false);
    } else if (kind == MESSAGE_RECOVERY) {
        (void) roster_set_flag(incident, member->phone, ROSTER_KNOWS_RECOVERY, true);
    }
    if (late_digest_is_open(engine)) {
        late_digest_add(engine, incident, &message);
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
    /* People who were never called must not get a recovery of something they do not know. */
    if (!outbox_was_called(engine->outbox, incident->id, incident->opened_at, phone)) {
        (void) roster_set_flag(incident, phone, ROSTER_TOLD, false);
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
        engine_entry(engine, incident, ENTRY_CANCELLED, "%s", "已有人处理，未发出的短信取消");
    text_copy(entry->to, sizeof entry->to, message->person);
    /* After its state has changed: it no longer counts as a call. */
    notification_miss(engine, incident, message->phone);
}

void notification_cancel(struct engine *engine, struct incident *incident)
{
    for (struct outbox_message *message = outbox_newest(engine->outbox); message != NULL;
         message = outbox_older(engine->outbox, message)) {
        /* A recovery or a confirmation still says the truth: it leaves. */
        bool is_step = outbox_is_call(message->kind) || message->kind == MESSAGE_HANDED_ON;
        if (message->incident == incident->id && message->state == OUTBOX_WAITING && is_step) {
            cancel_one(engine, incident, message);
        }
    }
}
