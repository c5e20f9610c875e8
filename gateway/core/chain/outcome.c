#include "gateway/core/chain/outcome.h"

#include "gateway/base/text.h"
#include "gateway/core/chain/escalation.h"
#include "gateway/core/chain/roster.h"

static void settle_in_incident(struct engine *engine, struct incident *incident,
                               const struct outbox_message *message,
                               const struct event_outcome *outcome)
{
    static const enum entry_kind entries[] = {[OUTCOME_SENT] = ENTRY_SENT,
                                              [OUTCOME_DELIVERED] = ENTRY_DELIVERED,
                                              [OUTCOME_FAILED] = ENTRY_FAILED};
    struct effect_entry *entry =
        engine_entry(engine, incident, entries[outcome->outcome], "%s", outcome->why);
    text_copy(entry->to, sizeof entry->to, message->person);
    entry->level = message->level;
    bool is_recovery = message->kind == MESSAGE_RECOVERY;
    if ((!outbox_is_call(message->kind) && !is_recovery) || incident->state == INCIDENT_CLOSED) {
        return;
    }
    bool has_changed = true;
    if (is_recovery) {
        /* The next recovery goes to this phone again. */
        has_changed = message->state == OUTBOX_FAILED &&
                      roster_set_flag(incident, message->phone, ROSTER_KNOWS_RECOVERY, false);
    } else if (message->state == OUTBOX_FAILED) {
        escalation_unreached(engine, incident, message->level, message->phone);
    } else {
        /* It may have left although it was cancelled: then its people count as called again. */
        has_changed = roster_set_flag(incident, message->phone, ROSTER_TOLD, true);
    }
    if (has_changed) {
        escalation_commit(engine, incident);
    }
}

void outcome_hear(struct engine *engine, const struct event_outcome *outcome)
{
    struct effect_settled *settled = &engine_effect(engine, EFFECT_SETTLED)->settled;
    settled->message = outcome->message;
    settled->outcome = outcome->outcome;
    settled->at = engine->now;
    text_copy(settled->why, sizeof settled->why, outcome->why);

    struct outbox_message *message = outbox_find(engine->outbox, outcome->message);
    if (message == NULL) {
        return;
    }
    outbox_set_state(engine->outbox, message,
                     outcome->outcome == OUTCOME_FAILED ? OUTBOX_FAILED : OUTBOX_LEFT);
    int32_t person = policy_find_phone(engine->policy, message->phone);
    if (message->kind == MESSAGE_HELP && message->state == OUTBOX_FAILED && person >= 0) {
        engine->helped_at[person] = 0; /* the next one need not wait an hour */
    }
    struct incident *incident = incident_table_find(engine->incidents, message->incident);
    if (incident != NULL) {
        settle_in_incident(engine, incident, message, outcome);
    }
}
