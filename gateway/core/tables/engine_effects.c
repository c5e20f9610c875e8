/* engine_effects.c - adds effects, entries and notes to the result of the step at hand. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "gateway/base/text.h"
#include "gateway/base/utf8.h"
#include "gateway/core/tables/engine_memory.h"

bool engine_has_room(const struct engine *engine)
{
    return engine->effects->count + 2 * JOB_EFFECTS_MAX <= EFFECTS_MAX;
}

struct effect *engine_effect(struct engine *engine, enum effect_kind kind)
{
    CHECK(engine->effects != NULL && engine->effects->count < EFFECTS_MAX);
    struct effect *effect = &engine->effects->item[engine->effects->count++];
    memset(effect, 0, sizeof *effect);
    effect->kind = kind;
    return effect;
}

void engine_note(struct engine *engine, enum note_level level, const char *about,
                 const char *format, ...)
{
    struct effect_note *note = &engine_effect(engine, EFFECT_NOTE)->note;
    note->level = level;
    text_copy(note->about, sizeof note->about, about);
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(note->text, sizeof note->text, format, arguments);
    va_end(arguments);
    utf8_trim(note->text);
}

struct effect_entry *engine_entry(struct engine *engine, const struct incident *incident,
                                  enum entry_kind kind, const char *format, ...)
{
    struct effect_entry *entry = &engine_effect(engine, EFFECT_ENTRY)->entry;
    entry->at = engine->now;
    entry->kind = kind;
    if (incident != NULL) {
        entry->incident = incident->id;
        entry->level = incident->level;
    }
    (void) snprintf(entry->actor, sizeof entry->actor, "engine");
    (void) snprintf(entry->channel, sizeof entry->channel, "engine");
    va_list arguments;
    va_start(arguments, format);
    (void) vsnprintf(entry->text, sizeof entry->text, format, arguments);
    va_end(arguments);
    utf8_trim(entry->text);
    return entry;
}

void engine_post(struct engine *engine, struct effect_message *message)
{
    message->id = outbox_next_id(engine->outbox);
    message->at = engine->now;
    outbox_add(engine->outbox, message, OUTBOX_WAITING);
    engine_effect(engine, EFFECT_MESSAGE)->message = *message;

    const struct incident *incident = incident_table_find(engine->incidents, message->incident);
    struct effect_entry *entry = engine_entry(engine, incident, ENTRY_MESSAGE, "%s", message->text);
    entry->level = message->level;
    text_copy(entry->to, sizeof entry->to, message->person);
}

void engine_store_alarm(struct engine *engine, int32_t judgement)
{
    const struct policy *policy = engine->policy;
    const struct policy_judgement *about = &policy->judgement[judgement];
    const struct alarm *alarm = &engine->judgement[judgement].alarm;
    struct effect_alarm *stored = &engine_effect(engine, EFFECT_ALARM)->alarm;
    text_copy(stored->rule, sizeof stored->rule, policy->rule[about->rule].id);
    text_copy(stored->point, sizeof stored->point, policy->point[about->point].id);
    stored->state = alarm->state;
    stored->condition = alarm->condition;
    stored->pending_since = alarm->pending_since;
    stored->clearing_since = alarm->clearing_since;
    stored->active_since = alarm->active_since;
    stored->incident = alarm->incident;
}
